import { beforeEach, describe, expect, it } from "vitest";
import {
  admin,
  btcPrice,
  call,
  Cl,
  contractId,
  errContractPaused,
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
  mineBitcoinBlocks,
  otherProvider,
  provider,
  read,
  simnet,
  stranger,
  stxBalance,
  stxPrice,
  toNumber,
  tokenSymbol,
} from "./helpers";
import {
  activePolicy,
  collateral,
  deployHostile,
  limit,
  listToken,
  mint,
  deposit,
  pause,
  pool,
  position,
  positionOf,
  provide,
  purchase,
  refreshPrices,
  replaceContract,
  setPrice,
  tier,
  token,
  withdraw,
} from "./scenario";

const quote = (strategy = "partial", of: string = provider) =>
  read("liquidation-engine", "quote-liquidation", [of, Cl.stringAscii(strategy)]);
const liquidate = (strategy = "partial", who: string = stranger, of: string = provider) =>
  call("liquidation-engine", "liquidate-position", [of, Cl.stringAscii(strategy)], who);

// The worked example at a token price of 0.65: 6 000 / 0.95 / 0.65 = 9 716.6 tokens clear the obligation.
const needed = 9_716_599_189n;
const half = needed / 2n;
const halfProceeds = ((half * 650_000n) / 1_000_000n) * 950_000n / 1_000_000n;

beforeEach(async () => {
  await freshProtocol();
  activePolicy();
});

describe("quoting", () => {
  it("prices half of what is needed, or all of it", () => {
    setPrice(tokenSymbol, 650_000n);
    const common = { "token-contract": Cl.principal(token), "risk-tier": Cl.stringAscii(tier), price: Cl.uint(650_000) };
    expectOk(
      quote("partial"),
      Cl.tuple({ ...common, amount: Cl.uint(half), proceeds: Cl.uint(halfProceeds), payment: Cl.uint(halfProceeds) }),
    );
    const all = ((needed * 650_000n) / 1_000_000n) * 950_000n / 1_000_000n;
    expectOk(quote("full"), Cl.tuple({ ...common, amount: Cl.uint(needed), proceeds: Cl.uint(all), payment: Cl.uint(all) }));
    setPrice("STX", 2n * stxPrice);
    expect(field(quote("full"), "payment")).toBe(`u${all / 2n}`);
    // Below one over one less the bonus even the whole position does not reach.
    setPrice(tokenSymbol, 500_000n);
    expect(field(quote("full"), "amount")).toBe(`u${collateral}`);
  });

  it("needs a position under water, a known strategy, and prices", () => {
    expectErr(quote(), errInvalidInput);
    setPrice(tokenSymbol, 650_000n);
    expectErr(quote("greedy"), errInvalidInput);
    expectErr(quote("partial", stranger), errInvalidInput);
    mineBitcoinBlocks(145);
    setPrice(tokenSymbol, 650_000n);
    expectErr(quote(), errContractPaused);
  });
});

describe("liquidating", () => {
  it("sells half of the collateral for its discounted value, paid to the pool", () => {
    setPrice(tokenSymbol, 650_000n);
    const before = [stxBalance(stranger), stxBalance(pool)];
    const done = liquidate();
    expectOk(done, 1);
    expectEvent(done, "liquidation-engine", "position-liquidated", {
      "liquidation-id": 1,
      provider,
      liquidator: stranger,
      amount: half,
      payment: halfProceeds,
    });
    expect([stxBalance(stranger), stxBalance(pool)]).toEqual([before[0] - halfProceeds, before[1] + halfProceeds]);
    const left = collateral - half;
    expectValue(positionOf(), position(left, left, 6_000_000_000n - halfProceeds, 1n, true, halfProceeds, halfProceeds));
    expectValue(positionOf(stranger), position(half));
    expectValue(
      read("liquidation-engine", "get-liquidation", [1]),
      Cl.some(
        Cl.tuple({
          provider: Cl.principal(provider),
          "liquidation-amount": Cl.uint(half),
          "remaining-amount": Cl.uint(left),
          "liquidation-price": Cl.uint(650_000),
          liquidator: Cl.principal(stranger),
          timestamp: Cl.uint(field(read("liquidation-engine", "get-liquidation", [1]), "timestamp").slice(1)),
        }),
      ),
    );
    const timestamp = toNumber(Cl.uint(field(read("liquidation-engine", "get-liquidation", [1]), "timestamp").slice(1)));
    expect(Math.abs(Number(timestamp) - Number(simnet.getBlockTime()))).toBeLessThanOrEqual(1_200);
    expectValue(read("liquidation-engine", "get-last-liquidation-id"), 1);
    expectValue(read("liquidation-engine", "get-liquidation", [2]), null);
    expect(field(read("analytics", "get-metric-total", ["liquidations"]), "total")).toBe("u1");
    // The position is above the threshold again, and stays frozen below the ratio.
    expectErr(liquidate(), errInvalidInput);
  });

  it("clears the whole obligation in full", () => {
    setPrice(tokenSymbol, 650_000n);
    expectOk(liquidate("full"));
    const left = collateral - needed;
    const obligation = toNumber(Cl.uint(field(positionOf(), "obligation").slice(1)));
    // Division rounds in favour of the policies: at most a few units stay owed.
    expect(obligation).toBeLessThanOrEqual(2n);
    expectValue(positionOf(), position(left, left, obligation, 1n, true, 6_000_000_000n - obligation, 6_000_000_000n - obligation));
  });

  it("goes on as long as the position is under water", () => {
    setPrice(tokenSymbol, 650_000n);
    expectOk(liquidate(), 1);
    setPrice(tokenSymbol, 600_000n);
    expectOk(liquidate("partial", otherProvider), 2);
    expectValue(read("liquidation-engine", "get-last-liquidation-id"), 2);
  });

  it("refuses while paused, to the provider, and when nothing is wrong", () => {
    pause("action-liquidate");
    expectErr(liquidate("partial", provider), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-liquidate"]));
    expectErr(liquidate("partial", provider), errUnauthorized);
    expectErr(liquidate(), errInvalidInput);
    setPrice(tokenSymbol, 650_000n);
    expectErr(liquidate("greedy"), errInvalidInput);
    expectErr(liquidate("partial", provider), errUnauthorized);
  });

  it("limits how often one liquidator liquidates", () => {
    limit("liquidate", 1n);
    setPrice(tokenSymbol, 650_000n);
    expectOk(liquidate());
    setPrice(tokenSymbol, 600_000n);
    expectErr(liquidate(), errRateLimited);
    expectOk(liquidate("partial", otherProvider));
  });

  it("limits a liquidator who comes through the pool, and not the pool", () => {
    limit("liquidate", 1n);
    setPrice(tokenSymbol, 650_000n);
    expectOk(call("liquidity-pool", "check-position", [contractId("liquidation-engine"), provider], stranger), 1);
    setPrice(tokenSymbol, 550_000n);
    expectErr(liquidate(), errRateLimited);
    expectOk(call("liquidity-pool", "check-position", [contractId("liquidation-engine"), provider], otherProvider), 2);
  });

  it("needs a price of STX that is not too old", () => {
    mineBitcoinBlocks(145);
    setPrice(tokenSymbol, 650_000n);
    expectErr(liquidate(), errContractPaused);
    setPrice("STX", stxPrice);
    expectOk(liquidate());
  });

  it("needs a liquidator who can pay", () => {
    setPrice(tokenSymbol, 650_000n);
    expectOk(call("governance", "stake", [stxBalance(stranger) - halfProceeds + 1n], stranger));
    expectErr(liquidate(), errInsufficientFunds);
    expectValue(read("liquidation-engine", "get-last-liquidation-id"), 0);
  });

  it("sells nothing for nothing", () => {
    setPrice(tokenSymbol, 650_000n);
    setPrice("STX", 10n ** 18n);
    expectErr(liquidate(), errInsufficientFunds);
  });

  it("has no place for an eleventh position of the liquidator", () => {
    for (const of of ["t1", "t2", "t3"].map((name) => listToken(name, name.toUpperCase()))) {
      expectOk(call(of.split(".")[1], "mint", [15, stranger]));
      for (const riskTier of ["conservative", "balanced", "aggressive"]) expectOk(deposit(5n, riskTier, stranger, of));
    }
    provide(5n, "conservative", stranger);
    setPrice(tokenSymbol, 650_000n);
    expectErr(liquidate(), errInvalidInput);
    expectOk(withdraw(5n, "conservative", stranger));
    expectOk(liquidate());
  });

  it("takes the obligations of several policies together", () => {
    expectOk(mint(provider, collateral));
    expectOk(deposit(collateral));
    expectOk(purchase());
    setPrice(tokenSymbol, 650_000n);
    expectOk(liquidate("full"));
    expectOk(mint(provider, collateral));
    expectOk(deposit(collateral));
    refreshPrices(btcPrice, stxPrice, 650_000n);
    expect(field(positionOf(), "open-policies")).toBe("u2");
    // Both policies have their part of what was paid, and the rest carries a third one.
    expectOk(purchase({ protectedAmount: 1_000_000n }));
  });

  it("is not stopped by a position too small to sell", () => {
    provide(collateral, "conservative");
    expectOk(purchase({ riskTier: "conservative" }));
    setPrice(tokenSymbol, 500_000n);
    expectOk(liquidate("full"));
    expectValue(positionOf(), position(0n, 0n, 6_000_000_000n - 4_750_000_000n, 1n, true, 4_750_000_000n, 4_750_000_000n));
    // The provider puts a little into the emptied position, which comes first in the list.
    expectOk(mint(provider, 2_000_000n));
    expectOk(deposit(1n));
    expect(field(quote("full"), "risk-tier")).toBe('"conservative"');
    expectOk(deposit(1_999_998n));
    expect(field(quote("full"), "risk-tier")).toBe('"conservative"');
    // From one dollar on it is worth selling, and then it is sold.
    refreshPrices(btcPrice, stxPrice, 500_000n);
    expectOk(deposit(1n));
    expect(field(quote("full"), "risk-tier")).toBe('"balanced"');
    expectOk(liquidate("full"));
    expect(field(quote("full"), "risk-tier")).toBe('"conservative"');
  });

  it("has no rights once it is no longer registered", () => {
    replaceContract("liquidation-engine", deployHostile("role-holder"));
    setPrice(tokenSymbol, 650_000n);
    expectErr(liquidate(), errUnauthorized);
    expectErr(call("liquidation-engine", "liquidate-position", [provider, "partial"], admin), errUnauthorized);
    expectErr(quote("partial", admin), errInvalidInput);
    expectErr(read("parameter-contract", "get-parameter", ["unheard-of"]), errNotFound);
  });
});
