import { beforeEach, describe, expect, it } from "vitest";
import {
  Cl,
  address,
  admin,
  buyer,
  call,
  contractId,
  errInsufficientFunds,
  errInvalidInput,
  errNotFound,
  errUnauthorized,
  expectErr,
  expectEvent,
  expectOk,
  expectValue,
  freshChain,
  read,
  registerContracts,
  seededRandom,
  simnet,
  stranger,
  stxBalance,
  toNumber,
} from "./helpers";
import { callThrough, deployMember, deployRelay, expectAdminOnly, expectPausedBy } from "./relay";

const treasury = "treasury";
const treasuryAddress = contractId(treasury);
const recipient = address.wallet_5;
const largest = 2n ** 128n - 1n;
const allocate = (id: string, percentage: number, active = true, to = recipient) =>
  call(treasury, "set-allocation", [id, percentage, to, "A share", active]);
const pay = (amount: number | bigint, payer = buyer) => callThrough("member", treasury, "process-fee", [amount], payer);
const expectBalance = (id: string, balance: number) =>
  expectValue(read(treasury, "get-allocation-balance", [id]), balance);

describe("treasury", () => {
  beforeEach(async () => {
    await freshChain();
    registerContracts();
    deployMember("member", "policy-registry", [treasury]);
    deployMember("other-member", "some-member", [treasury]);
    deployRelay("phisher", [treasury]);
  });

  it("begins empty", () => {
    expectValue(read(treasury, "get-allocation", ["dao"]), null);
    expectBalance("dao", 0);
    for (const value of ["get-reserve", "get-total-fees", "get-total-percentage"]) expectValue(read(treasury, value), 0);
  });

  it("keeps a fee that nobody has a share in", () => {
    const before = stxBalance(buyer);
    const processed = pay(1_000);
    expectOk(processed, true);
    expectEvent(processed, treasury, "fee-processed", { amount: 1_000, "to-reserve": 1_000 });
    expect(before - stxBalance(buyer)).toBe(1_000n);
    expectValue(read(treasury, "get-reserve"), 1_000);
    expectValue(read(treasury, "get-total-fees"), 1_000);
  });

  it("splits a fee, rounding shares down, and keeps the rest", () => {
    const set = allocate("fund", 500_000);
    expectOk(set, true);
    expectEvent(set, treasury, "allocation-set", { "allocation-id": "fund", percentage: 500_000, recipient, active: true });
    expectValue(
      read(treasury, "get-allocation", ["fund"]),
      Cl.some(
        Cl.tuple({
          percentage: Cl.uint(500_000),
          recipient: Cl.principal(recipient),
          description: Cl.stringAscii("A share"),
          active: Cl.bool(true),
        }),
      ),
    );
    expectOk(allocate("team", 333_333), true);
    expectOk(allocate("asleep", 100_000, false), true);
    expectValue(read(treasury, "get-total-percentage"), 833_333);
    const processed = pay(1_001);
    expectOk(processed, true);
    expectEvent(processed, treasury, "fee-processed", { amount: 1_001, "to-reserve": 168 });
    expectBalance("fund", 500);
    expectBalance("team", 333);
    expectBalance("asleep", 0);
    expectValue(read(treasury, "get-reserve"), 168);
  });

  it("replaces an allocation and keeps what it has collected", () => {
    expectOk(allocate("fund", 500_000));
    expectOk(pay(100));
    expectOk(allocate("fund", 0, false, address.wallet_6));
    expectValue(read(treasury, "get-total-percentage"), 0);
    expectOk(pay(100));
    expectBalance("fund", 50);
    const distributed = call(treasury, "distribute", ["fund"], stranger);
    expectOk(distributed, 50);
    expectEvent(distributed, treasury, "allocation-distributed", {
      "allocation-id": "fund",
      amount: 50,
      recipient: address.wallet_6,
    });
  });

  it("refuses allocations without name, above the whole, or too many", () => {
    expectErr(allocate("", 1), errInvalidInput);
    expectErr(allocate("fund", 1_000_001), errInvalidInput);
    expectErr(allocate("fund", 1_000_001, false), errInvalidInput);
    expectOk(allocate("fund", 600_000), true);
    expectErr(allocate("team", 400_001), errInvalidInput);
    expectOk(allocate("team", 400_001, false), true);
    expectErr(allocate("team", 400_001, true), errInvalidInput);
    expectOk(allocate("team", 400_000), true);
    // Its own former share does not count against a replacement.
    expectOk(allocate("fund", 600_000), true);
    expectErr(allocate("fund", 600_001), errInvalidInput);
    for (let index = 2; index < 10; index++) expectOk(allocate(`share-${index}`, 0), true);
    expectErr(allocate("one-too-many", 0), errInvalidInput);
    expectOk(allocate("share-9", 0, false), true);
  });

  it("takes fees through protocol contracts only", () => {
    expectErr(call(treasury, "process-fee", [100], admin), errUnauthorized);
    for (const other of ["phisher", "other-member"]) {
      expectErr(callThrough(other, treasury, "process-fee", [100], buyer), errUnauthorized);
    }
    expect(stxBalance(treasuryAddress)).toBe(0n);
  });

  it("refuses fees of nothing, and of more than the signer has", () => {
    expectErr(pay(0), errInvalidInput);
    expectErr(pay(stxBalance(buyer) + 1n), errInsufficientFunds);
    expectErr(pay(largest), errInsufficientFunds);
    expectValue(read(treasury, "get-total-fees"), 0);
  });

  it("pays a share to its recipient, whoever asks", () => {
    expectErr(call(treasury, "distribute", ["fund"], stranger), errNotFound);
    expectOk(allocate("fund", 250_000));
    expectErr(call(treasury, "distribute", ["fund"], stranger), errInsufficientFunds);
    expectOk(pay(1_000));
    const before = stxBalance(recipient);
    const distributed = call(treasury, "distribute", ["fund"], stranger);
    expectOk(distributed, 250);
    expectEvent(distributed, treasury, "allocation-distributed", { "allocation-id": "fund", amount: 250, recipient });
    expect(stxBalance(recipient) - before).toBe(250n);
    expectErr(call(treasury, "distribute", ["fund"], stranger), errInsufficientFunds);
  });

  it("feeds the insurance fund by its address", () => {
    expectOk(allocate("insurance", 500_000, true, contractId("insurance-fund")));
    expectOk(pay(1_000));
    expectOk(call(treasury, "distribute", ["insurance"], stranger), 500);
    expectOk(read("insurance-fund", "get-fund-size"), 500);
  });

  it("does not pay a share to itself", () => {
    expectOk(allocate("loop", 250_000, true, treasuryAddress));
    expectOk(pay(1_000));
    expectErr(call(treasury, "distribute", ["loop"]), errInsufficientFunds);
    expectBalance("loop", 250);
  });

  it("pays out the reserve, and nothing that belongs to a share", () => {
    expectOk(allocate("fund", 250_000));
    expectOk(pay(1_000));
    const withdraw = (amount: number | bigint) => call(treasury, "withdraw-reserve", [amount, recipient]);
    expectErr(withdraw(0), errInvalidInput);
    expectErr(withdraw(751), errInsufficientFunds);
    expectErr(withdraw(largest), errInsufficientFunds);
    const withdrawn = withdraw(750);
    expectOk(withdrawn, true);
    expectEvent(withdrawn, treasury, "reserve-withdrawn", { amount: 750, recipient });
    expectValue(read(treasury, "get-reserve"), 0);
    expect(stxBalance(treasuryAddress)).toBe(250n);
    expectOk(pay(4));
    expectOk(withdraw(1), true);
  });

  it("books what came by a plain transfer as reserve, and nothing that belongs to a share", () => {
    expectOk(allocate("fund", 250_000));
    expectOk(pay(1_000));
    const sync = () => call(treasury, "sync-reserve", [], stranger);
    expectOk(sync(), 0);
    simnet.transferSTX(40n, treasuryAddress, buyer);
    const synced = sync();
    expectOk(synced, 40);
    expectEvent(synced, treasury, "reserve-synced", { amount: 40 });
    expectValue(read(treasury, "get-reserve"), 790);
    expectBalance("fund", 250);
    expectOk(sync(), 0);
    expectOk(call(treasury, "withdraw-reserve", [790, recipient]));
    expectOk(call(treasury, "distribute", ["fund"]), 250);
    expect(stxBalance(treasuryAddress)).toBe(0n);
  });

  it("is administered by the admin alone", () => {
    expectOk(pay(1_000));
    expectAdminOnly(treasury, "set-allocation", ["fund", 1, stranger, "", true]);
    expectAdminOnly(treasury, "withdraw-reserve", [1, stranger]);
    expectErr(callThrough("member", treasury, "withdraw-reserve", [1, stranger]), errUnauthorized);
  });

  it("is stopped by its breaker", () => {
    expectPausedBy("action-treasury", treasury, "set-allocation", ["fund", 1, stranger, "", true]);
    expectPausedBy("action-treasury", treasury, "process-fee", [1]);
    expectPausedBy("action-treasury", treasury, "distribute", ["fund"]);
    expectPausedBy("action-treasury", treasury, "withdraw-reserve", [1, stranger]);
    expectPausedBy("action-treasury", treasury, "sync-reserve");
  });

  it("owns exactly its reserve and the shares, through any sequence", () => {
    const random = seededRandom(17);
    const ids = ["a", "b", "c", "d"];
    let distributed = 0n;
    for (let step = 0; step < 250; step++) {
      const id = ids[random(ids.length)];
      switch (random(4)) {
        case 0:
          allocate(id, random(600_000), random(4) > 0);
          break;
        case 1:
          expectOk(pay(1 + random(100_000)));
          break;
        case 2: {
          const outcome = call(treasury, "distribute", [id], stranger);
          if (outcome.result.type === "ok") distributed += toNumber(outcome.result);
          break;
        }
        default:
          call(treasury, "withdraw-reserve", [1 + random(20_000), recipient]);
      }
      if (step % 5 !== 4) continue;
      expect(toNumber(read(treasury, "get-total-percentage"))).toBeLessThanOrEqual(1_000_000n);
      const shares = ids.map((share) => toNumber(read(treasury, "get-allocation-balance", [share])));
      const owed = shares.reduce((sum, share) => sum + share, toNumber(read(treasury, "get-reserve")));
      expect(stxBalance(treasuryAddress)).toBe(owed);
    }
    expect(distributed).toBeGreaterThan(0n);
  });
});
