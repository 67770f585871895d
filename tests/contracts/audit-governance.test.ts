// Taking the protocol over by votes costs a share of what it would bring, takes time, and can be seen
// and stopped.

import { beforeEach, describe, expect, it } from "vitest";
import {
  buyer,
  call,
  Cl,
  contractId,
  deploy,
  errInsufficientFunds,
  errInvalidInput,
  errUnauthorized,
  expectErr,
  expectEvent,
  expectOk,
  freshProtocol,
  guardians,
  initialFund,
  mineBitcoinBlocks,
  provider,
  read,
  simnet,
  stranger,
  stxBalance,
} from "./helpers";
import { fund } from "./scenario";

const attacker = stranger;
const votingPeriod = 432;
const timelock = 144;
const executionWindow = 1_008;
const quorum = 100_000_000_000n;

const stake = (amount: bigint, who: string) => expectOk(call("governance", "stake", [amount], who));
const vote = (id: number, support: boolean, who: string) => call("governance", "vote", [id, support], who);
const execute = (id: number) => call("governance", "execute-proposal", [id], stranger);
const proposeFee = (who: string) =>
  call("governance", "propose", [Cl.stringAscii("set-parameter"), Cl.stringAscii("protocol-fee-rate"), 0n, Cl.none()], who);
const proposeUpgrade = (name: string, to: string, who: string) =>
  call("governance", "propose", [Cl.stringAscii("upgrade-contract"), Cl.stringAscii(name), 0n, Cl.some(Cl.principal(to))], who);

beforeEach(freshProtocol);

describe("the price of a majority", () => {
  it("is not eleven STX, and governance is never replaced by a vote", () => {
    deploy("evil-gov", "(define-public (loot) (ok true))", attacker);
    stake(11_000_000n, attacker);
    mineBitcoinBlocks(1);
    expectErr(proposeUpgrade("treasury", `${attacker}.evil-gov`, attacker), errInsufficientFunds);
    stake(quorum, attacker);
    mineBitcoinBlocks(1);
    expectErr(proposeUpgrade("governance", `${attacker}.evil-gov`, attacker), errInvalidInput);
    expectOk(proposeUpgrade("treasury", `${attacker}.evil-gov`, attacker), 1);
  });

  it("grows with all stake and with what could be taken", () => {
    expectOk(read("governance", "get-quorum"), quorum);
    expectOk(call("insurance-fund", "contribute-to-fund", [3n * initialFund], buyer));
    expect(stxBalance(fund)).toBe(4n * initialFund);
    expectOk(read("governance", "get-quorum"), 2n * initialFund);
    simnet.transferSTX(20n, contractId("treasury"), buyer);
    simnet.transferSTX(30n, contractId("liquidity-pool"), buyer);
    expectOk(read("governance", "get-quorum"), 2n * initialFund + 25n);
    stake(20n * initialFund, buyer);
    expectOk(read("governance", "get-quorum"), 4n * initialFund);
  });

  it("is fixed when a proposal is made", () => {
    stake(quorum, provider);
    mineBitcoinBlocks(1);
    expectOk(proposeFee(provider), 1);
    // A stake that comes later cannot put the vote out of reach.
    stake(100n * quorum, buyer);
    expectOk(vote(1, true, provider));
    mineBitcoinBlocks(votingPeriod + timelock + 1);
    expectOk(execute(1));
  });

  it("has floors that neither the admin nor a vote can lower", () => {
    for (const [parameter, floor] of [
      ["quorum", quorum],
      ["voting-period", BigInt(votingPeriod)],
      ["timelock", BigInt(timelock)],
    ] as const) {
      expectErr(call("parameter-contract", "set-parameter", [parameter, floor - 1n]), errInvalidInput);
      expectOk(call("parameter-contract", "set-parameter", [parameter, floor]));
    }
  });
});

describe("a stake", () => {
  it("votes on proposals that are younger than it, and on no others", () => {
    stake(quorum, buyer);
    stake(quorum, attacker);
    mineBitcoinBlocks(1);
    expectOk(proposeFee(buyer), 1);
    // In the block of the proposal it is as late as in the last one.
    stake(1n, attacker);
    expectErr(vote(1, true, attacker), errInsufficientFunds);
    mineBitcoinBlocks(votingPeriod);
    stake(3n * quorum, provider);
    expectErr(vote(1, true, provider), errInsufficientFunds);
    expectOk(vote(1, false, buyer));
  });

  it("stays until what it decided can no longer be executed", () => {
    stake(quorum, buyer);
    mineBitcoinBlocks(1);
    expectOk(proposeFee(buyer), 1);
    expectOk(vote(1, true, buyer));
    mineBitcoinBlocks(votingPeriod + timelock + executionWindow);
    expectErr(call("governance", "unstake", [1n], buyer), errInvalidInput);
    mineBitcoinBlocks(1);
    expectOk(call("governance", "unstake", [quorum], buyer));
  });
});

describe("a proposal", () => {
  const pass = () => {
    stake(quorum, buyer);
    mineBitcoinBlocks(1);
    expectOk(proposeFee(buyer), 1);
    expectOk(vote(1, true, buyer));
  };

  it("expires", () => {
    pass();
    mineBitcoinBlocks(votingPeriod + timelock + executionWindow + 1);
    expectErr(execute(1), errInvalidInput);
  });

  it("can be executed in the last block of its window", () => {
    pass();
    mineBitcoinBlocks(votingPeriod + timelock + executionWindow);
    expectOk(execute(1));
  });

  it("that missed its quorum stays lost", () => {
    stake(quorum - 1n, buyer);
    mineBitcoinBlocks(1);
    expectOk(proposeFee(buyer), 1);
    expectOk(vote(1, true, buyer));
    mineBitcoinBlocks(votingPeriod + timelock + 1);
    expectErr(execute(1), errUnauthorized);
    expectOk(read("parameter-contract", "get-parameter", ["protocol-fee-rate"]), 100_000n);
  });

  it("does not come to its quorum by the votes against it", () => {
    stake(quorum - 1n, attacker);
    stake(quorum - 2n, buyer);
    mineBitcoinBlocks(1);
    expectOk(proposeFee(attacker), 1);
    expectOk(vote(1, true, attacker));
    expectOk(vote(1, false, buyer));
    mineBitcoinBlocks(votingPeriod + timelock + 1);
    expectErr(execute(1), errUnauthorized);
  });

  it("is stopped by two guardians, for good", () => {
    pass();
    expectErr(call("governance", "veto-proposal", [1], stranger), errUnauthorized);
    expectErr(call("governance", "veto-proposal", [2], guardians[0]), 404);
    mineBitcoinBlocks(votingPeriod + timelock + 1);
    const first = call("governance", "veto-proposal", [1], guardians[0]);
    expectOk(first, false);
    expectEvent(first, "governance", "proposal-vetoed", { "proposal-id": 1, guardian: guardians[0], vetoes: 1 });
    expectErr(call("governance", "veto-proposal", [1], guardians[0]), errInvalidInput);
    expectOk(call("governance", "veto-proposal", [1], guardians[1]), true);
    expectErr(execute(1), errUnauthorized);
  });

  it("is stopped by the one guardian that there is, and not by one of three", () => {
    pass();
    mineBitcoinBlocks(votingPeriod + timelock + 1);
    expectOk(call("governance", "veto-proposal", [1], guardians[0]), false);
    expectOk(execute(1));
    expectErr(call("governance", "veto-proposal", [1], guardians[1]), errInvalidInput);
    expectOk(proposeFee(buyer), 2);
    expectOk(call("emergency-response", "remove-guardian", [guardians[1]]));
    expectOk(call("emergency-response", "remove-guardian", [guardians[2]]));
    expectOk(call("governance", "veto-proposal", [2], guardians[0]), true);
  });

  it("weighs the votes of its caller and not of the signer", () => {
    stake(quorum, buyer);
    mineBitcoinBlocks(1);
    expectOk(proposeFee(buyer), 1);
    deploy("lure", "(define-public (vote) (contract-call? .governance vote u1 true))");
    expectErr(call("lure", "vote", [], buyer), errInsufficientFunds);
    expectOk(read("governance", "get-quorum"), quorum);
    expectOk(vote(1, true, buyer));
  });

  it("is vetoed by guardians themselves, and not by a contract that one of them calls", () => {
    pass();
    deploy("lure", "(define-public (veto) (contract-call? .governance veto-proposal u1))");
    expectErr(call("lure", "veto", [], guardians[0]), errUnauthorized);
  });
});
