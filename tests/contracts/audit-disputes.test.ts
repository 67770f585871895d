// Each side keeps its own right to dispute, an award stays due until it is paid, and nobody judges who
// has something to win.

import { beforeEach, describe, expect, it } from "vitest";
import {
  admin,
  arbiters,
  buyer,
  call,
  Cl,
  contractId,
  deploy,
  errInsufficientFunds,
  errInvalidInput,
  errNotFound,
  errUnauthorized,
  expectErr,
  expectEvent,
  expectOk,
  expectValue,
  field,
  freshProtocol,
  mineBitcoinBlocks,
  provider,
  read,
  setPrice,
  simnet,
  stranger,
  stxBalance,
} from "./helpers";
import { deployMember } from "./relay";
import { activePolicy, evidence, fund, provide, refreshPrices, settle, uphold } from "./scenario";

const dispute = (who: string = buyer) => call("policy-registry", "dispute-settlement", [1, evidence], who);
const vote = (id: number, support: boolean, award: bigint, arbiter: string) =>
  call("dispute-resolution", "vote-on-dispute", [id, support, award], arbiter);
const withdrawDispute = (id: number, who: string) => call("dispute-resolution", "withdraw-dispute", [id], who);
const execute = (who: string = stranger) => call("policy-registry", "execute-dispute-award", [1, fund], who);
const settled = () => {
  activePolicy();
  setPrice("BTC", 45_000_000_000n);
  expectOk(settle(1));
};

beforeEach(freshProtocol);

describe("the right to dispute", () => {
  it("comes back to the other side when a dispute is withdrawn, for a whole window", () => {
    settled();
    expectOk(dispute(provider), 1);
    expectErr(dispute(buyer), errInvalidInput);
    mineBitcoinBlocks(1_008);
    expectOk(withdrawDispute(1, provider));
    mineBitcoinBlocks(1_008);
    expectOk(dispute(buyer), 2);
    expectOk(withdrawDispute(2, buyer));
    mineBitcoinBlocks(1_009);
    expectErr(dispute(buyer), errInvalidInput);
  });

  it("is not kept from the other side by withdrawing and filing again whenever an arbiter votes", () => {
    settled();
    expectOk(dispute(provider), 1);
    expectOk(vote(1, true, 1_000_000n, arbiters[0]), false);
    expectOk(withdrawDispute(1, provider));
    expectErr(dispute(provider), errInvalidInput);
    expectOk(dispute(buyer), 2);
  });

  it("is not used up by a dispute of the other side that was rejected", () => {
    settled();
    expectOk(dispute(provider), 1);
    for (const arbiter of arbiters.slice(0, 2)) expectOk(vote(1, false, 0n, arbiter));
    expectErr(dispute(provider), errInvalidInput);
    expectOk(dispute(buyer), 2);
    for (const arbiter of arbiters.slice(0, 2)) expectOk(vote(2, false, 0n, arbiter));
    expectErr(dispute(buyer), errInvalidInput);
  });

  it("ends with a dispute that was upheld", () => {
    settled();
    expectOk(dispute(buyer), 1);
    uphold(1, 1_000_000n);
    expectErr(dispute(buyer), errInvalidInput);
    expectErr(dispute(provider), errInvalidInput);
  });

  it("keeps the window that was there when the policy was settled", () => {
    settled();
    expectOk(call("parameter-contract", "set-parameter", ["dispute-window", 144n]));
    mineBitcoinBlocks(1_008);
    expectOk(dispute(buyer), 1);
  });
});

describe("an award", () => {
  it("stays due where the fund cannot pay all of it", () => {
    settled();
    expectOk(dispute(), 1);
    uphold(1, 2_000_000_000n);
    expectOk(call("insurance-fund", "set-min-fund-size", [0n]));
    expectOk(call("insurance-fund", "withdraw-surplus", [stxBalance(fund) - 1n, admin]));
    expectOk(execute(), 1n);
    expectErr(execute(), errInsufficientFunds);
    expectOk(call("insurance-fund", "contribute-to-fund", [100_000_000_000n]));
    const before = stxBalance(buyer);
    expectOk(execute(), 1_999_999_999n);
    expect(stxBalance(buyer) - before).toBe(1_999_999_999n);
    expectErr(execute(), errInvalidInput);
  });

  it("goes to the owner of the policy, and the bond to whoever left it", () => {
    provide();
    deploy("vault", `
      (define-public (buy) (as-contract? ((with-stx u500000000)) (try! (contract-call? .policy-registry purchase-policy
         u10000000 u60000000000 u4320 "balanced" '${provider} .mock-token u500000000 .liquidity-pool))))
      (define-public (cash) (contract-call? .policy-registry settle-policy u1 u0 .liquidity-pool .mock-token .insurance-fund))
      (define-public (complain (e (buff 32))) (contract-call? .policy-registry dispute-settlement u1 e))`);
    const vault = contractId("vault");
    simnet.transferSTX(500_000_000n, vault, admin);
    expectOk(call("vault", "buy", [], buyer));
    mineBitcoinBlocks(1);
    setPrice("BTC", 45_000_000_000n);
    expectOk(call("vault", "cash", [], buyer));
    const bonded = stxBalance(stranger);
    expectOk(call("vault", "complain", [evidence], stranger), 1);
    uphold(1, 1_000_000_000n);
    const before = stxBalance(vault);
    expectOk(execute(buyer), 1_000_000_000n);
    expect(stxBalance(vault) - before).toBe(1_000_000_000n);
    expect(stxBalance(stranger)).toBe(bonded);
  });

  it("counts what has been paid already: in tokens, by the fund, and not what is still missing", () => {
    activePolicy();
    refreshPrices(12_000_000_000n, 2_000_000n, 200_000n);
    expectOk(settle(1));
    expectOk(dispute(), 1);
    uphold(1, 6_000_000_000n);
    // 2 000 in tokens and 2 800 of the fund are paid of 6 000.
    expectOk(execute(), 1_200_000_000n);
  });
});

describe("who judges", () => {
  it("is neither owner nor provider", () => {
    expectOk(call("dispute-resolution", "add-arbiter", [provider]));
    expectOk(call("dispute-resolution", "add-arbiter", [buyer]));
    settled();
    expectOk(dispute(), 1);
    expectValue(
      read("dispute-resolution", "get-parties", [1]),
      Cl.some(Cl.tuple({ first: Cl.principal(buyer), second: Cl.principal(provider) })),
    );
    expectErr(vote(1, false, 0n, provider), errUnauthorized);
    expectErr(vote(1, true, 1n, buyer), errUnauthorized);
  });

  it("is still an arbiter when the votes are counted", () => {
    settled();
    expectOk(dispute(), 1);
    expectOk(vote(1, true, 5n, arbiters[0]), false);
    expectOk(call("dispute-resolution", "remove-arbiter", [arbiters[0]]));
    expectOk(vote(1, true, 900n, arbiters[1]), false);
    const decided = vote(1, true, 700n, arbiters[2]);
    expectOk(decided, true);
    expectEvent(decided, "dispute-resolution", "dispute-resolved", { "dispute-id": 1, status: Cl.stringAscii("upheld"), award: 700 });
    const details = read("dispute-resolution", "get-dispute-details", [1]);
    expect([field(details, "uphold-votes"), field(details, "reject-votes")]).toEqual(["u2", "u0"]);
  });

  it("is named by the registry alone", () => {
    settled();
    expectOk(dispute(), 1);
    expectErr(call("dispute-resolution", "set-parties", [1, stranger, stranger]), errUnauthorized);
    deployMember("member", "some-member", ["dispute-resolution"]);
    expectErr(call("member", "dispute-resolution--set-parties", [1, stranger, stranger]), errUnauthorized);
    expectErr(call("dispute-resolution", "set-required-votes", [11]), errInvalidInput);
    expectOk(call("dispute-resolution", "set-required-votes", [10]));
    expectErr(call("dispute-resolution", "withdraw-dispute", [9], stranger), errNotFound);
  });

  it("is one of twenty at most", () => {
    settled();
    expectOk(call("dispute-resolution", "set-required-votes", [10]));
    expectOk(dispute(), 1);
    for (let i = 0; i < 9; i++) {
      deployMember(`judge-${i}`, `judge-${i}`, ["dispute-resolution"]);
      expectOk(call("dispute-resolution", "add-arbiter", [contractId(`judge-${i}`)]));
      expectOk(call(`judge-${i}`, "dispute-resolution--vote-on-dispute", [1, true, 5n], stranger), false);
    }
    expectOk(vote(1, true, 6n, arbiters[0]), true);
    expect(field(read("dispute-resolution", "get-dispute-details", [1]), "award")).toBe("u5");
  });
});
