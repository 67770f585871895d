// Nobody is made liquidatable by others, who may be liquidated may add collateral, and what a
// liquidation brings in belongs to the policies and then to the provider.

import { beforeEach, describe, expect, it } from "vitest";
import {
  btcPrice,
  buyer,
  call,
  Cl,
  contractId,
  deploy,
  errContractPaused,
  errInsufficientFunds,
  errInvalidInput,
  errNotFound,
  errUnauthorized,
  expectErr,
  expectOk,
  expectValue,
  field,
  freshProtocol,
  guardians,
  initialFund,
  mineBitcoinBlocks,
  otherProvider,
  provider,
  read,
  setPrice,
  stranger,
  stxBalance,
  stxPrice,
  tokenBalance,
  tokenPrice,
  tokenSymbol,
} from "./helpers";
import {
  activePolicy,
  collateral,
  deposit,
  exampleFee,
  examplePremium,
  fund,
  keepFresh,
  mint,
  pause,
  pool,
  position,
  positionOf,
  provide,
  purchase,
  refreshPrices,
  replaceContract,
  settle,
  sourceOf,
  tier,
  token,
  withdraw,
} from "./scenario";

const liquidate = (strategy = "full", who: string = stranger, engine = "liquidation-engine") => {
  keepFresh();
  return call(engine, "liquidate-position", [provider, Cl.stringAscii(strategy)], who);
};
const isUnderwater = (expected: boolean) => expectValue(read("liquidity-pool", "is-underwater", [provider, token, tier]), expected);
const amountOf = (who: string) => BigInt(field(positionOf(who), "amount").slice(1));
const netPremium = examplePremium - exampleFee;

/** Lets everything expire that runs for a day, and a day and a half pass. */
const expire = (ids: number[], price = tokenPrice) => {
  mineBitcoinBlocks(140);
  refreshPrices(btcPrice, stxPrice, price);
  mineBitcoinBlocks(80);
  refreshPrices(btcPrice, stxPrice, price);
  for (const id of ids) expectOk(call("liquidity-pool", "release-expired", [id], provider));
};

beforeEach(freshProtocol);

describe("a purchase", () => {
  it("keeps the whole position healthy, not only its own lock", () => {
    provide(14_400_000_002n);
    expectOk(purchase());
    mineBitcoinBlocks(1);
    setPrice(tokenSymbol, 600_000n);
    isUnderwater(false);
    // 8 640 USD carry 7 200 at 120 %, and 6 000 are owed already.
    expectErr(purchase({ protectedAmount: 6_000_000n, duration: 144n }, stranger), errInsufficientFunds);
    expectOk(purchase({ protectedAmount: 2_000_000n, duration: 144n }, stranger));
    isUnderwater(false);
    expectErr(purchase({ protectedAmount: 1_000n, duration: 144n }, stranger), errInsufficientFunds);
  });
});

describe("who may be liquidated", () => {
  it("may add collateral in an emergency, and with a token that is no longer taken", () => {
    activePolicy();
    expectOk(mint(provider, 4n * collateral));
    expectOk(
      call("emergency-response", "create-emergency-procedure", ["buy", "No purchases", 1, 1_000, Cl.list([Cl.stringAscii("action-purchase")])]),
    );
    expectOk(call("emergency-response", "activate-emergency-procedure", ["buy"], guardians[0]), true);
    setPrice(tokenSymbol, 650_000n);
    isUnderwater(true);
    expectErr(deposit(1n, "conservative"), errContractPaused);
    expectOk(deposit(collateral));
    isUnderwater(false);
    expectOk(call("liquidity-pool", "deactivate-collateral-token", [token]));
    setPrice(tokenSymbol, 329_000n);
    isUnderwater(true);
    expectOk(deposit(collateral));
    isUnderwater(false);
  });

  it("does not shrink behind open policies at a price that is no longer fresh", () => {
    activePolicy();
    mineBitcoinBlocks(3);
    expectErr(withdraw(1n), errContractPaused);
    setPrice(tokenSymbol, tokenPrice);
    mineBitcoinBlocks(3);
    expectOk(withdraw(1n));
  });

  it("is not liquidated while deposits are stopped", () => {
    activePolicy();
    setPrice(tokenSymbol, 650_000n);
    pause("action-deposit");
    expectErr(liquidate(), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-deposit"]));
    expectOk(liquidate());
  });

  it("is judged by prices that are a few blocks old", () => {
    activePolicy();
    setPrice(tokenSymbol, 650_000n);
    setPrice("STX", stxPrice);
    mineBitcoinBlocks(4);
    const now = () => call("liquidation-engine", "liquidate-position", [provider, "full"], stranger);
    expectErr(now(), errContractPaused);
    setPrice(tokenSymbol, 650_000n);
    expectErr(now(), errContractPaused);
    setPrice("STX", stxPrice);
    expectOk(now());
  });
});

describe("what a liquidation brings in", () => {
  it("goes back to the provider when the policy expires worthless", () => {
    activePolicy({ duration: 144n });
    setPrice(tokenSymbol, 650_000n);
    const before = stxBalance(stranger);
    expectOk(liquidate());
    const paid = before - stxBalance(stranger);
    expect(field(positionOf(), "escrow")).toBe(`u${paid}`);
    setPrice(tokenSymbol, tokenPrice);
    const premiums = BigInt(field(Cl.tuple({ x: read("liquidity-pool", "get-premium-balance", [provider]) }), "x").slice(1));
    expire([1]);
    expectOk(call("liquidity-pool", "claim-premiums", [], provider), premiums + paid);
    expect([stxBalance(fund), stxBalance(pool)]).toEqual([initialFund, 0n]);
    expectOk(withdraw(amountOf(provider)));
  });

  it("is shared by the policies, and a small one keeps only its own part", () => {
    provide();
    expectOk(purchase({ duration: 144n }));
    expectOk(purchase({ protectedAmount: 100_000n, duration: 52_560n, maxPremium: 10n ** 10n }, stranger), 2);
    setPrice(tokenSymbol, 650_000n);
    expectOk(liquidate("partial", otherProvider));
    const escrow = BigInt(field(positionOf(), "escrow").slice(1));
    setPrice(tokenSymbol, tokenPrice);
    expire([1]);
    // 60 of 6 060 USD are still owed.
    const kept = escrow - (escrow * 6_000n) / 6_060n;
    expect(BigInt(field(positionOf(), "escrow").slice(1)) - kept).toBeLessThanOrEqual(1n);
    expect(field(positionOf(), "frozen")).toBe("false");
    expectOk(withdraw(5_000_000_000n));
  });

  it("pays what the collateral cannot, before the fund does", () => {
    activePolicy();
    setPrice(tokenSymbol, 650_000n);
    expectOk(liquidate());
    setPrice("BTC", 45_000_000_000n);
    const before = stxBalance(buyer);
    const left = amountOf(provider);
    const outcome = expectOk(settle(1));
    expect(field(outcome, "shortfall")).toBe("u0");
    expect(tokenBalance(buyer)).toBe(left);
    expect(stxBalance(buyer) - before).toBe(1_500_000_000n - (left * 650_000n) / 1_000_000n);
    expect(stxBalance(fund)).toBe(initialFund);
  });

  it("stays for the other policies as long as they are short, and is not the provider's at their expense", () => {
    provide(14_400_000_002n);
    expectOk(purchase());
    expectOk(purchase({}, stranger), 2);
    mineBitcoinBlocks(1);
    setPrice(tokenSymbol, 900_000n);
    expectOk(liquidate("partial", otherProvider));
    const escrow = BigInt(field(positionOf(), "escrow").slice(1));
    // The first claim takes 5 100 of the 6 644 USD that are left in tokens, and none of its half of the escrow.
    setPrice("BTC", 9_000_000_000n);
    expectOk(settle(1));
    expectValue(read("liquidity-pool", "get-premium-balance", [provider]), 2n * netPremium);
    const before = stxBalance(stranger);
    const outcome = expectOk(settle(2, stranger));
    const paid = stxBalance(stranger) - before;
    expect(paid).toBeGreaterThan(escrow / 2n);
    expect([field(outcome, "shortfall"), stxBalance(fund)]).toEqual(["u0", initialFund]);
    expectOk(call("liquidity-pool", "claim-premiums", [], provider), 2n * netPremium + escrow - paid);
  });

  it("is not asked for the price of STX where the collateral pays all", () => {
    activePolicy();
    setPrice(tokenSymbol, 650_000n);
    expectOk(liquidate("partial"));
    mineBitcoinBlocks(145);
    setPrice("BTC", 59_000_000_000n);
    setPrice(tokenSymbol, 650_000n);
    expectErr(read("oracle", "get-price", ["STX"]), errContractPaused);
    expectOk(settle(1));
  });

  it("is filled up by the fund where STX has fallen, too", () => {
    activePolicy();
    setPrice(tokenSymbol, 650_000n);
    expectOk(liquidate());
    refreshPrices(12_000_000_000n, 200_000n, 650_000n);
    const outcome = expectOk(settle(1));
    expect(field(outcome, "covered")).toBe(field(outcome, "shortfall"));
    expect(BigInt(field(outcome, "shortfall").slice(1))).toBeGreaterThan(3_000_000_000n);
    expectValue(read("liquidity-pool", "get-premium-balance", [provider]), netPremium);
  });
});

describe("a liquidated position", () => {
  it("thaws when it is healthy again", () => {
    activePolicy();
    setPrice(tokenSymbol, 650_000n);
    expectOk(liquidate("partial"));
    expect(field(positionOf(), "frozen")).toBe("true");
    setPrice(tokenSymbol, tokenPrice);
    // 5 141 USD against 3 000, of which 3 600 have to stay: the lock still holds all of it.
    expectErr(withdraw(1n), errInsufficientFunds);
    expectOk(mint(provider, 10n));
    expectOk(deposit(10n));
    expect(field(positionOf(), "frozen")).toBe("false");
    mineBitcoinBlocks(1);
    expectOk(withdraw(10n));
  });
});

describe("a bonus", () => {
  it("cannot be so high that a liquidation at the threshold makes a position worse", () => {
    deploy("thin", sourceOf("mock-token"));
    setPrice("THIN", tokenPrice);
    expectOk(call("liquidity-pool", "add-collateral-token", [contractId("thin"), "THIN", 1_100_000n, contractId("oracle")]));
    expectErr(call("liquidity-pool", "activate-collateral-token", [contractId("thin"), 1_089_999n]), errInvalidInput);
    expectOk(call("liquidity-pool", "activate-collateral-token", [contractId("thin"), 1_090_000n]));
    expectErr(call("parameter-contract", "set-parameter", ["liquidation-bonus", 80_001n]), errInvalidInput);
    expectOk(call("parameter-contract", "set-parameter", ["liquidation-bonus", 80_000n]));
    expectOk(call("thin", "mint", [6_600_000_001n, provider]));
    expectOk(deposit(6_600_000_001n, tier, provider, contractId("thin")));
    expectOk(purchase({ token: contractId("thin") }));
    setPrice("THIN", 990_000n);
    const health = () => {
      const held = positionOf(provider, tier, contractId("thin"));
      return (BigInt(field(held, "amount").slice(1)) * 990_000n) / BigInt(field(held, "obligation").slice(1));
    };
    const before = health();
    expectOk(liquidate("partial"));
    expect(health()).toBeGreaterThan(before);
  });

  it("and a threshold are not changed under those who are there", () => {
    const activate = (threshold: bigint) => call("liquidity-pool", "activate-collateral-token", [token, threshold]);
    provide();
    expectErr(activate(1_150_000n), errInvalidInput);
    expectErr(activate(1_100_001n), errInvalidInput);
    expectOk(activate(1_100_000n));
    expectOk(activate(1_095_000n));
    expectOk(withdraw(collateral));
    expectOk(activate(1_150_000n));
  });
});

describe("a replaced pool", () => {
  const replacePool = () => {
    for (const name of ["liquidity-pool", "liquidation-engine"]) {
      deploy(`${name}-2`, sourceOf(name).replaceAll(".liquidity-pool ", ".liquidity-pool-2 "));
    }
    replaceContract("liquidity-pool", contractId("liquidity-pool-2"));
    replaceContract("liquidation-engine", contractId("liquidation-engine-2"));
  };

  it("is liquidated by the engine that was replaced with it, until the admin revokes that", () => {
    activePolicy();
    replacePool();
    setPrice(tokenSymbol, 650_000n);
    expectErr(liquidate("full", stranger, "liquidation-engine-2"), errInvalidInput);
    expectOk(call("liquidity-pool", "check-position", [contractId("liquidation-engine"), provider], stranger), 1);
    setPrice(tokenSymbol, 500_000n);
    expectOk(liquidate("partial"), 2);
    expectOk(call("upgrade-manager", "revoke-retired-contract", [contractId("liquidation-engine")]));
    setPrice(tokenSymbol, 300_000n);
    expectErr(liquidate(), errUnauthorized);
  });

  it("takes more collateral for what it backs, settles, and is emptied", () => {
    activePolicy();
    replacePool();
    setPrice(tokenSymbol, 650_000n);
    expectOk(mint(provider, collateral));
    expectOk(deposit(collateral));
    expectErr(deposit(1n, "conservative"), errUnauthorized);
    setPrice(tokenSymbol, tokenPrice);
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(1));
    expectOk(withdraw(2n * collateral - 1_500_000_000n));
    expectOk(call("liquidity-pool", "claim-premiums", [], provider), netPremium);
    expectValue(positionOf(), position(0n));
    expect([stxBalance(pool), tokenBalance(pool)]).toEqual([0n, 0n]);
  });

  it("lets everybody out under whatever other name", () => {
    provide();
    replacePool();
    expectOk(call("upgrade-manager", "register-contract", ["old-pool", pool, "1.0.0"]));
    expectOk(withdraw(collateral));
  });

  it("settles what the registry sold that was replaced, too, with cover of the fund", () => {
    activePolicy();
    deploy("policy-registry-2", sourceOf("policy-registry"));
    replaceContract("policy-registry", contractId("policy-registry-2"));
    // The new registry has no policy of that number; with the old pool it cannot touch the old one's lock.
    refreshPrices(12_000_000_000n, 2_000_000n, 200_000n);
    expectErr(call("policy-registry-2", "settle-policy", [1, 0, pool, token, fund], buyer), errNotFound);
    const before = stxBalance(buyer);
    expectOk(settle(1));
    expect(stxBalance(buyer) - before).toBe(1_400_000_000n);
  });

  it("lets no other registry pay out what one has sold", () => {
    activePolicy();
    deploy("other-registry", `(define-public (take) (contract-call? .liquidity-pool settle-claim u1 tx-sender u1 .mock-token))`);
    replaceContract("policy-registry", contractId("other-registry"));
    expectErr(call("other-registry", "take", [], stranger), errUnauthorized);
  });
});
