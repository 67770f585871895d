import { beforeEach, describe, expect, it } from "vitest";
import {
  Cl,
  address,
  admin,
  bitcoinHeight,
  buyer,
  call,
  contractId,
  errContractPaused,
  errInvalidInput,
  errNotFound,
  errRateLimited,
  errUnauthorized,
  expectErr,
  expectEvent,
  expectNoEvent,
  expectOk,
  expectValue,
  field,
  fields,
  freshChain,
  guardians,
  haltProcedure,
  freshProtocol,
  mineBitcoinBlocks,
  provider,
  read,
  seededRandom,
  simnet,
  stacksHeight,
  stranger,
  toNumber,
} from "./helpers";
import { callThrough, deployMember, deployRelay, expectAdminOnly } from "./relay";

const parameters = "parameter-contract";
const largest = 2n ** 128n - 1n;

describe("parameter-contract: parameters", () => {
  beforeEach(freshChain);

  it.each([
    ["protocol-fee-rate", 100000, 0, 300000],
    ["premium-rate-conservative", 1250000, 1000000, 2000000],
    ["premium-rate-balanced", 1350000, 1000000, 2000000],
    ["premium-rate-aggressive", 1500000, 1000000, 2000000],
    ["min-strike-ratio", 500000, 100000, 1000000],
    ["max-strike-ratio", 1000000, 100000, 1500000],
    ["min-duration", 144, 1, 4320],
    ["max-duration", 52560, 144, 105120],
    ["activation-delay", 1, 0, 144],
    ["dispute-window", 1008, 144, 4320],
    ["dispute-bond", 1000000, 0, 1000000000],
    ["liquidation-bonus", 50000, 0, 80000],
    ["close-factor", 500000, 100000, 1000000],
    ["oracle-max-age", 144, 1, 1008],
    ["oracle-fresh-age", 3, 1, 12],
    ["proposal-threshold", 1000000000, 1000000000, 1000000000000],
    ["quorum", 100000000000, 100000000000, 1000000000000000],
    ["voting-period", 432, 432, 4320],
    ["timelock", 144, 144, 4320],
  ])("begins with %s = %i, between %i and %i", (id, value, min, max) => {
    expectOk(read(parameters, "get-parameter", [id]), value);
    const info = read(parameters, "get-parameter-info", [id]);
    expect([field(info, "min-value"), field(info, "max-value")]).toEqual([`u${min}`, `u${max}`]);
    // A pair makes room for the one that is tried: the lower ones go down, and the upper one of a lower bound up.
    if (id === "activation-delay") expectOk(call(parameters, "set-parameter", ["min-duration", 4320]));
    for (const lower of ["min-strike-ratio", "min-duration", "oracle-fresh-age"]) {
      if (lower !== id && id !== "activation-delay") expectOk(call(parameters, "set-parameter", [lower, lower === "min-strike-ratio" ? 100_000 : 1]));
    }
    for (const bound of [min, max]) expectOk(call(parameters, "set-parameter", [id, bound]), true);
    expectErr(call(parameters, "set-parameter", [id, max + 1]), errInvalidInput);
    if (min > 0) expectErr(call(parameters, "set-parameter", [id, min - 1]), errInvalidInput);
    expectOk(read(parameters, "get-parameter", [id]), max);
  });

  it("sets a parameter", () => {
    mineBitcoinBlocks(3);
    const set = call(parameters, "set-parameter", ["timelock", 200]);
    expectOk(set, true);
    expectEvent(set, parameters, "parameter-set", { "parameter-id": "timelock", value: 200 });
    expect(field(read(parameters, "get-parameter-info", ["timelock"]), "last-updated")).toBe(`u${bitcoinHeight()}`);
  });

  it("knows no other parameters", () => {
    expectErr(read(parameters, "get-parameter", ["no-such-parameter"]), errNotFound);
    expectValue(read(parameters, "get-parameter-info", ["no-such-parameter"]), null);
    expectErr(call(parameters, "set-parameter", ["no-such-parameter", 1]), errNotFound);
  });

  it("defines a parameter once, within bounds that make sense", () => {
    const define = (id: string, value: number, min: number, max: number) =>
      call(parameters, "define-parameter", [id, value, min, max]);
    expectErr(define("", 1, 0, 2), errInvalidInput);
    expectErr(define("new", 3, 0, 2), errInvalidInput);
    expectErr(define("new", 0, 1, 2), errInvalidInput);
    expectErr(define("new", 2, 3, 1), errInvalidInput);
    const defined = define("new", 1, 0, 2);
    expectOk(defined, true);
    expectEvent(defined, parameters, "parameter-defined", { "parameter-id": "new", value: 1 });
    expectOk(read(parameters, "get-parameter", ["new"]), 1);
    expectErr(define("new", 1, 0, 2), errInvalidInput);
    expectOk(define("lowest", 0, 0, 2));
    expectOk(define("highest", 2, 0, 2));
  });

  it("is administered by the admin alone", () => {
    deployRelay("phisher", [parameters]);
    expectAdminOnly(parameters, "set-parameter", ["timelock", 200]);
    expectAdminOnly(parameters, "define-parameter", ["new", 1, 0, 2]);
    expectAdminOnly(parameters, "configure-circuit-breaker", ["new", 0, "New"]);
    expectAdminOnly(parameters, "activate-circuit-breaker", ["action-all"]);
    expectAdminOnly(parameters, "activate-circuit-breaker-until", ["action-all", 1000]);
    expectAdminOnly(parameters, "deactivate-circuit-breaker", ["action-all"]);
    expectAdminOnly(parameters, "set-rate-limit", ["purchase", 1, 1, 1]);
  });

  it("gives a registered contract no rights of an admin", () => {
    deployMember("member", "some-member", [parameters]);
    expectErr(callThrough("member", parameters, "set-parameter", ["timelock", 200]), errUnauthorized);
    expectErr(callThrough("member", parameters, "activate-circuit-breaker", ["action-all"]), errUnauthorized);
    expectErr(callThrough("member", parameters, "set-rate-limit", ["purchase", 1, 1, 1]), errUnauthorized);
  });
});

describe("parameter-contract: circuit breakers", () => {
  const breakers = [
    "action-all",
    "action-purchase",
    "action-settle",
    "action-deposit",
    "action-withdraw",
    "action-liquidate",
    "action-p2p",
    "action-insurance",
    "action-treasury",
    "action-incentives",
    "action-dispute",
    "action-analytics",
    "action-oracle",
    "oracle-deviation",
  ];
  const activate = (id: string) => call(parameters, "activate-circuit-breaker", [id]);
  const activateUntil = (id: string, height: number | bigint) =>
    call(parameters, "activate-circuit-breaker-until", [id, height]);
  const deactivate = (id: string) => call(parameters, "deactivate-circuit-breaker", [id]);
  const isActive = (id: string, expected: boolean) =>
    expectValue(read(parameters, "is-circuit-breaker-active", [id]), expected);
  const endOf = (id: string) => field(read(parameters, "get-circuit-breaker", [id]), "auto-deactivation-height");

  beforeEach(freshChain);

  it.each(breakers)("begins with %s inactive", (id) => {
    const breaker = read(parameters, "get-circuit-breaker", [id]);
    expect(field(breaker, "status")).toBe("false");
    expect(field(breaker, "activation-threshold")).toBe(id === "oracle-deviation" ? "u500000" : "u0");
    expect(field(breaker, "description")).not.toBe('""');
    isActive(id, false);
    expectOk(read(parameters, "check-circuit-breaker", [id]), true);
  });

  it("stops one action, until it is deactivated", () => {
    const activated = activate("action-deposit");
    expectOk(activated, true);
    expectEvent(activated, parameters, "breaker-activated", { "breaker-id": "action-deposit", "until-height": 0 });
    expectErr(read(parameters, "check-circuit-breaker", ["action-deposit"]), errContractPaused);
    expectOk(read(parameters, "check-circuit-breaker", ["action-withdraw"]), true);
    mineBitcoinBlocks(5_000);
    isActive("action-deposit", true);

    const deactivated = deactivate("action-deposit");
    expectOk(deactivated, true);
    expectEvent(deactivated, parameters, "breaker-deactivated", { "breaker-id": "action-deposit" });
    expectOk(read(parameters, "check-circuit-breaker", ["action-deposit"]), true);
  });

  it("stops everything with action-all, unknown actions included", () => {
    expectOk(read(parameters, "check-circuit-breaker", ["action-of-the-future"]), true);
    expectOk(activate("action-all"), true);
    for (const id of [...breakers, "action-of-the-future"]) {
      expectErr(read(parameters, "check-circuit-breaker", [id]), errContractPaused);
    }
    isActive("action-deposit", false);
    expectOk(deactivate("action-all"), true);
    expectOk(read(parameters, "check-circuit-breaker", ["action-of-the-future"]), true);
  });

  it("ends by itself at the height it was given", () => {
    const end = bitcoinHeight() + 10;
    const activated = activateUntil("action-p2p", end);
    expectOk(activated, true);
    expectEvent(activated, parameters, "breaker-activated", { "breaker-id": "action-p2p", "until-height": end });
    mineBitcoinBlocks(9);
    isActive("action-p2p", true);
    mineBitcoinBlocks(1);
    isActive("action-p2p", false);
    expectOk(read(parameters, "check-circuit-breaker", ["action-p2p"]), true);
  });

  it("refuses an end that has passed, and unknown breakers", () => {
    expectErr(activateUntil("action-p2p", bitcoinHeight()), errInvalidInput);
    expectErr(activateUntil("no-such-breaker", bitcoinHeight() + 10), errNotFound);
    expectErr(activate("no-such-breaker"), errNotFound);
    expectErr(deactivate("no-such-breaker"), errNotFound);
    expectValue(read(parameters, "get-circuit-breaker", ["no-such-breaker"]), null);
    isActive("no-such-breaker", false);
  });

  it("never shortens an active breaker", () => {
    const height = bitcoinHeight();
    expectOk(activateUntil("action-p2p", height + 100));
    const shorter = activateUntil("action-p2p", height + 50);
    expectOk(shorter, true);
    expectEvent(shorter, parameters, "breaker-activated", { "breaker-id": "action-p2p", "until-height": height + 100 });
    expectOk(activateUntil("action-p2p", height + 200));
    expect(endOf("action-p2p")).toBe(`u${height + 200}`);
    expectOk(activate("action-p2p"));
    expect(endOf("action-p2p")).toBe("u0");
    const ended = activateUntil("action-p2p", height + 300);
    expectEvent(ended, parameters, "breaker-activated", { "breaker-id": "action-p2p", "until-height": 0 });
    expect(endOf("action-p2p")).toBe("u0");
  });

  it("takes a shorter end again once it is inactive", () => {
    const height = bitcoinHeight();
    expectOk(activate("action-p2p"));
    expectOk(deactivate("action-p2p"));
    expectOk(activateUntil("action-p2p", height + 50));
    expect(endOf("action-p2p")).toBe(`u${height + 50}`);
    mineBitcoinBlocks(50);
    isActive("action-p2p", false);
    expectOk(activateUntil("action-p2p", height + 60));
    expect(endOf("action-p2p")).toBe(`u${height + 60}`);
  });

  it("is configured without losing its state", () => {
    const created = call(parameters, "configure-circuit-breaker", ["action-new", 7, "Something new"]);
    expectOk(created, true);
    expectEvent(created, parameters, "breaker-configured", { "breaker-id": "action-new", "activation-threshold": 7 });
    isActive("action-new", false);
    expectOk(activate("action-new"));
    expectOk(call(parameters, "configure-circuit-breaker", ["action-new", 8, "Something else"]), true);
    isActive("action-new", true);
    const breaker = read(parameters, "get-circuit-breaker", ["action-new"]);
    expect([field(breaker, "activation-threshold"), field(breaker, "description")]).toEqual(["u8", '"Something else"']);
    expectErr(call(parameters, "configure-circuit-breaker", ["", 7, "Nameless"]), errInvalidInput);
    expectOk(call(parameters, "configure-circuit-breaker", ["x", 7, "The shortest name"]), true);
  });

  it("is pulled by the contract named emergency-response", () => {
    deployMember("fire-brigade", "emergency-response", [parameters]);
    const act = (fn: string, ...args: (string | number)[]) => callThrough("fire-brigade", parameters, fn, args, stranger);
    expectOk(act("activate-circuit-breaker", "action-all"), true);
    expectOk(act("deactivate-circuit-breaker", "action-all"), true);
    expectOk(act("activate-circuit-breaker-until", "action-all", bitcoinHeight() + 5), true);
    expectErr(act("set-parameter", "timelock", 100), errUnauthorized);
  });

  it("is tripped by the oracle when the threshold is reached, and by no other contract", () => {
    deployRelay("phisher", [parameters]);
    deployMember("member", "oracle", [parameters]);
    deployMember("other-member", "some-member", [parameters]);
    const trip = (id: string, observed: number | bigint) =>
      callThrough("member", parameters, "trip-circuit-breaker", [id, observed], stranger);
    expectErr(call(parameters, "trip-circuit-breaker", ["oracle-deviation", 500_000]), errUnauthorized);
    for (const other of ["phisher", "other-member"]) {
      expectErr(callThrough(other, parameters, "trip-circuit-breaker", ["oracle-deviation", 500_000]), errUnauthorized);
    }
    expectErr(trip("no-such-breaker", 1), errNotFound);
    const quiet = trip("oracle-deviation", 499_999);
    expectOk(quiet, false);
    expectNoEvent(quiet);
    isActive("oracle-deviation", false);
    const tripped = trip("oracle-deviation", 500_000);
    expectOk(tripped, true);
    expectEvent(tripped, parameters, "breaker-activated", { "breaker-id": "oracle-deviation", "until-height": 0 });
    isActive("oracle-deviation", true);
    // A threshold of zero means that no observation trips the breaker.
    expectOk(trip("action-all", largest), false);
  });

  it("stays pulled while anybody is entitled to it, through any sequence of activations", () => {
    const random = seededRandom(11);
    const id = "action-deposit";
    let end: number | undefined; // undefined: inactive; 0: no end
    for (let step = 0; step < 150; step++) {
      if (end && bitcoinHeight() >= end) end = undefined;
      isActive(id, end !== undefined);
      const choice = random(10);
      if (choice < 5) {
        const until = bitcoinHeight() + 1 + random(30);
        expectOk(activateUntil(id, until), true);
        end = end === undefined ? until : end === 0 ? 0 : Math.max(end, until);
      } else if (choice < 6) {
        expectOk(activate(id), true);
        end = 0;
      } else if (choice < 7) {
        expectOk(deactivate(id), true);
        end = undefined;
      } else {
        mineBitcoinBlocks(random(15));
      }
      if (end !== undefined) expect(endOf(id)).toBe(`u${end}`);
    }
  });
});

describe("parameter-contract: rate limits", () => {
  const consume = (action: string, user: string) =>
    callThrough("member", parameters, "check-rate-limit", [action, user], stranger);
  const limit = (max: number, period: number, gap: number) =>
    expectOk(call(parameters, "set-rate-limit", ["purchase", max, period, gap]), true);
  const state = (user: string) => read(parameters, "get-rate-limit-state", ["purchase", user]);

  beforeEach(async () => {
    await freshChain();
    deployMember("member", "policy-registry", [parameters]);
  });

  it("begins with one movement of collateral per block and nothing else", () => {
    expectValue(
      read(parameters, "get-rate-limit-config", ["collateral"]),
      Cl.some(Cl.tuple({ "max-per-period": Cl.uint(0), "period-length": Cl.uint(0), "min-gap": Cl.uint(1) })),
    );
    for (const action of ["purchase", "settle", "liquidate", "p2p"]) {
      expectValue(read(parameters, "get-rate-limit-config", [action]), null);
    }
  });

  it("refuses two actions in the same block, per user", () => {
    const args = (user: string) => [Cl.stringAscii("collateral"), Cl.principal(user)];
    const check = (user: string) => ({
      callPublicFn: { contract: "member", method: `${parameters}--check-rate-limit`, args: args(user), sender: stranger },
    });
    const [first, second, other] = simnet.mineBlock([check(buyer), check(buyer), check(provider)] as never);
    expectOk(first, true);
    expectErr(second, errRateLimited);
    expectOk(other, true);
    expectOk(consume("collateral", buyer), true);
  });

  it("is consumed by the contracts whose actions are limited: others could use up a user's quota", () => {
    deployRelay("phisher", [parameters]);
    limit(1, 10, 0);
    for (const role of ["liquidity-pool", "p2p-marketplace", "liquidation-engine"]) {
      deployMember(`the-${role}`, role, [parameters]);
      expectOk(callThrough(`the-${role}`, parameters, "check-rate-limit", ["settle", buyer]), true);
    }
    deployMember("other-member", "treasury", [parameters]);
    expectErr(callThrough("other-member", parameters, "check-rate-limit", ["purchase", buyer]), errUnauthorized);
    expectErr(call(parameters, "check-rate-limit", ["purchase", admin]), errUnauthorized);
    expectErr(callThrough("phisher", parameters, "check-rate-limit", ["purchase", buyer], buyer), errUnauthorized);
  });

  it("does not limit, nor record, an action without configuration", () => {
    for (let step = 0; step < 5; step++) expectOk(consume("purchase", buyer), true);
    expectValue(state(buyer), null);
  });

  it("is configured with values that make sense", () => {
    const set = call(parameters, "set-rate-limit", ["purchase", 2, 10, 1]);
    expectOk(set, true);
    expectEvent(set, parameters, "rate-limit-set", {
      "action-type": "purchase",
      "max-per-period": 2,
      "period-length": 10,
      "min-gap": 1,
    });
    expectErr(call(parameters, "set-rate-limit", ["", 2, 10, 1]), errInvalidInput);
    expectErr(call(parameters, "set-rate-limit", ["purchase", 2, 0, 1]), errInvalidInput);
    expectOk(call(parameters, "set-rate-limit", ["purchase", 0, 0, 1]), true);
  });

  it("allows so many actions per period and user, and more in the next", () => {
    limit(2, 20, 0);
    expectOk(consume("purchase", buyer), true);
    expectOk(consume("purchase", buyer), true);
    expect(field(state(buyer), "count-in-period")).toBe("u2");
    expectErr(consume("purchase", buyer), errRateLimited);
    expectOk(consume("purchase", provider), true);
    const periodStart = Number(toNumber(fields(state(buyer))["period-start"]));
    simnet.mineEmptyStacksBlocks(periodStart + 20 - stacksHeight());
    expectOk(consume("purchase", buyer), true);
    expect(field(state(buyer), "count-in-period")).toBe("u1");
  });

  it("asks for a gap between two actions", () => {
    limit(0, 0, 5);
    expectOk(consume("purchase", buyer), true);
    expectErr(consume("purchase", buyer), errRateLimited);
    simnet.mineEmptyStacksBlocks(5);
    expectOk(consume("purchase", buyer), true);
    // A refused attempt does not count, so it does not prolong the gap either.
    expect(field(state(buyer), "count-in-period")).toBe("u1");
  });

  it("counts like a model of it through any sequence", () => {
    const random = seededRandom(5);
    const users = [address.wallet_1, address.wallet_2, address.wallet_3];
    limit(3, 25, 2);
    const model = new Map<string, { last: number; count: number; start: number }>();
    let refused = 0;
    for (let step = 0; step < 200; step++) {
      if (random(5) === 0) simnet.mineEmptyStacksBlocks(random(12));
      const user = users[random(users.length)];
      const before = model.get(user);
      const outcome = consume("purchase", user);
      // The SDK mines the call into the block that is the tip afterwards.
      const height = stacksHeight();
      const seen = state(user);
      const fresh = !before || height >= before.start + 25;
      const count = fresh ? 0 : before.count;
      if ((before && height - before.last < 2) || count >= 3) {
        expectErr(outcome, errRateLimited);
        refused++;
        continue;
      }
      expectOk(outcome, true);
      const expected = { last: height, count: count + 1, start: fresh ? height : before.start };
      expect([field(seen, "last-action-height"), field(seen, "count-in-period"), field(seen, "period-start")]).toEqual([
        `u${expected.last}`,
        `u${expected.count}`,
        `u${expected.start}`,
      ]);
      model.set(user, expected);
    }
    expect(refused).toBeGreaterThan(10);
  });
});

describe("parameter-contract: in an emergency", () => {
  it("keeps working while everything is paused", async () => {
    await freshProtocol();
    for (const guardian of guardians.slice(0, 2)) {
      expectOk(call("emergency-response", "activate-emergency-procedure", [haltProcedure], guardian));
    }
    expectErr(read(parameters, "check-circuit-breaker", ["action-settle"]), errContractPaused);
    expectOk(call(parameters, "set-parameter", ["timelock", 200]), true);
    expectOk(call(parameters, "set-rate-limit", ["settle", 1, 1, 1]), true);
    expectOk(call(parameters, "deactivate-circuit-breaker", ["action-all"]), true);
    expectOk(read(parameters, "check-circuit-breaker", ["action-settle"]), true);
    expectValue(read("emergency-response", "is-emergency-active"), true);
    expectValue(read("upgrade-manager", "is-contract-named", ["emergency-response", contractId("emergency-response")]), true);
  });
});
