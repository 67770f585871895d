// The premium covers the expected payout, the same for everybody, and nothing is sold for dust.

import { beforeEach, describe, expect, it } from "vitest";
import {
  btcPrice,
  buyer,
  call,
  contractId,
  errContractPaused,
  errInsufficientFunds,
  errInvalidInput,
  expectErr,
  expectOk,
  expectValue,
  feeder,
  freshProtocol,
  mineBitcoinBlocks,
  otherProvider,
  provider,
  read,
  setPrice,
  stranger,
  stxBalance,
  stxPrice,
  tokenBalance,
  toNumber,
  tokenPrice,
} from "./helpers";
import { deposit, listToken, mint, provide, purchase, purchaseNow, refreshPrices, settle, tier, token } from "./scenario";

const treasury = contractId("treasury");
const quote = (duration: bigint, strike = btcPrice, riskTier = tier, amount = 100_000_000n) =>
  toNumber(expectOk(read("policy-registry", "quote-premium", [amount, strike, duration, riskTier])));
const fair = (spot: bigint, strike: bigint, duration: bigint, volatility = 500_000n) =>
  read("pricing", "get-fair-value", [spot, strike, duration, volatility]);

beforeEach(freshProtocol);

describe("the premium", () => {
  it("costs about as much as latency can bring", () => {
    provide();
    const before = stxBalance(buyer);
    // The market is 1.5 % below the last report, and the buyer knows.
    expectOk(purchase({ duration: 144n }));
    const paid = before - stxBalance(buyer);
    setPrice("BTC", 59_100_000_000n);
    mineBitcoinBlocks(1);
    expectOk(settle(1));
    expect(tokenBalance(buyer)).toBeLessThan(paid);
  });

  it("is asked for at prices that are a few blocks old", () => {
    provide();
    mineBitcoinBlocks(143);
    expectErr(purchaseNow({ duration: 144n }), errContractPaused);
    refreshPrices(57_000_000_000n, stxPrice, tokenPrice);
    expectErr(purchaseNow({ duration: 144n }), errInvalidInput);
  });

  it("grows with the root of time, with the strike, and with the rate of the tier", () => {
    const month = quote(4_320n - 36n);
    const fourMonths = quote(4n * 4_320n - 36n);
    expect(Number(fourMonths) / Number(month)).toBeCloseTo(2, 4);
    expect(quote(4_320n, (btcPrice * 9n) / 10n)).toBeLessThan(quote(4_320n) / 2n);
    expect(quote(4_320n, btcPrice / 2n)).toBeLessThan(quote(4_320n) / 1_000n);
    expect(quote(4_320n, btcPrice, "conservative")).toBeLessThan(quote(4_320n));
    expect(quote(4_320n, btcPrice, "aggressive")).toBeGreaterThan(quote(4_320n));
  });

  it("contains what a policy would pay at once", () => {
    expectOk(call("parameter-contract", "set-parameter", ["max-strike-ratio", 1_500_000n]));
    expect(quote(144n, (btcPrice * 3n) / 2n)).toBeGreaterThan(30_000_000_000n);
  });

  it("is never dust", () => {
    provide();
    const before = [stxBalance(buyer), stxBalance(treasury)];
    for (let i = 0; i < 5; i++) expectOk(purchase({ protectedAmount: 20n, duration: 144n }));
    expect([before[0] - stxBalance(buyer), stxBalance(treasury) - before[1]]).toEqual([5_000_000n, 500_000n]);
  });
});

describe("a peer-to-peer policy", () => {
  const offer = (premium: bigint, duration = 52_560n, amount = 10_000_000n) =>
    call("p2p-marketplace", "create-offer", [token, tier, amount, btcPrice, premium, duration, 100n], provider);
  const accept = (id: number, who = buyer) => call("p2p-marketplace", "accept-offer", [id], who);

  it("pays the fee of what it protects, however low the premium is", () => {
    provide();
    expectOk(offer(1n), 1);
    expectErr(accept(1), errInvalidInput);
    const fee = quote(52_560n, btcPrice, tier, 10_000_000n) / 10n;
    expectOk(offer(fee - 1n), 2);
    expectErr(accept(2), errInvalidInput);
    expectOk(offer(fee), 3);
    const before = stxBalance(treasury);
    expectOk(accept(3));
    expect(stxBalance(treasury) - before).toBe(fee);
  });

  it("costs the least premium at least", () => {
    provide();
    expectOk(offer(999_999n, 144n, 10_000n), 1);
    expectErr(accept(1), errInvalidInput);
    expectOk(offer(1_000_000n, 144n, 10_000n), 2);
    expectOk(accept(2));
  });

  it("leaves its provider what is above the fee, be it one uSTX", () => {
    provide();
    const fee = quote(52_560n, btcPrice, tier, 10_000_000n) / 10n;
    expectOk(offer(fee + 1n), 1);
    expectOk(accept(1));
    expect(stxBalance(contractId("liquidity-pool"))).toBe(1n);
    expectOk(call("liquidity-pool", "claim-premiums", [], provider), 1n);
  });

  it("takes a tier for oneself at the price of its fee", () => {
    expectOk(mint(provider, 1_200_000_000_002n));
    expectOk(deposit(1_200_000_000_002n));
    const amount = 1_666_666_666n;
    const fee = quote(52_560n, btcPrice, tier, amount) / 10n;
    expect(fee).toBeGreaterThan(20_000_000_000n);
    expectOk(offer(fee, 52_560n, amount), 1);
    const before = stxBalance(treasury);
    expectOk(accept(1, stranger));
    expect(stxBalance(treasury) - before).toBe(fee);
  });
});

describe("the fair value", () => {
  const normal = (x: number): number => {
    // Abramowitz and Stegun 26.2.17, to seven digits.
    const t = 1 / (1 + 0.2316419 * Math.abs(x));
    const tail =
      (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) *
      t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return x > 0 ? 1 - tail : tail;
  };
  const blackScholes = (spot: number, strike: number, years: number): number => {
    const s = 0.5 * Math.sqrt(years);
    const d = (Math.log(spot / strike) + (s * s) / 2) / s;
    return strike * normal(s - d) - spot * normal(-d);
  };

  it.each([144, 1_008, 4_320, 17_280, 52_560, 105_120])("is that of Black and Scholes, or little more, for %i blocks", (duration) => {
    for (const percent of [50, 70, 80, 90, 95, 100, 110, 150]) {
      const strike = (btcPrice * BigInt(percent)) / 100n;
      const exact = blackScholes(60_000, (60_000 * percent) / 100, duration / 52_560);
      const found = Number(toNumber(expectOk(fair(btcPrice, strike, BigInt(duration))))) / 1e6;
      expect(found, `${percent} %`).toBeGreaterThan(exact * 0.999 - 0.5);
      expect(found, `${percent} %`).toBeLessThan(exact * 1.12 + 25);
    }
  });

  it("reads the normal distribution off a table, rounded up, with lines in between", () => {
    // The expected shortfall below minus d: the integral of (x - d) f(x), by Simpson's rule.
    const loss = (d: number): number => {
      const [steps, width] = [4_000, 14 / 4_000];
      const at = (x: number) => ((x - d) * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
      let sum = at(d) + at(d + 14);
      for (let step = 1; step < steps; step++) sum += (step % 2 === 1 ? 4 : 2) * at(d + step * width);
      return (sum * width) / 3;
    };
    // Six deviations away it is cut off.
    const table = Array.from({ length: 26 }, (_, at) => (at < 24 ? BigInt(Math.ceil(loss(at / 4) * 1e9)) : 0n));
    for (let at = 0; at < 25; at++) {
      expectValue(read("pricing", "get-loss", [BigInt(at) * 250_000n]), table[at]);
      const between = table[at] - ((table[at] - table[at + 1]) * 90_000n) / 250_000n;
      expectValue(read("pricing", "get-loss", [BigInt(at) * 250_000n + 90_000n]), between);
    }
  });

  it("is what the specification says, to the unit", () => {
    const scale = 1_000_000n;
    const root = (square: bigint): bigint => {
      let guess = BigInt(Math.floor(Math.sqrt(Number(square))));
      while (guess * guess > square) guess--;
      while ((guess + 1n) * (guess + 1n) <= square) guess++;
      return guess;
    };
    const specified = (spot: bigint, strike: bigint, duration: bigint, volatility: bigint): bigint => {
      const s = (volatility * root((duration * scale * scale) / 52_560n)) / scale;
      const z = ((spot > strike ? spot - strike : strike - spot) * scale) / (spot + strike);
      const powers = [z];
      for (let more = 0; more < 3; more++) powers.push((powers[more] * ((z * z) / scale)) / scale);
      const x = 2n * powers.reduce((sum, power, at) => sum + power / BigInt(2 * at + 1), 0n);
      const loss = toNumber(read("pricing", "get-loss", [(x * scale) / s]));
      const intrinsic = strike > spot ? strike - spot : 0n;
      return (((root(spot * strike) * s) / scale) * loss) / 1_000_000_000n + intrinsic;
    };
    for (const strike of [30_000_000_001n, 55_555_555_555n, btcPrice, 71_000_000_007n, 90_000_000_000n]) {
      for (const [duration, volatility] of [[1n, 200_000n], [180n, 500_000n], [52_560n, 800_000n], [105_120n, 2_000_000n]]) {
        expectOk(fair(btcPrice, strike, duration, volatility), specified(btcPrice, strike, duration, volatility));
      }
    }
  });

  it("knows its bounds, and overflows nowhere within them", () => {
    const highest = 10n ** 18n;
    for (const [spot, strike, duration, volatility] of [
      [0n, 1n, 1n, 500_000n],
      [highest + 1n, 1n, 1n, 500_000n],
      [1n, 0n, 1n, 500_000n],
      [1n, highest + 1n, 1n, 500_000n],
      [1n, 1n, 0n, 500_000n],
      [1n, 1n, 105_121n, 500_000n],
      [1n, 1n, 1n, 9_999n],
      [1n, 1n, 1n, 10_000_001n],
    ]) {
      expectErr(fair(spot, strike, duration, volatility), errInvalidInput);
    }
    for (const spot of [1n, highest]) {
      for (const strike of [1n, highest]) {
        for (const [duration, volatility] of [[1n, 10_000n], [105_120n, 10_000_000n]]) {
          expectOk(fair(spot, strike, duration, volatility));
        }
      }
    }
  });
});

describe("rewards", () => {
  it("go by value, so that dust earns nothing", () => {
    expectOk(call("incentives", "create-incentive-program", ["p", "p", 100n, 1_000_000_000n]));
    expectOk(call("incentives", "set-action-weight", ["deposit", 1n]));
    provide(1_000_000_000_000n);
    expectOk(mint(stranger, 100n));
    for (let i = 0; i < 20; i++) expectOk(deposit(1n, tier, stranger));
    mineBitcoinBlocks(101);
    expectErr(call("incentives", "claim-rewards", ["p"], stranger), 404);
    expectOk(call("incentives", "claim-rewards", ["p"], provider), 1_000_000_000n);
  });

  it("go to the buyer for what was paid, and to the provider for what was insured", () => {
    expectOk(call("incentives", "create-incentive-program", ["p", "p", 100n, 1_000_000_000n]));
    expectOk(call("incentives", "set-action-weight", ["purchase", 3n]));
    expectOk(call("incentives", "set-action-weight", ["underwrite", 5n]));
    provide();
    expectOk(purchase());
    expect(toNumber(read("incentives", "get-points", ["p", buyer]))).toBe(1_395n);
    expect(toNumber(read("incentives", "get-points", ["p", provider]))).toBe(2_325n);
  });
});

describe("numbers too large", () => {
  it("are refused, and abort nothing", () => {
    provide();
    const largest = 2n ** 128n - 1n;
    expectErr(purchase({ protectedAmount: 1n << 127n }), errInvalidInput);
    expectErr(purchase({ strikePrice: largest }), errInvalidInput);
    expectErr(purchase({ duration: largest }), errInvalidInput);
    expectErr(call("p2p-marketplace", "create-offer", [token, tier, 1n, btcPrice, 1n, 4_320n, largest], provider), errInvalidInput);
    const cheap = listToken("cheap", "CHEAP", 18, 10_000n);
    const dear = (sats: bigint, strike: bigint) =>
      call("p2p-marketplace", "create-offer", [cheap, tier, sats, strike, 1n, 4_320n, 20n], provider);
    expectErr(dear(2_100_000_000_000_000n, 10n ** 18n), errInvalidInput);
    expectErr(dear(10n ** 15n + 1n, 10n ** 12n), errInvalidInput);
    expectErr(dear(10n ** 15n, 10n ** 12n), errInsufficientFunds);
    expectErr(deposit(largest), errInvalidInput);
    expectOk(mint(otherProvider, 10n ** 15n + 1n));
    expectErr(deposit(10n ** 15n + 1n, tier, otherProvider), errInvalidInput);
    expectOk(deposit(10n ** 15n, tier, otherProvider));
    expectErr(deposit(1n, tier, otherProvider), errInvalidInput);
    expectErr(call("oracle", "set-price", ["BTC", largest]), errInvalidInput);
    expectErr(call("oracle", "update-price", ["BTC", largest], feeder), errInvalidInput);
    expectErr(call("incentives", "create-incentive-program", ["p", "p", 10n ** 12n, 1n]), errInvalidInput);
    expectErr(call("governance", "stake", [largest], stranger), errInsufficientFunds);
  });
});
