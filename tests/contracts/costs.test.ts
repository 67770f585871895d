// The heaviest calls: every list that a call goes through is full, every name as long as it may be, and
// everything that can be paid or noted is. The report at the end of a run judges what they cost.

import { beforeAll, describe, expect, it } from "vitest";
import {
  accountNames,
  address,
  arbiters,
  btcPrice,
  buyer,
  call,
  Cl,
  collateralRatio,
  contractId,
  deploy,
  eventNames,
  expectOk,
  feeder,
  field,
  freshProtocol,
  guardians,
  haltProcedure,
  mineBitcoinBlocks,
  otherProvider,
  provider,
  read,
  stranger,
  stxPrice,
} from "./helpers";
import { engine, evidence, fund, pool, sourceOf, withdraw } from "./scenario";

const symbol = "TENLETTERS";
const token = contractId("mock-token-of-a-name-as-long-as-it-may-be");
const tokenPrice = 1_000_000n;
/** Ten positions of one provider, the last of which is looked at last. */
const tiers = Array.from({ length: 10 }, (_, at) => `tier-${at}-of-20-letters`.slice(0, 20).padEnd(20, "-"));
const last = tiers[9];
const collateral = 14_400_000_002n;
/** Feeders that are nobody else: contracts and accounts may both be. */
const feeders = ["wallet_1", "wallet_2", "wallet_3", "wallet_4", "wallet_5", "wallet_6"].map((name) => address[name as (typeof accountNames)[number]]);
const text = (value: string) => Cl.stringAscii(value);
const long = (start: string, length: number) => start.padEnd(length, "-");

const report = (of: string, price: bigint) => {
  mineBitcoinBlocks(1);
  for (const who of [...feeders, feeder]) call("oracle", "update-price", [of, price], who);
};
/** All prices are reported by all feeders in one block. */
const market = (prices: Partial<Record<"BTC" | "STX" | typeof symbol, bigint>> = {}) => {
  const all = { BTC: btcPrice, STX: stxPrice, [symbol]: tokenPrice, ...prices };
  mineBitcoinBlocks(1);
  for (const [of, price] of Object.entries(all)) {
    for (const who of [...feeders, feeder]) expectOk(call("oracle", "update-price", [of, price], who));
    // A jump is confirmed with all seven reports.
    if (field(read("oracle", "get-price-info", [of]), "price") !== `u${price}`) expectOk(call("oracle", "accept-price", [of]));
  }
};

const deposit = (amount: bigint, tier: string, who = provider) => call("liquidity-pool", "deposit-collateral", [amount, token, text(tier)], who);
const buy = (tier: string, duration = 144n, who = buyer, amount = 10_000_000n) =>
  call("policy-registry", "purchase-policy", [amount, btcPrice, duration, text(tier), provider, token, 10n ** 12n, pool], who);
const settle = (id: bigint | number, who = buyer) => call("policy-registry", "settle-policy", [id, 0n, pool, token, fund], who);

beforeAll(async () => {
  await freshProtocol();
  deploy(token.split(".")[1], sourceOf("mock-token"));
  expectOk(call("oracle", "set-price", [symbol, tokenPrice]));
  expectOk(call("liquidity-pool", "add-collateral-token", [token, symbol, collateralRatio, contractId("oracle")]));
  expectOk(call("liquidity-pool", "activate-collateral-token", [token, 1_100_000n]));
  for (const [at, tier] of tiers.entries()) {
    expectOk(call("parameter-contract", "define-parameter", [`premium-rate-${tier}`, 1_500_000n, 1_000_000n, 2_000_000n]));
    expectOk(call("liquidity-pool", "add-tier", [text(tier), 10n ** 12n, false, "proportional", at === 0 ? null : Cl.some(text(tiers[at - 1]))]));
  }
  // Seven feeders, twenty arbiters, ten allocations, twenty procedures of ten steps.
  for (const who of feeders) expectOk(call("oracle", "add-feeder", [who]));
  for (const name of accountNames) if (!arbiters.includes(address[name])) expectOk(call("dispute-resolution", "add-arbiter", [address[name]]));
  expectOk(call("treasury", "remove-allocation", ["insurance"]));
  for (let at = 0; at < 10; at++) expectOk(call("treasury", "set-allocation", [long(`share-${at}`, 50), 99_999n, fund, long("x", 100), true]));
  const steps = Cl.list(["all", "purchase", "settle", "deposit", "withdraw", "liquidate", "p2p", "treasury", "dispute", "oracle"].map((of) => text(`action-${of}`)));
  for (let at = 1; at < 20; at++) {
    expectOk(call("emergency-response", "create-emergency-procedure", [long(`procedure-${at}`, 50), long("x", 200), 1, 144, steps]));
  }
  for (const action of ["purchase", "settle", "p2p", "liquidate", "collateral"]) {
    expectOk(call("parameter-contract", "set-rate-limit", [action, 1_000n, 1_000n, 0n]));
  }
  expectOk(call("incentives", "set-action-weight", ["deposit", 1_000_000n]));
  mineBitcoinBlocks(144);
  market();
  expectOk(call("incentives", "create-incentive-program", [long("program", 50), long("x", 100), 40_000n, 1_000_000_000n]));
  for (const who of [provider, otherProvider]) expectOk(call(token.split(".")[1], "mint", [100n * collateral, who]));
  for (const tier of tiers) expectOk(deposit(tier === last ? collateral : 2n * collateral, tier));
  for (const tier of tiers) if (tier !== last) expectOk(deposit(collateral, tier, otherProvider));
  // Everything that may have stopped a settlement has, once.
  for (const breaker of ["action-all", "action-settle", "action-insurance"]) {
    expectOk(call("parameter-contract", "activate-circuit-breaker", [breaker]));
    mineBitcoinBlocks(1);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", [breaker]));
  }
});

describe("with every list full", () => {
  it("an emergency is declared and ended", () => {
    const last = long("procedure-19", 50);
    expectOk(call("emergency-response", "activate-emergency-procedure", [last], guardians[0]), true);
    expectOk(call("emergency-response", "deactivate-emergency-procedure", [last]));
    expectOk(call("emergency-response", "remove-emergency-procedure", [last]));
    expectOk(call("emergency-response", "create-emergency-procedure", [last, long("x", 200), 1, 144, Cl.list([text("action-all")])]));
    expectOk(call("emergency-response", "remove-emergency-procedure", [haltProcedure]));
  });

  it("policies are sold, in the pool and peer to peer, with the rest of a full tier in the next", () => {
    market();
    expectOk(call("liquidity-pool", "configure-tier", [text(last), 9_000_000_000n, false, "proportional"]));
    expectOk(buy(last), 1);
    const overflowing = buy(last, 4_000n);
    expectOk(overflowing, 2);
    expect(eventNames(overflowing)).toContain("activity-recorded");
    expectOk(call("p2p-marketplace", "create-offer", [token, text(tiers[1]), 10_000_000n, btcPrice, 1_000_000_000n, 144n, 20n], provider), 1);
    expectOk(call("liquidity-pool", "configure-tier", [text(tiers[1]), 3_000_000_000n, false, "proportional"]));
    expectOk(call("p2p-marketplace", "accept-offer", [1], buyer), 3);
    for (let at = 2; at < 9; at++) expectOk(buy(tiers[at]), at + 2);
  });

  it("the last of ten positions is liquidated, into the tenth of the liquidator's", () => {
    const steps: [bigint, () => ReturnType<typeof call>][] = [
      [900_000n, () => call("liquidity-pool", "check-position", [engine, provider], otherProvider)],
      [750_000n, () => call("liquidation-engine", "liquidate-within", [provider, "partial", 10n ** 15n, 1n], stranger)],
      [600_000n, () => call("liquidation-engine", "liquidate-position", [provider, "partial"], stranger)],
    ];
    for (const [at, [price, liquidate]] of steps.entries()) {
      market({ [symbol]: price });
      expectOk(liquidate(), at + 1);
    }
  });

  it("a claim takes tokens, escrow and fund", () => {
    market({ BTC: 6_000_000_000n, STX: 400_000n, [symbol]: 400_000n });
    mineBitcoinBlocks(1);
    const outcome = settle(1);
    expectOk(outcome);
    expect(eventNames(outcome)).toEqual(expect.arrayContaining(["claim-settled", "shortfall-covered", "activity-recorded", "policy-settled"]));
  });

  it("ten positions end, one after another", () => {
    market({ BTC: btcPrice / 2n, STX: stxPrice, [symbol]: 500_000n });
    market();
    mineBitcoinBlocks(100);
    market();
    mineBitcoinBlocks(90);
    market();
    for (let id = 3; id <= 10; id++) expectOk(call("liquidity-pool", "release-expired", [id], stranger));
    expectOk(call("liquidity-pool", "claim-premiums", [], provider));
    expectOk(withdraw(2n * collateral, tiers[5], provider, token));
    expectOk(withdraw(2n * collateral, tiers[8], provider, token));
  });

  it("a settlement is disputed, decided by the last vote, and awarded", () => {
    expectOk(call("dispute-resolution", "set-required-votes", [5]));
    expectOk(call("policy-registry", "dispute-settlement", [1, evidence], buyer), 1);
    expectOk(call("dispute-resolution", "withdraw-dispute", [1], buyer));
    expectOk(call("policy-registry", "dispute-settlement", [1, evidence], provider), 2);
    const judges = accountNames.map((name) => address[name]).filter((who) => who !== buyer && who !== provider);
    for (const [at, judge] of judges.entries()) {
      const isLast = at >= 4;
      expectOk(call("dispute-resolution", "vote-on-dispute", [2, true, 10n ** 9n], judge), isLast);
      if (isLast) break;
    }
    expectOk(call("policy-registry", "execute-dispute-award", [1, fund], stranger));
  });

  it("feeders and allocations come and go", () => {
    report("BTC", btcPrice / 4n);
    expectOk(call("oracle", "accept-price", ["BTC"]));
    expectOk(call("oracle", "remove-feeder", [feeders[0]]));
    expectOk(call("treasury", "distribute", [long("share-9", 50)], stranger));
    expectOk(call("treasury", "remove-allocation", [long("share-9", 50)]));
    expectOk(call("treasury", "set-allocation", [long("share-9", 50), 99_999n, fund, long("x", 100), true]));
  });
});
