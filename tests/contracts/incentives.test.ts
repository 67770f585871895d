import { beforeEach, describe, expect, it } from "vitest";
import {
  Cl,
  address,
  admin,
  bitcoinHeight,
  buyer,
  call,
  contractId,
  contractPrincipal,
  errContractPaused,
  errInsufficientFunds,
  errInvalidInput,
  errNotFound,
  errUnauthorized,
  expectErr,
  expectEvent,
  expectNoEvent,
  expectOk,
  expectValue,
  field,
  freshProtocol,
  guardians,
  haltProcedure,
  mineBitcoinBlocks,
  provider,
  read,
  seededRandom,
  stranger,
  stxBalance,
  toNumber,
} from "./helpers";
import { callThrough, deployMember, deployRelay, expectAdminOnly, expectPausedBy } from "./relay";

const incentives = "incentives";
const incentivesAddress = contractId(incentives);
const create = (id = "spring", duration: number | bigint = 100, rewards: number | bigint = 10_000) =>
  call(incentives, "create-incentive-program", [id, "A program", duration, rewards]);
const record = (user: string, action = "underwrite", value: bigint = 1_000_000n) =>
  callThrough("member", incentives, "record-activity", [user, action, value], stranger);
const claim = (id: string, user: string) => call(incentives, "claim-rewards", [id], user);
const close = (id: string) => call(incentives, "close-program", [id]);
const expectPoints = (user: string, points: number) => expectValue(read(incentives, "get-points", ["spring", user]), points);

describe("incentives", () => {
  beforeEach(async () => {
    await freshProtocol();
    deployMember("member", "liquidity-pool", [incentives]);
    deployMember("other-member", "some-member", [incentives]);
    deployRelay("phisher", [incentives]);
  });

  it("begins without a program", () => {
    expectValue(read(incentives, "get-current-program"), null);
    expectValue(read(incentives, "get-program", ["spring"]), null);
    expectValue(read(incentives, "get-program-accounting", ["spring"]), null);
    expectPoints(buyer, 0);
    const recorded = record(buyer);
    expectOk(recorded, false);
    expectNoEvent(recorded);
  });

  it("escrows the rewards of a program", () => {
    const height = bitcoinHeight();
    const created = create();
    expectOk(created, true);
    expectEvent(created, incentives, "program-created", { "program-id": "spring", rewards: 10_000 });
    expect(stxBalance(incentivesAddress)).toBe(10_000n);
    expectValue(read(incentives, "get-current-program"), Cl.some(Cl.stringAscii("spring")));
    expectValue(
      read(incentives, "get-program", ["spring"]),
      Cl.some(
        Cl.tuple({
          name: Cl.stringAscii("A program"),
          "start-height": Cl.uint(height),
          "end-height": Cl.uint(height + 100),
          "reward-token": contractPrincipal(incentives),
          "total-rewards": Cl.uint(10_000),
          active: Cl.bool(true),
        }),
      ),
    );
    expectValue(
      read(incentives, "get-program-accounting", ["spring"]),
      Cl.some(Cl.tuple({ "total-points": Cl.uint(0), remaining: Cl.uint(10_000) })),
    );
  });

  it("refuses programs without name, duration or rewards, and a second one at a time", () => {
    expectErr(create(""), errInvalidInput);
    expectErr(create("spring", 0), errInvalidInput);
    expectErr(create("spring", 52_561), errInvalidInput);
    expectErr(create("spring", 2n ** 128n - 1n), errInvalidInput);
    expectErr(create("spring", 100, 0), errInvalidInput);
    expectErr(create("spring", 100, stxBalance(admin) + 1n), errInsufficientFunds);
    expectOk(create());
    expectErr(create("summer"), errInvalidInput);
    mineBitcoinBlocks(100);
    expectErr(create("summer"), errInvalidInput);
    mineBitcoinBlocks(1);
    expectErr(create("spring"), errInvalidInput);
    expectOk(create("summer"), true);
  });

  it("counts activity by weight while the program runs", () => {
    expectOk(create());
    const recorded = record(buyer, "purchase");
    expectOk(recorded, true);
    expectEvent(recorded, incentives, "activity-recorded", {
      "program-id": "spring",
      user: buyer,
      "action-type": "purchase",
      points: 1,
    });
    const weighted = call(incentives, "set-action-weight", ["deposit", 5]);
    expectOk(weighted, true);
    expectEvent(weighted, incentives, "action-weight-set", { "action-type": "deposit", weight: 5 });
    expectOk(record(buyer, "deposit"), true);
    expectOk(record(provider, "deposit"), true);
    expectPoints(buyer, 6);
    expectPoints(provider, 5);
    expect(field(read(incentives, "get-program-accounting", ["spring"]), "total-points")).toBe("u11");

    mineBitcoinBlocks(100);
    expectOk(record(buyer, "deposit"), true);
    mineBitcoinBlocks(1);
    expectOk(record(buyer, "deposit"), false);
    expectPoints(buyer, 11);
  });

  it("takes weights that cannot overflow the points", () => {
    expectOk(call(incentives, "set-action-weight", ["deposit", 1_000_000]), true);
    expectErr(call(incentives, "set-action-weight", ["deposit", 1_000_001]), errInvalidInput);
    expectOk(call(incentives, "set-action-weight", ["deposit", 0]), true);
    expectOk(create());
    expectOk(record(buyer, "deposit"), false);
    expectPoints(buyer, 0);
    expectOk(call(incentives, "set-action-weight", ["deposit", 1_000_000]), true);
    expectOk(record(buyer, "deposit", 2n ** 128n - 1n), true);
    expect(toNumber(read(incentives, "get-points", ["spring", buyer]))).toBe(10n ** 18n);
  });

  it("weighs activity by its value, and dust not at all", () => {
    expectOk(create());
    const dust = record(buyer, "purchase", 999_999n);
    expectOk(dust, false);
    expectNoEvent(dust);
    expectOk(record(buyer, "purchase", 1_999_999n), true);
    expectPoints(buyer, 1);
    expectOk(record(buyer, "purchase", 5_000_000n), true);
    expectPoints(buyer, 6);
  });

  it("takes reports of protocol contracts only", () => {
    expectOk(create());
    expectErr(call(incentives, "record-activity", [admin, "deposit", 1]), errUnauthorized);
    for (const other of ["phisher", "other-member"]) {
      expectErr(callThrough(other, incentives, "record-activity", [buyer, "deposit", 1]), errUnauthorized);
    }
    expectPoints(buyer, 0);
  });

  it("shares the rewards out in proportion, once, after the end", () => {
    expectOk(create());
    for (let index = 0; index < 2; index++) record(buyer);
    record(provider);
    expectErr(claim("no-such-program", buyer), errNotFound);
    expectErr(claim("spring", buyer), errInvalidInput);
    mineBitcoinBlocks(101);
    expectErr(claim("spring", stranger), errNotFound);
    const before = stxBalance(buyer);
    const claimed = claim("spring", buyer);
    expectOk(claimed, 6_666);
    expectEvent(claimed, incentives, "rewards-claimed", { "program-id": "spring", user: buyer, amount: 6_666 });
    expect(stxBalance(buyer) - before).toBe(6_666n);
    expectErr(claim("spring", buyer), errNotFound);
    expectOk(claim("spring", provider), 3_333);
    expect(field(read(incentives, "get-program-accounting", ["spring"]), "remaining")).toBe("u1");
    expect(stxBalance(incentivesAddress)).toBe(1n);
  });

  it("pays no share that rounds to nothing", () => {
    expectOk(create("spring", 100, 1));
    record(buyer);
    record(provider);
    mineBitcoinBlocks(101);
    expectErr(claim("spring", buyer), errInsufficientFunds);
    expectPoints(buyer, 1);
  });

  it("pays whoever calls, not whoever signs", () => {
    expectOk(create());
    record(buyer);
    mineBitcoinBlocks(101);
    expectErr(callThrough("phisher", incentives, "claim-rewards", ["spring"], buyer), errNotFound);
    expectOk(claim("spring", buyer), 10_000);
  });

  it("gives the remainder to the treasury after the claim window", () => {
    expectErr(close("spring"), errNotFound);
    expectOk(create());
    record(buyer);
    record(provider);
    mineBitcoinBlocks(101);
    expectOk(claim("spring", buyer), 5_000);
    mineBitcoinBlocks(4_319);
    expectErr(close("spring"), errInvalidInput);
    mineBitcoinBlocks(1);
    const closed = close("spring");
    expectOk(closed, 5_000);
    expectEvent(closed, incentives, "program-closed", { "program-id": "spring", returned: 5_000 });
    expect(stxBalance(contractId("treasury"))).toBe(5_000n);
    expect(stxBalance(incentivesAddress)).toBe(0n);
    expectErr(close("spring"), errInvalidInput);
    expectErr(claim("spring", provider), errInvalidInput);
    expectOk(record(buyer), false);
  });

  it("closes a program of which nothing is left", () => {
    expectOk(create());
    record(buyer);
    mineBitcoinBlocks(101);
    expectOk(claim("spring", buyer), 10_000);
    mineBitcoinBlocks(4_320);
    expectOk(close("spring"), 0);
    expect(stxBalance(contractId("treasury"))).toBe(0n);
  });

  it("does not begin a program in an emergency, and pays out in one that leaves it open", () => {
    expectOk(create("spring", 1));
    record(buyer);
    mineBitcoinBlocks(2);
    for (const guardian of guardians.slice(0, 2)) {
      expectOk(call("emergency-response", "activate-emergency-procedure", [haltProcedure], guardian));
    }
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-all"]));
    expectErr(create("summer"), errContractPaused);
    expectOk(claim("spring", buyer), 10_000);
  });

  it("is administered by the admin alone", () => {
    expectAdminOnly(incentives, "set-action-weight", ["deposit", 5]);
    expectAdminOnly(incentives, "create-incentive-program", ["spring", "A program", 100, 1]);
    expectOk(create());
    mineBitcoinBlocks(5_000);
    expectAdminOnly(incentives, "close-program", ["spring"]);
  });

  it("is stopped by its breaker, but for weights", () => {
    expectPausedBy("action-incentives", incentives, "create-incentive-program", ["spring", "A program", 100, 1]);
    expectPausedBy("action-incentives", incentives, "record-activity", [buyer, "deposit", 1]);
    expectPausedBy("action-incentives", incentives, "claim-rewards", ["spring"]);
    expectPausedBy("action-incentives", incentives, "close-program", ["spring"]);
    expectOk(call("parameter-contract", "activate-circuit-breaker", ["action-all"]));
    expectOk(call(incentives, "set-action-weight", ["deposit", 5]), true);
  });

  it("owns exactly what remains of its programs, through any sequence", () => {
    const random = seededRandom(23);
    const users = [address.wallet_1, address.wallet_2, address.wallet_3, address.wallet_4];
    const ids: string[] = [];
    let claims = 0;
    for (let step = 0; step < 300; step++) {
      const user = users[random(users.length)];
      switch (random(6)) {
        case 0: {
          const id = `program-${step}`;
          if (create(id, 1 + random(20), 1 + random(10_000)).result.type === "ok") ids.push(id);
          break;
        }
        case 1:
        case 2:
          expect(["ok"]).toContain(record(user).result.type);
          break;
        case 3:
          mineBitcoinBlocks(random(10) === 0 ? 4_500 : random(12));
          break;
        case 4:
          if (ids.length > 0 && claim(ids[random(ids.length)], user).result.type === "ok") claims++;
          break;
        default:
          if (ids.length > 0) close(ids[random(ids.length)]);
      }
      if (step % 10 !== 9) continue;
      const remaining = ids.map((id) => BigInt(field(read(incentives, "get-program-accounting", [id]), "remaining").slice(1)));
      expect(stxBalance(incentivesAddress)).toBe(remaining.reduce((sum, amount) => sum + amount, 0n));
      for (const id of ids) {
        const points = users.map((who) => toNumber(read(incentives, "get-points", [id, who])));
        const total = BigInt(field(read(incentives, "get-program-accounting", [id]), "total-points").slice(1));
        expect(points.reduce((sum, of) => sum + of, 0n)).toBeLessThanOrEqual(total);
      }
    }
    expect(ids.length).toBeGreaterThan(3);
    expect(claims).toBeGreaterThan(3);
  });
});
