import { beforeEach, describe, expect, it } from "vitest";
import {
  Cl,
  address,
  admin,
  buyer,
  call,
  contractId,
  errContractPaused,
  errInsufficientFunds,
  errInvalidInput,
  errUnauthorized,
  eventNames,
  expectErr,
  expectEvent,
  expectOk,
  expectValue,
  freshChain,
  migrate,
  provider,
  read,
  seededRandom,
  simnet,
  stranger,
  stxBalance,
} from "./helpers";
import { callThrough, deployMember, deployRelay, expectAdminOnly, expectPausedBy } from "./relay";

const fund = "insurance-fund";
const fundAddress = contractId(fund);
const largest = 2n ** 128n - 1n;
const contribute = (amount: number | bigint, sender = provider) => call(fund, "contribute-to-fund", [amount], sender);
const cover = (policy: number, amount: number | bigint, relay = "registry") =>
  callThrough(relay, fund, "cover-shortfall", [policy, amount], stranger);
const expectRecorded = (size: number) => expectValue(read(fund, "get-recorded-fund-size"), size);

describe("insurance-fund", () => {
  beforeEach(async () => {
    await freshChain();
    expectOk(call("upgrade-manager", "register-contract", ["analytics", contractId("analytics"), "1.0.0"]));
    expectOk(call("upgrade-manager", "register-contract", [fund, fundAddress, "1.0.0"]));
    deployMember("registry", "policy-registry", [fund]);
    deployMember("pool", "liquidity-pool", [fund]);
    deployMember("member", "some-member", [fund]);
    deployRelay("phisher", [fund]);
  });

  it("begins empty, and healthy by that measure", () => {
    expectOk(read(fund, "get-fund-size"), 0);
    expectRecorded(0);
    expectValue(read(fund, "get-total-payouts"), 0);
    expectValue(read(fund, "get-min-fund-size"), 0);
    expectValue(read(fund, "get-contribution", [provider]), 0);
    expectValue(read(fund, "get-policy-coverage", [1]), 0);
    expectValue(read(fund, "is-fund-healthy"), true);
  });

  it("takes contributions from anybody, and remembers who gave", () => {
    const before = stxBalance(provider);
    const given = contribute(500);
    expectOk(given, true);
    expectEvent(given, fund, "fund-contribution", { contributor: provider, amount: 500 });
    expectOk(contribute(70), true);
    expectOk(contribute(30, buyer), true);
    expect(before - stxBalance(provider)).toBe(570n);
    expectValue(read(fund, "get-contribution", [provider]), 570);
    expectValue(read(fund, "get-contribution", [buyer]), 30);
    expectOk(read(fund, "get-fund-size"), 600);
    expectRecorded(600);
  });

  it("refuses contributions of nothing, and of more than somebody has", () => {
    expectErr(contribute(0), errInvalidInput);
    expectErr(contribute(stxBalance(provider) + 1n), errInsufficientFunds);
    expectValue(read(fund, "get-contribution", [provider]), 0);
  });

  it("reports plain transfers at once, and records them when asked", () => {
    simnet.transferSTX(250, fundAddress, buyer);
    expectOk(read(fund, "get-fund-size"), 250);
    expectRecorded(0);
    const synced = call(fund, "sync-fund", [], stranger);
    expectOk(synced, 250);
    expectEvent(synced, fund, "fund-synced", { size: 250 });
    expectRecorded(250);
  });

  it("pays the registry, up to the whole fund", () => {
    expectOk(contribute(1_000));
    expectOk(call(fund, "set-min-fund-size", [600]));
    const covered = cover(7, 300);
    expectOk(covered, true);
    expectEvent(covered, fund, "shortfall-covered", { "policy-id": 7, amount: 300, healthy: true });
    expect(eventNames(covered)).toContain("metric-recorded");
    expect(stxBalance(contractId("registry"))).toBe(300n);
    const rest = cover(7, 700);
    expectOk(rest, true);
    expectEvent(rest, fund, "shortfall-covered", { "policy-id": 7, amount: 700, healthy: false });
    expect(stxBalance(contractId("registry"))).toBe(1_000n);
    expectValue(read(fund, "get-policy-coverage", [7]), 1_000);
    expectValue(read(fund, "get-total-payouts"), 1_000);
    expectValue(read(fund, "is-fund-healthy"), false);
    expectRecorded(0);
    expectErr(cover(7, 1), errInsufficientFunds);
  });

  it("pays nobody else, and not a signature lent to a contract", () => {
    expectOk(contribute(1_000));
    expectErr(call(fund, "cover-shortfall", [1, 10], admin), errUnauthorized);
    expectErr(cover(1, 10, "phisher"), errUnauthorized);
    expectErr(cover(1, 10, "member"), errUnauthorized);
    // The pool never asks, so it may not.
    expectErr(cover(1, 10, "pool"), errUnauthorized);
    expectErr(callThrough("phisher", fund, "cover-shortfall", [1, 10], admin), errUnauthorized);
    expectOk(read(fund, "get-fund-size"), 1_000);
  });

  it("pays nothing during an emergency, whichever", () => {
    expectOk(contribute(1_000));
    expectOk(
      call("upgrade-manager", "register-contract", ["emergency-response", contractId("emergency-response"), "1.0.0"]),
    );
    expectOk(call("emergency-response", "add-guardian", [buyer]));
    expectOk(
      call("emergency-response", "create-emergency-procedure", ["look", "Look", 1, 100, Cl.list([Cl.stringAscii("action-p2p")])]),
    );
    expectOk(call("emergency-response", "activate-emergency-procedure", ["look"], buyer), true);
    expectErr(cover(1, 10), errContractPaused);
    expectErr(cover(1, 10, "phisher"), errContractPaused);
    expectOk(contribute(1));
    expectOk(call("emergency-response", "deactivate-emergency-procedure", ["look"]));
    expectOk(cover(1, 10));
  });

  it("goes on paying a registry that was replaced, until that is revoked", () => {
    expectOk(contribute(1_000));
    migrate("policy-registry", contractId("phisher"));
    expectOk(call("upgrade-manager", "upgrade-contract", ["policy-registry", contractId("phisher")]));
    expectOk(cover(1, 10, "phisher"));
    expectOk(cover(1, 10));
    expectOk(call("upgrade-manager", "revoke-retired-contract", [contractId("registry")]));
    expectErr(cover(1, 10), errUnauthorized);
  });

  it("remembers the signer who gave, also through a contract", () => {
    expectOk(callThrough("phisher", fund, "contribute-to-fund", [25], buyer));
    expectValue(read(fund, "get-contribution", [buyer]), 25);
    expectValue(read(fund, "get-contribution", [contractId("phisher")]), 0);
  });

  it("covers neither nothing nor more than there is", () => {
    expectOk(contribute(1_000));
    expectErr(cover(1, 0), errInvalidInput);
    expectErr(cover(1, 1_001), errInsufficientFunds);
    expectErr(cover(1, largest), errInsufficientFunds);
    expectValue(read(fund, "get-total-payouts"), 0);
  });

  it("covers while analytics are paused", () => {
    expectOk(contribute(1_000));
    expectOk(call("parameter-contract", "activate-circuit-breaker", ["action-analytics"]));
    const covered = cover(1, 10);
    expectOk(covered, true);
    expect(eventNames(covered)).toEqual(["shortfall-covered"]);
  });

  it("gives away what is above the minimum, and no more", () => {
    expectOk(contribute(1_000));
    const set = call(fund, "set-min-fund-size", [600]);
    expectOk(set, true);
    expectEvent(set, fund, "min-fund-size-set", { amount: 600 });
    const withdraw = (amount: number | bigint) => call(fund, "withdraw-surplus", [amount, address.wallet_7]);
    expectErr(withdraw(0), errInvalidInput);
    expectErr(withdraw(401), errInsufficientFunds);
    expectErr(withdraw(1_001), errInsufficientFunds);
    expectErr(withdraw(largest), errInsufficientFunds);
    const before = stxBalance(address.wallet_7);
    const withdrawn = withdraw(400);
    expectOk(withdrawn, true);
    expectEvent(withdrawn, fund, "surplus-withdrawn", { amount: 400, recipient: address.wallet_7 });
    expect(stxBalance(address.wallet_7) - before).toBe(400n);
    expectRecorded(600);
    expectErr(withdraw(1), errInsufficientFunds);
  });

  it("does not pay a surplus to itself", () => {
    expectOk(contribute(1_000));
    expectErr(call(fund, "withdraw-surplus", [10, fundAddress]), errInsufficientFunds);
  });

  it("is administered by the admin alone", () => {
    expectOk(contribute(1_000));
    expectAdminOnly(fund, "set-min-fund-size", [1]);
    expectAdminOnly(fund, "withdraw-surplus", [1, stranger]);
  });

  it("is stopped by its breaker", () => {
    expectPausedBy("action-insurance", fund, "contribute-to-fund", [1]);
    expectPausedBy("action-insurance", fund, "sync-fund");
    expectPausedBy("action-insurance", fund, "cover-shortfall", [1, 1]);
    expectPausedBy("action-insurance", fund, "set-min-fund-size", [1]);
    expectPausedBy("action-insurance", fund, "withdraw-surplus", [1, stranger]);
  });

  it("keeps its books through any sequence", () => {
    const random = seededRandom(3);
    let balance = 0;
    let payouts = 0;
    const coverage = new Map<number, number>();
    for (let step = 0; step < 200; step++) {
      const amount = 1 + random(500);
      const policy = random(4);
      switch (random(5)) {
        case 0:
        case 1:
          expectOk(contribute(amount));
          balance += amount;
          break;
        case 2:
          simnet.transferSTX(amount, fundAddress, buyer);
          balance += amount;
          break;
        case 3: {
          const outcome = cover(policy, amount);
          if (amount > balance) {
            expectErr(outcome, errInsufficientFunds);
          } else {
            expectOk(outcome, true);
            balance -= amount;
            payouts += amount;
            coverage.set(policy, (coverage.get(policy) ?? 0) + amount);
            expectRecorded(balance);
          }
          break;
        }
        default: {
          const outcome = call(fund, "withdraw-surplus", [amount, admin]);
          if (amount > balance) expectErr(outcome, errInsufficientFunds);
          else {
            expectOk(outcome, true);
            balance -= amount;
          }
        }
      }
      expectOk(read(fund, "get-fund-size"), balance);
    }
    expectValue(read(fund, "get-total-payouts"), payouts);
    for (const [policy, amount] of coverage) expectValue(read(fund, "get-policy-coverage", [policy]), amount);
    expect(payouts).toBeGreaterThan(0);
    expectValue(read(fund, "get-policy-coverage", [99]), Cl.uint(0));
  });
});
