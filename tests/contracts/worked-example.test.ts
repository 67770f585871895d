// The worked example of the specification, to the unit: BTC at 60 000, STX and the token at one dollar,
// a ratio of 120 % and a threshold of 110 %.

import { beforeEach, describe, expect, it } from "vitest";
import {
  buyer,
  call,
  Cl,
  contractId,
  expectOk,
  expectValue,
  field,
  freshProtocol,
  mineBitcoinBlocks,
  provider,
  read,
  stranger,
  stxBalance,
  tokenBalance,
  tokenSymbol,
} from "./helpers";
import { fund, pool, position, positionOf, provide, purchase, refreshPrices, setPrice, settle } from "./scenario";

const number = (text: string): bigint => BigInt(text.slice(1));

describe("the worked example", () => {
  let before: { buyer: bigint; pool: bigint; treasury: bigint };

  beforeEach(async () => {
    await freshProtocol();
    provide(10_000_000_000n);
    expectValue(positionOf(), position(10_000_000_000n));
    before = { buyer: stxBalance(buyer), pool: stxBalance(pool), treasury: stxBalance(contractId("treasury")) };
    expectOk(
      purchase({ protectedAmount: 10_000_000n, strikePrice: 60_000_000_000n, duration: 4_320n, maxPremium: 466_000_000n }),
      1,
    );
    mineBitcoinBlocks(1);
  });

  it("sells the policy for 465 STX, 47 of them a fee, and locks 7 200 000 001", () => {
    const policy = read("policy-registry", "get-policy", [1]);
    expect([field(policy, "protected-value"), field(policy, "premium")]).toEqual(["u6000000000", "u465135621"]);
    expect(before.buyer - stxBalance(buyer)).toBe(465_135_621n);
    expect(stxBalance(contractId("treasury")) - before.treasury).toBe(46_513_562n);
    expect(stxBalance(pool) - before.pool).toBe(418_622_059n);
    expectValue(read("liquidity-pool", "get-premium-balance", [provider]), 418_622_059n);
    expectValue(positionOf(), position(10_000_000_000n, 7_200_000_001n, 6_000_000_000n, 1n));
  });

  it("pays 1 500 tokens at 45 000", () => {
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(1), Cl.tuple({ payout: Cl.uint(1_500_000_000), shortfall: Cl.uint(0), covered: Cl.uint(0) }));
    expect(tokenBalance(buyer)).toBe(1_500_000_000n);
    expectValue(positionOf(), position(8_500_000_000n));
  });

  it("pays all tokens and 1 400 STX of the fund at 12 000, when token and STX have moved, too", () => {
    refreshPrices(12_000_000_000n, 2_000_000n, 200_000n);
    const fundBefore = stxBalance(fund);
    const buyerBefore = stxBalance(buyer);
    expectOk(
      settle(1),
      Cl.tuple({ payout: Cl.uint(4_800_000_000n), shortfall: Cl.uint(2_800_000_000n), covered: Cl.uint(2_800_000_000n) }),
    );
    expect(tokenBalance(buyer)).toBe(10_000_000_000n);
    expect(stxBalance(buyer) - buyerBefore).toBe(1_400_000_000n);
    expect(fundBefore - stxBalance(fund)).toBe(1_400_000_000n);
    expectValue(positionOf(), position(0n));
  });

  it("liquidates at 0.65: about 4 858 tokens for about 3 000 STX, and the position is healthy again", () => {
    setPrice(tokenSymbol, 650_000n);
    const poolBefore = stxBalance(pool);
    const liquidatorBefore = stxBalance(stranger);
    expectOk(call("liquidation-engine", "liquidate-position", [provider, Cl.stringAscii("partial")], stranger), 1);
    const sold = number(field(read("liquidation-engine", "get-liquidation", [1]), "liquidation-amount"));
    const payment = liquidatorBefore - stxBalance(stranger);
    expect(sold).toBe(4_858_299_594n);
    expect(payment).toBe(2_999_999_999n);
    expect(stxBalance(pool) - poolBefore).toBe(payment);
    const left = 10_000_000_000n - sold;
    expectValue(positionOf(), position(left, left, 6_000_000_000n - payment, 1n, true, payment, payment));
    const value = (left * 650_000n) / 1_000_000n;
    expect(value).toBe(3_342_105_263n);
    // 111 % of what is still owed.
    expect((value * 100n) / (6_000_000_000n - payment)).toBe(111n);
    expectValue(read("liquidity-pool", "get-underwater-position", [provider]), null);
  });
});
