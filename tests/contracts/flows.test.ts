// The protocol end to end, as its users and operators see it. Every flow starts with the protocol as
// it is after the bootstrap.

import { beforeEach, describe, expect, it } from "vitest";
import {
  admin,
  arbiters,
  bitcoinHeight,
  btcPrice,
  buyer,
  call,
  Cl,
  contractId,
  deploy,
  errContractPaused,
  errInvalidInput,
  errNotFound,
  errUnauthorized,
  eventNames,
  expectErr,
  expectOk,
  expectValue,
  field,
  freshProtocol,
  guardians,
  haltProcedure,
  initialFund,
  migrate,
  mineBitcoinBlocks,
  otherProvider,
  provider,
  read,
  stranger,
  stxBalance,
  stxPrice,
  tokenBalance,
  tokenPrice,
  tokenSymbol,
  toNumber,
} from "./helpers";
import {
  activePolicy,
  collateral,
  deposit,
  engine,
  evidence,
  exampleFee,
  examplePremium,
  exampleValue,
  fund,
  mint,
  pool,
  position,
  positionOf,
  provide,
  purchase,
  refreshPrices,
  replaceContract,
  registry,
  setPrice,
  settle,
  sourceOf,
  tier,
  token,
  withdraw,
} from "./scenario";

beforeEach(freshProtocol);

describe("a pool policy", () => {
  it("is bought, settled, and everybody takes what is theirs", () => {
    provide();
    const bought = purchase();
    expect(eventNames(bought)).toEqual([
      "metric-recorded",
      "metric-recorded",
      "policy-created",
      "fee-processed",
      "collateral-locked",
    ]);
    mineBitcoinBlocks(1);
    setPrice("BTC", 45_000_000_000n);
    expect(eventNames(settle(1))).toEqual(["claim-settled", "metric-recorded", "policy-settled"]);
    expect(tokenBalance(buyer)).toBe(1_500_000_000n);
    expectOk(call("liquidity-pool", "claim-premiums", [], provider), examplePremium - exampleFee);
    expectOk(withdraw(collateral - 1_500_000_000n));
    expect(stxBalance(pool)).toBe(0n);
    expect(tokenBalance(pool)).toBe(0n);
    // Half of the fee belongs to the fund.
    const before = stxBalance(fund);
    expectOk(call("treasury", "distribute", ["insurance"], stranger), exampleFee / 2n);
    expect(stxBalance(fund)).toBe(before + exampleFee / 2n);
  });

  it("expires, and its collateral is free for the next", () => {
    provide();
    expectOk(purchase({ duration: 144n }));
    expectErr(withdraw(collateral), 402);
    mineBitcoinBlocks(140);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    mineBitcoinBlocks(41);
    expectOk(call("liquidity-pool", "release-expired", [1], stranger));
    expectOk(purchase());
    expectValue(positionOf(), position(collateral, 7_200_000_001n, exampleValue, 1n));
  });

  it("is paid by the fund where the collateral does not reach, as far as the fund does", () => {
    expectOk(call("insurance-fund", "set-min-fund-size", [0]));
    expectOk(call("insurance-fund", "withdraw-surplus", [initialFund - 1_000_000_000n, admin]));
    activePolicy();
    refreshPrices(12_000_000_000n, stxPrice, 200_000n);
    const before = stxBalance(buyer);
    expectOk(
      settle(1),
      Cl.tuple({ payout: Cl.uint(4_800_000_000n), shortfall: Cl.uint(2_800_000_000n), covered: Cl.uint(1_000_000_000n) }),
    );
    expect(stxBalance(buyer) - before).toBe(1_000_000_000n);
    expectValue(read("insurance-fund", "get-policy-coverage", [1]), 1_000_000_000n);
    expectValue(read("insurance-fund", "is-fund-healthy"), true);
  });
});

describe("a peer-to-peer policy", () => {
  it("is offered, accepted at the maker's premium, and settled like any other", () => {
    provide();
    const terms = [token, tier, 10_000_000n, btcPrice, 50_000_000n, 1_000n, 20n];
    expectOk(call("p2p-marketplace", "create-offer", terms, provider), 1);
    expectOk(call("p2p-marketplace", "accept-offer", [1], buyer), 1);
    mineBitcoinBlocks(1);
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(1));
    expect(tokenBalance(buyer)).toBe(1_500_000_000n);
    expectOk(call("liquidity-pool", "claim-premiums", [], provider), 50_000_000n - 22_683_686n);
  });
});

describe("a liquidation", () => {
  /** The liquidated provider's policy, settled at a loss of half of BTC. */
  const settleAfterwards = (): { tokens: bigint; stx: bigint } => {
    const before = { tokens: tokenBalance(buyer), stx: stxBalance(buyer) };
    setPrice("BTC", btcPrice / 2n);
    expectOk(settle(1));
    return { tokens: tokenBalance(buyer) - before.tokens, stx: stxBalance(buyer) - before.stx };
  };

  it("in part leaves enough for the policy, and what was paid goes back to the provider when it is not needed", () => {
    activePolicy();
    setPrice(tokenSymbol, 650_000n);
    expectOk(call("liquidity-pool", "check-position", [engine, provider], stranger), 1);
    expectErr(call("liquidity-pool", "check-position", [engine, provider], stranger), errInvalidInput);
    expectErr(withdraw(1n), 402);
    expectErr(purchase({ protectedAmount: 1_000_000n }), 402);
    const liquidated = 4_858_299_594n;
    expectOk(withdraw(liquidated, tier, stranger));
    expect(tokenBalance(stranger)).toBe(liquidated);
    // 3 000 USD at 0.65 are 4 615 tokens: the rest of the position is enough.
    expect(settleAfterwards()).toEqual({ tokens: 4_615_384_615n, stx: 0n });
    // With the last policy closed the position is an ordinary one again, and its escrow the provider's.
    expectOk(call("liquidity-pool", "claim-premiums", [], provider), examplePremium - exampleFee + 2_999_999_999n);
    expectOk(withdraw(collateral - liquidated - 4_615_384_615n));
    expectValue(positionOf(), position(0n));
  });

  it("in full clears the obligation; what was paid for it pays what is missing later", () => {
    activePolicy();
    setPrice(tokenSymbol, 650_000n);
    expectOk(call("liquidation-engine", "liquidate-position", [provider, Cl.stringAscii("full")], stranger), 1);
    const left = collateral - 9_716_599_189n;
    // What is left is worth 184 USD of the 3 000 that are owed; the pool has been paid for the others.
    const paid = settleAfterwards();
    expect(paid.tokens).toBe(left);
    const shortfall = 3_000_000_000n - (left * 650_000n) / 1_000_000n;
    expect(paid.stx).toBe(shortfall);
    expect(stxBalance(fund)).toBe(initialFund);
    expectOk(call("liquidity-pool", "claim-premiums", [], provider), examplePremium - exampleFee + 5_999_999_998n - shortfall);
    expect(stxBalance(pool)).toBe(0n);
  });
});

describe("a dispute", () => {
  it("is filed with a bond, decided by arbiters, and paid by the fund", () => {
    activePolicy();
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(1));
    const before = stxBalance(buyer);
    expectOk(call("policy-registry", "dispute-settlement", [1, evidence], buyer), 1);
    expectOk(call("dispute-resolution", "vote-on-dispute", [1, true, 900_000_000n], arbiters[0]), false);
    expectOk(call("dispute-resolution", "vote-on-dispute", [1, false, 0n], arbiters[1]), false);
    expectErr(call("policy-registry", "execute-dispute-award", [1, fund], stranger), errInvalidInput);
    const decided = call("dispute-resolution", "vote-on-dispute", [1, true, 600_000_000n], arbiters[2]);
    expectOk(decided, true);
    expect(eventNames(decided)).toEqual(["dispute-vote", "dispute-resolved"]);
    expect(stxBalance(buyer)).toBe(before);
    // The lowest award of those in favour counts.
    expectOk(call("policy-registry", "execute-dispute-award", [1, fund], stranger), 600_000_000n);
    expect(stxBalance(buyer)).toBe(before + 600_000_000n);
    expectErr(call("policy-registry", "execute-dispute-award", [1, fund], stranger), errInvalidInput);
  });

  it("that is rejected costs the bond, which goes to the fund", () => {
    activePolicy();
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(1));
    expectOk(call("policy-registry", "dispute-settlement", [1, evidence], provider), 1);
    const before = stxBalance(fund);
    for (const arbiter of arbiters.slice(0, 2)) {
      expectOk(call("dispute-resolution", "vote-on-dispute", [1, false, 0n], arbiter));
    }
    expect(stxBalance(fund)).toBe(before + 1_000_000n);
    expectErr(call("policy-registry", "execute-dispute-award", [1, fund], stranger), errInvalidInput);
  });
});

describe("a reward program", () => {
  it("counts what people do, pays by share, and gives the rest to the treasury", () => {
    expectOk(call("incentives", "set-action-weight", ["deposit", 3]));
    expectOk(call("incentives", "create-incentive-program", ["spring", "Spring", 100, 10_000_000]));
    activePolicy();
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(1));
    // Provider: a deposit of 10 000 USD, and an underwriting for 465 STX; buyer: a purchase for as much,
    // and a settlement of 1 500 USD.
    expectValue(read("incentives", "get-points", ["spring", provider]), 30_465);
    expectValue(read("incentives", "get-points", ["spring", buyer]), 1_965);
    expectErr(call("incentives", "claim-rewards", ["spring"], provider), errInvalidInput);
    mineBitcoinBlocks(101);
    expectOk(call("incentives", "claim-rewards", ["spring"], provider), 9_394_079n);
    expectErr(call("incentives", "claim-rewards", ["spring"], provider), errNotFound);
    expectErr(call("incentives", "close-program", ["spring"]), errInvalidInput);
    mineBitcoinBlocks(4_320);
    const before = stxBalance(contractId("treasury"));
    expectOk(call("incentives", "close-program", ["spring"]), 605_921n);
    expect(stxBalance(contractId("treasury"))).toBe(before + 605_921n);
    // It comes as a plain transfer, and is not lost there.
    const reserve = toNumber(read("treasury", "get-reserve"));
    expectOk(call("treasury", "sync-reserve", [], stranger), 605_921n);
    expectOk(call("treasury", "withdraw-reserve", [reserve + 605_921n, stranger]));
    expectErr(call("incentives", "claim-rewards", ["spring"], buyer), errInvalidInput);
  });
});

describe("governance", () => {
  it("changes a parameter after vote and timelock, and the next policy feels it", () => {
    provide();
    const stake = (who: string, amount: bigint) => expectOk(call("governance", "stake", [amount], who));
    stake(provider, 80_000_000_000n);
    stake(buyer, 40_000_000_000n);
    stake(stranger, 50_000_000_000n);
    mineBitcoinBlocks(1);
    expectOk(call("governance", "propose", ["set-parameter", "protocol-fee-rate", 200_000n, null], provider), 1);
    expectOk(call("governance", "vote", [1, true], provider));
    expectOk(call("governance", "vote", [1, true], buyer));
    expectOk(call("governance", "vote", [1, false], stranger));
    mineBitcoinBlocks(432 + 144);
    expectErr(call("governance", "execute-proposal", [1], stranger), errInvalidInput);
    mineBitcoinBlocks(1);
    expectOk(call("governance", "execute-proposal", [1], stranger));
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    expectOk(purchase());
    expectValue(read("treasury", "get-total-fees"), examplePremium / 5n);
    mineBitcoinBlocks(1_008);
    for (const [who, amount] of [
      [provider, 80_000_000_000n],
      [buyer, 40_000_000_000n],
      [stranger, 50_000_000_000n],
    ] as const) {
      expectOk(call("governance", "unstake", [amount], who));
    }
    expect(stxBalance(contractId("governance"))).toBe(0n);
  });
});

describe("an emergency", () => {
  it("takes two guardians, stops everything but the control plane, and ends by itself", () => {
    activePolicy();
    expectOk(call("emergency-response", "activate-emergency-procedure", [haltProcedure], guardians[0]), false);
    expectErr(call("emergency-response", "activate-emergency-procedure", [haltProcedure], guardians[0]), errInvalidInput);
    expectErr(call("emergency-response", "activate-emergency-procedure", [haltProcedure], stranger), errUnauthorized);
    expectOk(mint(otherProvider, 5n));
    expectOk(deposit(1n, tier, otherProvider));
    const halted = call("emergency-response", "activate-emergency-procedure", [haltProcedure], guardians[2]);
    expectOk(halted, true);
    expect(eventNames(halted)).toEqual(["procedure-approved", "breaker-activated", "procedure-activated"]);
    const end = bitcoinHeight() + 144;
    expectErr(deposit(1n, tier, otherProvider), errContractPaused);
    expectErr(withdraw(1n), errContractPaused);
    expectErr(purchase(), errContractPaused);
    expectErr(settle(1), errContractPaused);
    // The operators still work: parameters, governance, prices.
    expectOk(call("parameter-contract", "set-parameter", ["close-factor", 400_000n]));
    expectOk(call("governance", "stake", [5n], stranger));
    mineBitcoinBlocks(end - bitcoinHeight() - 1);
    expectErr(deposit(1n, tier, otherProvider), errContractPaused);
    mineBitcoinBlocks(1);
    refreshPrices(45_000_000_000n, stxPrice, tokenPrice);
    expectOk(deposit(1n, tier, otherProvider));
    expectOk(settle(1));
  });

  it("of one kind leaves the exits open", () => {
    activePolicy();
    expectOk(
      call("emergency-response", "create-emergency-procedure", [
        "no-new-risk",
        "Stops new policies",
        2,
        1_000,
        Cl.list([Cl.stringAscii("action-purchase"), Cl.stringAscii("action-p2p")]),
      ]),
    );
    for (const guardian of guardians.slice(0, 2)) {
      expectOk(call("emergency-response", "activate-emergency-procedure", ["no-new-risk"], guardian));
    }
    expectOk(mint(otherProvider, 5n));
    expectErr(deposit(1n, tier, otherProvider), errContractPaused);
    // Who backs a policy may add to it.
    expectOk(mint(provider, 5n));
    expectOk(deposit(5n));
    expectErr(purchase(), errContractPaused);
    mineBitcoinBlocks(1);
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(1));
    expectOk(withdraw(1n));
    expectOk(call("liquidity-pool", "claim-premiums", [], provider));
  });
});

describe("an upgrade", () => {
  it("of the fund with a migration moves money and name together", () => {
    activePolicy();
    const next = contractId("insurance-fund-2");
    deploy("insurance-fund-2", sourceOf("insurance-fund"));
    expectErr(call("upgrade-manager", "upgrade-contract", ["insurance-fund", next]), errInvalidInput);
    expectOk(call("insurance-fund", "set-min-fund-size", [0]));
    expectOk(call("insurance-fund", "withdraw-surplus", [initialFund, next]));
    migrate("insurance-fund", next);
    expectOk(call("upgrade-manager", "upgrade-contract", ["insurance-fund", next]));
    const entry = read("upgrade-manager", "get-contract-info", ["insurance-fund"]);
    expect([field(entry, "contract-address"), field(entry, "current-version")]).toEqual([next, '"2.0.0"']);

    refreshPrices(12_000_000_000n, 2_000_000n, 200_000n);
    expectErr(settle(1), errUnauthorized);
    const before = stxBalance(buyer);
    expectOk(settle(1, buyer, { fund: next }));
    expect(stxBalance(buyer) - before).toBe(1_400_000_000n);
    expectOk(read("insurance-fund-2", "get-fund-size"), initialFund - 1_400_000_000n);
    // Forfeited bonds find the new fund by its name; the old one has no rights.
    expectValue(read("policy-registry", "get-insurance-fund-address"), Cl.some(Cl.principal(next)));
    expectValue(read("upgrade-manager", "is-protocol-contract", [fund]), false);
  });

  it("of the pool lets old policies settle and expire where their collateral is", () => {
    activePolicy();
    expectOk(mint(provider, collateral));
    expectOk(deposit(collateral));
    expectOk(purchase({ duration: 144n }));

    // A new pool takes its static dependants with it.
    const names = ["liquidity-pool", "liquidation-engine", "p2p-marketplace"];
    for (const name of names) {
      deploy(`${name}-2`, sourceOf(name).replaceAll(".liquidity-pool ", ".liquidity-pool-2 "));
      replaceContract(name, contractId(`${name}-2`));
    }
    const next = contractId("liquidity-pool-2");
    const inNew = (fn: string, args: Parameters<typeof call>[2], sender: string) => call("liquidity-pool-2", fn, args, sender);
    expectOk(inNew("add-collateral-token", [token, tokenSymbol, 1_200_000n, contractId("oracle")], admin));
    expectOk(inNew("activate-collateral-token", [token, 1_100_000n], admin));
    expectOk(mint(otherProvider, collateral));
    expectOk(inNew("deposit-collateral", [collateral, token, tier], otherProvider));

    // New policies are the new pool's.
    expectErr(purchase({ provider: otherProvider }), errUnauthorized);
    expectOk(purchase({ provider: otherProvider, pool: next }), 3);
    expect(field(read("policy-registry", "get-policy", [3]), "pool")).toBe(next);
    expectErr(deposit(1n, "conservative"), errUnauthorized);
    const terms = [token, tier, 1_000_000n, btcPrice, 50_000_000n, 1_000n, 20n];
    expectErr(call("p2p-marketplace", "create-offer", terms, provider), errUnauthorized);
    expectOk(call("p2p-marketplace-2", "create-offer", terms, otherProvider), 1);
    expectOk(call("p2p-marketplace-2", "accept-offer", [1], buyer), 4);

    // Old ones stay with the old pool.
    setPrice("BTC", 45_000_000_000n);
    expectErr(settle(1, buyer, { pool: next }), errUnauthorized);
    expectOk(settle(1));
    expect(tokenBalance(buyer)).toBe(1_500_000_000n);
    expectErr(settle(3), errUnauthorized);
    mineBitcoinBlocks(1);
    expectOk(settle(3, buyer, { pool: next }));
    mineBitcoinBlocks(140);
    refreshPrices(45_000_000_000n, stxPrice, tokenPrice);
    mineBitcoinBlocks(40);
    expectErr(call("liquidity-pool-2", "release-expired", [2], stranger), errNotFound);
    expectOk(call("liquidity-pool", "release-expired", [2], stranger));

    // Providers leave with everything, more than once in a block: a retired pool has no quota.
    expectOk(call("liquidity-pool", "claim-premiums", [], provider));
    expectOk(withdraw(1n));
    expectOk(withdraw(2n * collateral - 1_500_000_000n - 1n));
    expect([tokenBalance(pool), stxBalance(pool), stxBalance(registry)]).toEqual([0n, 0n, 0n]);

    // The new engine liquidates in the new pool.
    refreshPrices(btcPrice, stxPrice, 10_000n);
    expectErr(call("liquidation-engine", "liquidate-position", [otherProvider, "full"], stranger), errInvalidInput);
    expectOk(call("liquidation-engine-2", "liquidate-position", [otherProvider, "full"], stranger), 1);
    expectErr(inNew("check-position", [engine, otherProvider], stranger), errInvalidInput);
  });

  it("of a contract that others call statically is locked", () => {
    for (const name of ["policy-registry", "parameter-contract", "oracle"]) {
      expectErr(call("upgrade-manager", "upgrade-contract", [name, contractId("mock-token")]), errUnauthorized);
    }
  });
});
