import { beforeEach, describe, expect, it } from "vitest";
import {
  address,
  admin,
  bitcoinHeight,
  buyer,
  call,
  Cl,
  contractId,
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
  migrate,
  mineBitcoinBlocks,
  otherProvider,
  provider,
  read,
  stranger,
  stxBalance,
  toNumber,
} from "./helpers";
import { deployHostile, pause, replaceContract } from "./scenario";

const governance = contractId("governance");
const votingPeriod = 432;
const timelock = 144;
const executionWindow = 1_008;
const quorum = 100_000_000_000n;
const threshold = 1_000_000_000n;

const stake = (amount: bigint, who: string = provider) => call("governance", "stake", [amount], who);
/** Stakes, and lets the block pass after which the stake may vote. */
const stakeToVote = (amount: bigint, who: string = provider) => {
  expectOk(stake(amount, who));
  mineBitcoinBlocks(1);
};
const unstake = (amount: bigint, who: string = provider) => call("governance", "unstake", [amount], who);
const vote = (id: number, support: boolean, who: string = provider) => call("governance", "vote", [id, support], who);
const execute = (id: number, who: string = stranger) => call("governance", "execute-proposal", [id], who);

const propose = (
  kind = "set-parameter",
  target = "protocol-fee-rate",
  value = 50_000n,
  destination: string | null = null,
  who: string = provider,
) =>
  call(
    "governance",
    "propose",
    [
      Cl.stringAscii(kind),
      Cl.stringAscii(target),
      value,
      destination === null ? null : Cl.some(Cl.principal(destination)),
    ],
    who,
  );

/** Carries a proposal through its vote and its timelock, up to the first block in which it can be executed. */
function pass(...terms: Parameters<typeof propose>): number {
  if (field(read("governance", "get-stake", [provider]), "amount") === "u0") stakeToVote(2n * quorum);
  const id = Number(toNumber(expectOk(propose(...terms))));
  expectOk(vote(id, true));
  mineBitcoinBlocks(votingPeriod + timelock + 1);
  return id;
}

beforeEach(freshProtocol);

describe("staking", () => {
  it("takes STX from the signer and gives them back", () => {
    const before = stxBalance(provider);
    const staked = stake(5_000_000n);
    expectOk(staked, true);
    expectEvent(staked, "governance", "staked", { voter: provider, amount: 5_000_000n });
    expect(stxBalance(governance)).toBe(5_000_000n);
    expectOk(stake(1_000_000n));
    expectOk(stake(1_000_000n, buyer));
    expectValue(read("governance", "get-total-staked"), 7_000_000n);
    expectValue(
      read("governance", "get-stake", [provider]),
      Cl.tuple({ amount: Cl.uint(6_000_000), "locked-until": Cl.uint(0), since: Cl.uint(bitcoinHeight()) }),
    );
    const returned = unstake(2_000_000n);
    expectOk(returned, true);
    expectEvent(returned, "governance", "unstaked", { voter: provider, amount: 2_000_000n });
    expect(stxBalance(provider)).toBe(before - 4_000_000n);
    expect(stxBalance(governance)).toBe(5_000_000n);
    expectValue(read("governance", "get-total-staked"), 5_000_000n);
  });

  it("refuses amounts of nothing and amounts that are not there", () => {
    expectErr(stake(0n), errInvalidInput);
    expectErr(stake(stxBalance(provider) + 1n), errInsufficientFunds);
    expectErr(unstake(0n), errInvalidInput);
    expectErr(unstake(1n), errInsufficientFunds);
    expectOk(stake(5n));
    expectErr(unstake(6n), errInsufficientFunds);
    expectErr(unstake(5n, buyer), errInsufficientFunds);
    expectOk(stake(5n, buyer));
    expectOk(unstake(5n));
    // Not a second time, out of what others have staked.
    expectErr(unstake(1n), errInsufficientFunds);
  });

  it("knows strangers as people without a stake", () => {
    expectValue(
      read("governance", "get-stake", [stranger]),
      Cl.tuple({ amount: Cl.uint(0), "locked-until": Cl.uint(0), since: Cl.uint(0) }),
    );
  });
});

describe("proposing", () => {
  beforeEach(() => {
    expectOk(stake(threshold));
  });

  it("stores the proposal and locks the stake until it can no longer be executed", () => {
    const start = bitcoinHeight();
    const made = propose();
    expectOk(made, 1);
    expectEvent(made, "governance", "proposal-created", {
      "proposal-id": 1,
      kind: Cl.stringAscii("set-parameter"),
      "target-name": Cl.stringAscii("protocol-fee-rate"),
      value: 50_000,
    });
    expectValue(
      read("governance", "get-proposal", [1]),
      Cl.some(
        Cl.tuple({
          proposer: Cl.principal(provider),
          kind: Cl.stringAscii("set-parameter"),
          "target-name": Cl.stringAscii("protocol-fee-rate"),
          value: Cl.uint(50_000),
          address: Cl.none(),
          "start-height": Cl.uint(start),
          "end-height": Cl.uint(start + votingPeriod),
          "executable-at": Cl.uint(start + votingPeriod + timelock),
          "expires-at": Cl.uint(start + votingPeriod + timelock + executionWindow),
          quorum: Cl.uint(quorum),
          "votes-for": Cl.uint(0),
          "votes-against": Cl.uint(0),
          vetoes: Cl.uint(0),
          executed: Cl.bool(false),
        }),
      ),
    );
    expectErr(unstake(1n), errInvalidInput);
    mineBitcoinBlocks(votingPeriod + timelock + executionWindow);
    expectErr(unstake(1n), errInvalidInput);
    mineBitcoinBlocks(1);
    expectOk(unstake(1n));
  });

  it("knows four kinds", () => {
    expectErr(propose("mint-everything"), errInvalidInput);
    expectErr(propose("set-parameter", ""), errInvalidInput);
    expectErr(propose("upgrade-contract", "insurance-fund"), errInvalidInput);
    expectOk(propose("upgrade-contract", "insurance-fund", 0n, address.wallet_8), 1);
    expectOk(propose("activate-breaker", "action-p2p"), 2);
    expectOk(propose("deactivate-breaker", "action-p2p"), 3);
    expectOk(propose("set-parameter", "q"), 4);
  });

  it("needs a stake of the threshold", () => {
    expectErr(propose("set-parameter", "quorum", 1n, null, buyer), errInsufficientFunds);
    expectOk(stake(threshold - 1n, buyer));
    expectErr(propose("set-parameter", "quorum", 1n, null, buyer), errInsufficientFunds);
    expectOk(stake(1n, buyer));
    expectOk(propose("set-parameter", "quorum", 1n, null, buyer));
    // A wrong argument is found before a missing stake.
    expectErr(propose("set-parameter", "", 1n, null, stranger), errInvalidInput);
  });
});

describe("voting", () => {
  beforeEach(() => {
    expectOk(stake(2_000_000n, buyer));
    stakeToVote(3_000_000_000n);
    expectOk(propose());
  });

  it("counts the stake on either side, once per voter", () => {
    const cast = vote(1, true);
    expectOk(cast, true);
    expectEvent(cast, "governance", "vote-cast", { "proposal-id": 1, voter: provider, support: true, weight: 3_000_000_000 });
    expectOk(vote(1, false, buyer));
    const proposal = read("governance", "get-proposal", [1]);
    expect([field(proposal, "votes-for"), field(proposal, "votes-against")]).toEqual(["u3000000000", "u2000000"]);
    expectValue(
      read("governance", "get-vote", [1, buyer]),
      Cl.some(Cl.tuple({ support: Cl.bool(false), weight: Cl.uint(2_000_000) })),
    );
    expectValue(read("governance", "get-vote", [1, stranger]), null);
    expectErr(vote(1, true), errInvalidInput);
    // A larger stake gives no second vote.
    expectOk(stake(1_000_000n, buyer));
    expectErr(vote(1, true, buyer), errInvalidInput);
  });

  it("needs a proposal, a stake, and is over after the end", () => {
    expectErr(vote(99, true), errNotFound);
    expectErr(vote(1, true, stranger), errInsufficientFunds);
    mineBitcoinBlocks(votingPeriod);
    expectOk(vote(1, true));
    mineBitcoinBlocks(1);
    expectErr(vote(1, true, stranger), errInvalidInput);
  });

  it("locks the voter's stake until the last of the votes ends", () => {
    expectOk(vote(1, true, buyer));
    mineBitcoinBlocks(100);
    expectOk(propose());
    expectOk(vote(2, true, buyer));
    // The end of the later vote stays, although the earlier one is voted on afterwards.
    expectOk(vote(1, true));
    mineBitcoinBlocks(votingPeriod + timelock + executionWindow - 99);
    expectErr(unstake(1n, buyer), errInvalidInput);
    expectErr(unstake(1n), errInvalidInput);
    mineBitcoinBlocks(100);
    expectOk(unstake(1_000_000n, buyer));
    expectOk(unstake(1n));
  });
});

describe("executing", () => {
  it("sets a parameter after the timelock, once, whoever asks", () => {
    stakeToVote(2n * quorum);
    expectOk(propose());
    expectOk(vote(1, true));
    expectErr(execute(99), errNotFound);
    mineBitcoinBlocks(votingPeriod + timelock);
    expectErr(execute(1), errInvalidInput);
    mineBitcoinBlocks(1);
    const executed = execute(1);
    expectOk(executed, true);
    expectEvent(executed, "governance", "proposal-executed", { "proposal-id": 1 });
    expectOk(read("parameter-contract", "get-parameter", ["protocol-fee-rate"]), 50_000);
    expect(field(read("governance", "get-proposal", [1]), "executed")).toBe("true");
    expectErr(execute(1), errInvalidInput);
  });

  it("needs a majority and the quorum", () => {
    expectOk(stake(quorum - 1n));
    expectOk(stake(quorum - 1n, buyer));
    stakeToVote(1n, otherProvider);
    expectOk(propose());
    expectOk(propose("set-parameter", "quorum", 1n));
    expectOk(propose("set-parameter", "protocol-fee-rate", 1n));
    expectOk(vote(1, true));
    expectOk(vote(2, true));
    expectOk(vote(3, true));
    expectOk(vote(2, false, buyer));
    expectOk(vote(3, true, otherProvider));
    mineBitcoinBlocks(votingPeriod + timelock + 1);
    expectErr(execute(1), errUnauthorized);
    expectErr(execute(2), errUnauthorized);
    expectOk(execute(3));
  });

  it("activates and deactivates breakers, also while everything is paused", () => {
    const on = pass("activate-breaker", "action-p2p");
    expectOk(execute(on));
    expectValue(read("parameter-contract", "is-circuit-breaker-active", ["action-p2p"]), true);
    pause("action-all");
    const off = pass("deactivate-breaker", "action-all");
    expectOk(execute(off));
    expectValue(read("parameter-contract", "is-circuit-breaker-active", ["action-all"]), false);
  });

  it("upgrades a contract", () => {
    const other = deployHostile("hostile-fund");
    const id = pass("upgrade-contract", "insurance-fund", 0n, other);
    expectErr(execute(id), errInvalidInput);
    migrate("insurance-fund", other);
    expectOk(execute(id));
    expectOk(read("upgrade-manager", "resolve-contract-address", ["insurance-fund"]), other);
  });

  it("hands through what the action refuses, and can be tried again", () => {
    const outOfBounds = pass("set-parameter", "protocol-fee-rate", 300_001n);
    const unknown = pass("set-parameter", "unheard-of", 1n);
    const locked = pass("upgrade-contract", "oracle", 0n, contractId("mock-token"));
    expectErr(execute(outOfBounds), errInvalidInput);
    expectErr(execute(unknown), errNotFound);
    expectErr(execute(locked), errUnauthorized);
    expect(field(read("governance", "get-proposal", [unknown]), "executed")).toBe("false");
    expectOk(call("parameter-contract", "define-parameter", ["unheard-of", 5, 0, 10], admin));
    expectOk(execute(unknown));
    expectOk(read("parameter-contract", "get-parameter", ["unheard-of"]), 1);
  });

  it("has no rights once it is no longer registered", () => {
    const successor = deployHostile("role-holder");
    const id = pass();
    replaceContract("governance", successor);
    expectErr(execute(id), errUnauthorized);
    mineBitcoinBlocks(executionWindow);
    expectOk(unstake(2n * quorum));
  });
});
