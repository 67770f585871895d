// A contract can own, buy and settle; limits are kept for whom they limit; prices are bounded by whoever
// pays; and what is listed fits together.

import { beforeEach, describe, expect, it } from "vitest";
import {
  admin,
  buyer,
  call,
  Cl,
  collateralRatio,
  contractId,
  deploy,
  errInsufficientFunds,
  errInvalidInput,
  errNotFound,
  errRateLimited,
  errUnauthorized,
  expectErr,
  expectEvent,
  expectOk,
  expectValue,
  field,
  freshProtocol,
  liquidationThreshold,
  mineBitcoinBlocks,
  provider,
  read,
  setPrice,
  stranger,
  stxBalance,
  tokenBalance,
  tokenPrice,
  tokenSymbol,
} from "./helpers";
import {
  activePolicy,
  collateral,
  deployHostile,
  deposit,
  fund,
  limit,
  listToken,
  mint,
  pool,
  positionOf,
  provide,
  purchase,
  purchaseNow,
  replaceContract,
  settle,
  sourceOf,
  tier,
  token,
  withdraw,
} from "./scenario";

const oracle = contractId("oracle");
const list = (name: string, symbol: string, decimals: number, price: bigint) => {
  deploy(name, sourceOf("mock-token").replace("token-decimals u6", `token-decimals u${decimals}`));
  setPrice(symbol, price);
  expectOk(call("liquidity-pool", "add-collateral-token", [contractId(name), symbol, collateralRatio, oracle]));
  return call("liquidity-pool", "activate-collateral-token", [contractId(name), liquidationThreshold]);
};

beforeEach(freshProtocol);

describe("a contract", () => {
  it("owns what it buys, although somebody else signs and pays, and settles it", () => {
    deploy("router", `
      (define-public (buy) (contract-call? .policy-registry purchase-policy u10000000 u60000000000 u4320 "balanced" '${provider} .mock-token u500000000 .liquidity-pool))
      (define-public (cash) (contract-call? .policy-registry settle-policy u1 u0 .liquidity-pool .mock-token .insurance-fund))`);
    provide();
    const before = stxBalance(buyer);
    expectOk(call("router", "buy", [], buyer), 1);
    expect(stxBalance(buyer)).toBeLessThan(before);
    mineBitcoinBlocks(1);
    setPrice("BTC", 50_000_000_000n);
    expectErr(settle(1), errUnauthorized);
    expectOk(call("router", "cash", [], stranger));
    expect(tokenBalance(contractId("router"))).toBe(1_000_000_000n);
  });

  it("buys under a limit of its own, whoever signs", () => {
    deploy("router", `
      (define-public (buy) (contract-call? .policy-registry purchase-policy u10000000 u60000000000 u4320 "balanced" '${provider} .mock-token u500000000 .liquidity-pool))`);
    provide();
    limit("purchase", 1n);
    expectOk(call("router", "buy", [], buyer), 1);
    expectErr(call("router", "buy", [], stranger), errRateLimited);
    expectOk(purchaseNow({ protectedAmount: 1_000_000n }), 2);
  });

  it("owns what it accepts in the marketplace", () => {
    deploy("taker", `(define-public (take) (contract-call? .p2p-marketplace accept-offer u1))`);
    provide();
    expectOk(call("p2p-marketplace", "create-offer", [token, tier, 10_000_000n, 60_000_000_000n, 100_000_000n, 4_320n, 20n], provider), 1);
    const taken = call("taker", "take", [], buyer);
    expectOk(taken, 1);
    expectEvent(taken, "p2p-marketplace", "offer-accepted", { "offer-id": 1, "policy-id": 1, buyer: contractId("taker") });
    expect(field(read("policy-registry", "get-policy", [1]), "owner")).toBe(contractId("taker"));
  });

  it("cannot deposit and withdraw in one block", () => {
    deploy("looper", `
      (define-public (enter (n uint))
        (as-contract? ((with-ft .mock-token "*" n)) (try! (contract-call? .liquidity-pool deposit-collateral n .mock-token "balanced"))))
      (define-public (leave (n uint)) (contract-call? .liquidity-pool withdraw-collateral n .mock-token "balanced"))
      (define-public (flash (n uint)) (begin (try! (enter n)) (leave n)))`);
    expectOk(call("mock-token", "mint", [5_000_000n, contractId("looper")]));
    expectErr(call("looper", "flash", [5_000_000n], stranger), errRateLimited);
    expectOk(call("looper", "enter", [5_000_000n], stranger), true);
    expect(field(positionOf(contractId("looper")), "amount")).toBe("u5000000");
    mineBitcoinBlocks(1);
    // Its limit is its own, and not that of whoever signs.
    provide(1n, tier, stranger);
    expectOk(call("looper", "leave", [5_000_000n], stranger));
    expect(tokenBalance(contractId("looper"))).toBe(5_000_000n);
  });

  it("is credited with its own collateral only, whoever signs", () => {
    deploy("collector", `
      (define-public (collect (n uint)) (contract-call? .liquidity-pool deposit-collateral n .mock-token "balanced"))`);
    expectOk(mint(provider, 5_000_000n));
    const before = tokenBalance(provider);
    expectErr(call("collector", "collect", [5_000_000n], provider), errInsufficientFunds);
    expect(tokenBalance(provider)).toBe(before);
  });

  it("named liquidity-pool takes nothing from the fund", () => {
    deploy("thief", "(define-public (go) (contract-call? .insurance-fund cover-shortfall u999 (stx-get-balance .insurance-fund)))");
    const before = stxBalance(fund);
    replaceContract("liquidity-pool", contractId("thief"));
    expectErr(call("thief", "go", [], stranger), errUnauthorized);
    expect(stxBalance(fund)).toBe(before);
  });
});

describe("who pays by a price", () => {
  it("bounds what a liquidation costs and brings", () => {
    activePolicy();
    setPrice(tokenSymbol, 650_000n);
    const quote = read("liquidation-engine", "quote-liquidation", [provider, "full"]);
    const [payment, amount] = ["payment", "amount"].map((name) => BigInt(field(quote, name).slice(1)));
    const within = (most: bigint, least: bigint) =>
      call("liquidation-engine", "liquidate-within", [provider, "full", most, least], stranger);
    expectErr(within(payment - 1n, 0n), errInvalidInput);
    expectErr(within(payment, amount + 1n), errInvalidInput);
    setPrice("STX", 500_000n);
    expectErr(within(payment, amount), errInvalidInput);
    setPrice("STX", 1_000_000n);
    const before = stxBalance(stranger);
    expectOk(within(payment, amount), 1);
    expect(before - stxBalance(stranger)).toBe(payment);
  });

  it("bounds what a settlement brings", () => {
    activePolicy();
    setPrice("BTC", 45_000_000_000n);
    expectErr(settle(1, buyer, { minPayout: 1_500_000_001n }), errInvalidInput);
    expectOk(settle(1, buyer, { minPayout: 1_500_000_000n }));
  });
});

describe("a listed token", () => {
  it("has a symbol of its own", () => {
    deploy("twin", sourceOf("mock-token"));
    expectErr(call("liquidity-pool", "add-collateral-token", [contractId("twin"), tokenSymbol, collateralRatio, oracle]), errInvalidInput);
    expectOk(call("liquidity-pool", "add-collateral-token", [contractId("twin"), "TWIN", collateralRatio, oracle]));
  });

  it("may get another ratio, for new obligations", () => {
    const set = (ratio: bigint, sender = admin, of = token) =>
      call("liquidity-pool", "set-collateralization-ratio", [of, ratio], sender);
    provide();
    expectErr(set(1_500_000n, stranger), errUnauthorized);
    expectErr(set(1_500_000n, admin, contractId("treasury")), errNotFound);
    expectErr(set(liquidationThreshold), errInvalidInput);
    expectErr(set(10_000_001n), errInvalidInput);
    const changed = set(1_700_000n);
    expectOk(changed, true);
    expectEvent(changed, "liquidity-pool", "collateralization-ratio-set", { "token-contract": token, "collateralization-ratio": 1_700_000n });
    expectErr(purchase(), errInsufficientFunds);
    expectOk(set(liquidationThreshold + 1n));
    expectOk(purchase());
  });

  it("is counted in its own units", () => {
    provide(1_000_000n);
    expectOk(list("t18", "T18", 18, tokenPrice));
    expectOk(call("t18", "mint", [10n ** 18n, provider]));
    expectOk(deposit(10n ** 18n, tier, provider, contractId("t18")));
    mineBitcoinBlocks(1);
    expectOk(withdraw(10n ** 17n, tier, provider, contractId("t18")));
    const total = (metric: string) => field(read("analytics", "get-metric-total", [metric]), "total");
    expect([total("collateral-deposits-USD"), total("collateral-deposits-T18"), total("collateral-withdrawals-T18")]).toEqual([
      "u1000000",
      `u${10n ** 18n}`,
      `u${10n ** 17n}`,
    ]);
  });

  it.each([0, 1, 8, 18])("of %i decimals pays to the unit, and the fund what no unit can", (decimals) => {
    const unit = 10n ** BigInt(decimals);
    // One unit has become worth 70 cents where there are no decimals.
    expectOk(list("odd", "ODD", decimals, 10_000n));
    setPrice("ODD", 700_000n);
    const odd = contractId("odd");
    expectOk(call("odd", "mint", [20_000n * unit, provider]));
    expectOk(deposit(20_000n * unit, tier, provider, odd));
    expectOk(purchase({ token: odd }));
    mineBitcoinBlocks(1);
    setPrice("BTC", 45_000_000_000n);
    const before = stxBalance(buyer);
    const outcome = expectOk(settle(1, buyer, { token: odd }));
    const paid = (1_500_000_000n * unit) / 700_000n;
    expect(tokenBalance(buyer, "odd")).toBe(paid);
    const rest = 1_500_000_000n - (paid * 700_000n) / unit;
    const owed = rest >= 10_000n ? rest : 0n;
    expect(field(outcome, "shortfall")).toBe(`u${owed}`);
    expect(stxBalance(buyer) - before).toBe(owed);
    expect(decimals <= 1).toBe(owed > 0n);
  });

  // Two who collude would have the fund pay what their claims do not divide into, policy by policy.
  it("is not so coarse that one unit of it is worth more than a cent, which is less than a policy costs", () => {
    expectErr(list("gold", "GOLD", 0, 3_000_000_000n), errInvalidInput);
    expectErr(list("dear", "DEAR", 5, 1_000_100_000n), errInvalidInput);
    expectErr(list("rough", "ROUGH", 0, 10_001n), errInvalidInput);
    expectOk(list("fine", "FINE", 0, 10_000n));
  });
});

describe("a tier", () => {
  it("can be added, with a rate and with what comes after it", () => {
    const add = (name: string, next: string | null = null, behavior = "next-tier", sender = admin) =>
      call("liquidity-pool", "add-tier", [name, 5_000_000_000n, false, behavior, next === null ? null : Cl.some(Cl.stringAscii(next))], sender);
    expectErr(add("ultra", null, "reject", stranger), errUnauthorized);
    expectErr(add(""), errInvalidInput);
    expectErr(add("ultra", null, "spill"), errInvalidInput);
    expectErr(add(tier), errInvalidInput);
    expectErr(add("ultra", "unheard-of"), errNotFound);
    const added = add("ultra", tier);
    expectOk(added, true);
    expectEvent(added, "liquidity-pool", "tier-added", { "tier-name": "ultra", "next-tier": Cl.some(Cl.stringAscii(tier)) });
    provide(collateral, "ultra");
    expectErr(purchase({ riskTier: "ultra" }), errNotFound);
    expectOk(call("parameter-contract", "define-parameter", ["premium-rate-ultra", 1_100_000, 1_000_000, 2_000_000]));
    // 6 000 do not fit into 5 000.
    expectOk(purchase({ riskTier: "ultra" }));
    expect(field(read("liquidity-pool", "get-policy-lock", [1]), "overflow-tier")).toBe('(some "balanced")');
  });
});

describe("a token that stops transferring", () => {
  const bad = contractId("hostile-token");
  const mode = (name: string) => expectOk(call("hostile-token", "set-mode", [Cl.stringAscii(name)]));
  const collect = (sender = stranger, of = bad) =>
    call("liquidity-pool", "collect-claim", [1, contractId("policy-registry"), of], sender);
  const payInStx = (sender = buyer, through = pool, from = fund) =>
    call("policy-registry", "pay-claim-in-stx", [1, through, from], sender);

  beforeEach(() => {
    deployHostile("hostile-token");
    setPrice("BAD", 1_000_000n);
    expectOk(call("liquidity-pool", "add-collateral-token", [bad, "BAD", collateralRatio, oracle]));
    expectOk(call("liquidity-pool", "activate-collateral-token", [bad, liquidationThreshold]));
    expectOk(call("hostile-token", "mint", [collateral, provider]));
    expectOk(deposit(collateral, tier, provider, bad));
    expectOk(purchase({ token: bad }));
    mineBitcoinBlocks(1);
    setPrice("BTC", 30_000_000_000n);
    mode("refuse");
  });

  it("does not stop a settlement: the claim stays, and is paid when it transfers again", () => {
    const settled = settle(1, buyer, { token: bad });
    expectOk(settled);
    expectEvent(settled, "liquidity-pool", "claim-kept", { "policy-id": 1, recipient: buyer, amount: 3_000_000_000n });
    expect(field(positionOf(provider, tier, bad), "amount")).toBe("u7000000000");
    // What is owed is nobody else's.
    expectValue(read("liquidity-pool", "get-token-total", [bad]), collateral);
    mode("honest");
    expectErr(collect(), errInvalidInput);
    mineBitcoinBlocks(1);
    expectErr(collect(stranger, token), errUnauthorized);
    mode("refuse");
    expectErr(collect(), errInsufficientFunds);
    mode("honest");
    const collected = collect();
    expectOk(collected, 3_000_000_000n);
    expectEvent(collected, "liquidity-pool", "claim-collected", { "policy-id": 1, token: bad, recipient: buyer, amount: 3_000_000_000n });
    expect(tokenBalance(buyer, "hostile-token")).toBe(3_000_000_000n);
    expectValue(read("liquidity-pool", "get-token-total", [bad]), 7_000_000_000n);
    expectErr(collect(), errNotFound);
    expectErr(payInStx(), errNotFound);
  });

  it("is paid for by the fund after a week, if the owner wants it; the tokens are the protocol's then", () => {
    expectOk(settle(1, buyer, { token: bad }));
    mineBitcoinBlocks(1_008);
    setPrice("STX", 2_000_000n);
    expectErr(payInStx(), errInvalidInput);
    mineBitcoinBlocks(1);
    expectErr(payInStx(stranger), errUnauthorized);
    expectErr(payInStx(buyer, deployHostile("hostile-pool")), errUnauthorized);
    expectErr(payInStx(buyer, pool, deployHostile("hostile-fund")), errUnauthorized);
    expectErr(call("policy-registry", "pay-claim-in-stx", [2, pool, fund], buyer), errNotFound);
    expectErr(call("liquidity-pool", "assign-claim", [1, stranger], stranger), errUnauthorized);
    expectOk(call("insurance-fund", "set-min-fund-size", [0n]));
    const all = stxBalance(fund);
    expectOk(call("insurance-fund", "withdraw-surplus", [all - 1_499_999_999n, admin]));
    expectErr(payInStx(), errInsufficientFunds);
    expectOk(call("insurance-fund", "contribute-to-fund", [1n]));
    const before = stxBalance(buyer);
    const paid = payInStx();
    expectOk(paid, 3_000_000_000n);
    expectEvent(paid, "policy-registry", "claim-paid-in-stx", { "policy-id": 1, value: 3_000_000_000n });
    expect(stxBalance(buyer) - before).toBe(1_500_000_000n);
    expectErr(payInStx(), errInvalidInput);
    mode("honest");
    expectOk(collect());
    expect([tokenBalance(buyer, "hostile-token"), tokenBalance(admin, "hostile-token")]).toEqual([0n, 3_000_000_000n]);
  });

  it("keeps the claims of others apart", () => {
    expectOk(settle(1, buyer, { token: bad }));
    expectOk(mint(provider, 1n));
    expectValue(read("liquidity-pool", "get-unpaid-claim", [1, contractId("treasury")]), null);
    expect(listToken("other")).toBe(contractId("other"));
    expectErr(call("liquidity-pool", "collect-claim", [1, contractId("treasury"), bad], stranger), errNotFound);
  });
});
