import { beforeEach, describe, expect, it } from "vitest";
import {
  admin,
  bitcoinHeight,
  btcPrice,
  buyer,
  call,
  Cl,
  contractId,
  cvToString,
  errContractPaused,
  errInsufficientFunds,
  errInvalidInput,
  errNotFound,
  errRateLimited,
  errUnauthorized,
  eventNames,
  expectErr,
  expectEvent,
  expectOk,
  expectValue,
  field,
  freshChain,
  freshProtocol,
  guardians,
  haltProcedure,
  initialFund,
  mineBitcoinBlocks,
  otherProvider,
  provider,
  read,
  scale,
  simnet,
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
  deployHostile,
  evidence,
  example,
  exampleFee,
  exampleLock,
  examplePremium,
  exampleValue,
  fund,
  limit,
  pause,
  pool,
  position,
  positionOf,
  provide,
  purchase,
  purchaseNow,
  refreshPrices,
  registry,
  replaceContract,
  setPrice,
  settle,
  token,
  uphold,
} from "./scenario";

const status = (policyId: bigint | number): string => field(read("policy-registry", "get-policy", [policyId]), "status");

beforeEach(freshProtocol);

describe("reading the policy registry", () => {
  it("knows nothing in the beginning", () => {
    expectValue(read("policy-registry", "get-last-policy-id"), 0);
    for (const fn of ["get-policy", "get-settlement", "get-policy-dispute"]) {
      expectValue(read("policy-registry", fn, [1]), null);
    }
  });

  it("finds the insurance fund by its name", () => {
    expectValue(read("policy-registry", "get-insurance-fund-address"), Cl.some(Cl.principal(fund)));
    const other = deployHostile("hostile-fund");
    replaceContract("insurance-fund", other);
    expectValue(read("policy-registry", "get-insurance-fund-address"), Cl.some(Cl.principal(other)));
  });

  it("calculates fee and protected value, rounding down", () => {
    expectValue(read("policy-registry", "calculate-fee", [examplePremium]), exampleFee);
    expectValue(read("policy-registry", "calculate-fee", [9]), 0);
    expectValue(read("policy-registry", "calculate-protected-value", [example.protectedAmount, example.strikePrice]), exampleValue);
    expectValue(read("policy-registry", "calculate-protected-value", [1, 99_999_999n]), 0);
  });

  it("quotes by tier, by duration and by the price of STX", () => {
    const quote = (riskTier: string, duration = example.duration) =>
      read("policy-registry", "quote-premium", [example.protectedAmount, example.strikePrice, duration, riskTier]);
    // 344.54 USD of expected payout, times the rate of the tier.
    expectOk(quote("conservative"), 430_681_131n);
    expectOk(quote("balanced"), examplePremium);
    expectOk(quote("aggressive"), 516_817_357n);
    // By the root of the time: half of it costs more than half.
    expectOk(quote("balanced", 2_160n), 330_255_630n);
    setPrice("STX", 2n * stxPrice);
    expectOk(quote("balanced"), examplePremium / 2n);
    expectErr(quote("unheard-of"), errNotFound);
    for (const [amount, strike, duration] of [
      [0n, 1n, 1n],
      [2_100_000_000_000_001n, 1n, 1n],
      [1n, 0n, 1n],
      [1n, 10n ** 18n + 1n, 1n],
      [1n, 1n, 0n],
      [1n, 1n, 105_121n],
    ]) {
      expectErr(read("policy-registry", "quote-premium", [amount, strike, duration, "balanced"]), errInvalidInput);
    }
    expectOk(read("policy-registry", "quote-premium", [2_100_000_000_000_000n, 10n ** 18n, 105_120n, "balanced"]));
    mineBitcoinBlocks(3);
    expectOk(quote("balanced"));
    mineBitcoinBlocks(1);
    expectErr(quote("balanced"), errContractPaused);
  });
});

describe("before anything is registered", () => {
  it("finds neither pool nor fund", async () => {
    await freshChain();
    expectValue(read("policy-registry", "get-insurance-fund-address"), null);
    expectErr(purchase(), errNotFound);
    expectErr(settle(1), errNotFound);
    expectErr(call("policy-registry", "execute-dispute-award", [1, fund]), errNotFound);
    expectErr(call("policy-registry", "register-p2p-policy", [buyer, provider, token, "balanced", 1, 1, 1, 1]), errUnauthorized);
    expectErr(
      call("liquidity-pool", "add-collateral-token", [token, tokenSymbol, 1_200_000, contractId("oracle")]),
      errNotFound,
    );
  });
});

describe("purchase-policy", () => {
  beforeEach(() => provide());

  it("stores the policy, pays treasury and pool, and locks the collateral", () => {
    const before = { buyer: stxBalance(buyer), pool: stxBalance(pool), treasury: stxBalance(contractId("treasury")) };
    const bought = purchase();
    expectOk(bought, 1);
    const start = bitcoinHeight();
    expectValue(
      read("policy-registry", "get-policy", [1]),
      Cl.some(
        Cl.tuple({
          owner: Cl.principal(buyer),
          provider: Cl.principal(provider),
          pool: Cl.principal(pool),
          "collateral-token": Cl.principal(token),
          "risk-tier": Cl.stringAscii("balanced"),
          "protected-amount": Cl.uint(example.protectedAmount),
          "protected-value": Cl.uint(exampleValue),
          "strike-price": Cl.uint(example.strikePrice),
          premium: Cl.uint(examplePremium),
          "start-height": Cl.uint(start),
          "active-from": Cl.uint(start + 1),
          "expiration-height": Cl.uint(start + 4_320),
          "settlement-grace": Cl.uint(36),
          status: Cl.stringAscii("active"),
        }),
      ),
    );
    expect(stxBalance(buyer)).toBe(before.buyer - examplePremium);
    expect(stxBalance(pool)).toBe(before.pool + examplePremium - exampleFee);
    expect(stxBalance(contractId("treasury"))).toBe(before.treasury + exampleFee);
    expect(stxBalance(registry)).toBe(0n);
    expectValue(read("liquidity-pool", "get-premium-balance", [provider]), examplePremium - exampleFee);
    expectValue(positionOf(), position(collateral, exampleLock, exampleValue, 1n));
    expectEvent(bought, "policy-registry", "policy-created", {
      "policy-id": 1,
      owner: buyer,
      provider,
      premium: examplePremium,
      "expiration-height": start + 4_320,
    });
    expectEvent(bought, "liquidity-pool", "collateral-locked", {
      "policy-id": 1,
      provider,
      amount: exampleLock,
      obligation: exampleValue,
    });
    expectEvent(bought, "treasury", "fee-processed", { amount: exampleFee, "to-reserve": exampleFee - exampleFee / 2n });
  });

  it("counts policies and premiums", () => {
    expectOk(purchase());
    const total = (metric: string) => field(read("analytics", "get-metric-total", [metric]), "total");
    expect(total("policies-created")).toBe("u1");
    expect(total("premium-volume")).toBe(`u${examplePremium}`);
  });

  it("credits buyer and provider with the premium, in whole STX", () => {
    expectOk(call("incentives", "create-incentive-program", ["spring", "Spring", 1_000, 1_000_000]));
    expectOk(purchase());
    expectValue(read("incentives", "get-points", ["spring", buyer]), 465);
    expectValue(read("incentives", "get-points", ["spring", provider]), 465);
  });

  it("goes on without analytics and incentives", () => {
    pause("action-analytics");
    pause("action-incentives");
    const bought = purchase();
    expectOk(bought, 1);
    expect(eventNames(bought)).toEqual(["policy-created", "fee-processed", "collateral-locked"]);
  });

  it("pays no fee when there is none", () => {
    expectOk(call("parameter-contract", "set-parameter", ["protocol-fee-rate", 0]));
    const bought = purchase();
    expectOk(bought, 1);
    expect(eventNames(bought)).not.toContain("fee-processed");
    expectValue(read("liquidity-pool", "get-premium-balance", [provider]), examplePremium);
  });

  it("numbers policies one after the other, and keeps no number of a failed purchase", () => {
    expectOk(purchase({ protectedAmount: 1_000_000n }), 1);
    expectErr(purchase({ provider: otherProvider }), errInsufficientFunds);
    expectOk(purchase({ protectedAmount: 1_000_000n }), 2);
    expectValue(read("policy-registry", "get-last-policy-id"), 2);
  });

  it("refuses while paused or in an emergency", () => {
    pause("action-purchase");
    expectErr(purchase(), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-purchase"]));
    expectOk(
      call("emergency-response", "create-emergency-procedure", [
        "oracle-only",
        "Stops the oracle alone",
        1,
        100,
        Cl.list([Cl.stringAscii("action-oracle")]),
      ]),
    );
    expectOk(call("emergency-response", "activate-emergency-procedure", ["oracle-only"], guardians[0]), true);
    expectErr(purchase(), errContractPaused);
    mineBitcoinBlocks(100);
    expectOk(purchase());
  });

  it("lends the pool no money, not even what somebody sent to the registry", () => {
    const other = deployHostile("hostile-pool");
    replaceContract("liquidity-pool", other);
    expectOk(purchase({ pool: other }));
    simnet.transferSTX(5_000_000n, registry, stranger);
    expectErr(purchase({ pool: other }), errUnauthorized);
    expect(stxBalance(registry)).toBe(5_000_000n);
  });

  it("takes no pool but the registered one", () => {
    const other = deployHostile("hostile-pool");
    expectErr(purchase({ pool: other }), errUnauthorized);
  });

  it("checks the terms", () => {
    for (const wrong of [
      { protectedAmount: 0n },
      { strikePrice: 0n },
      { protectedAmount: 1n, strikePrice: 30n },
      { duration: 143n },
      { duration: 52_561n },
      { strikePrice: btcPrice / 2n - 1n },
      { strikePrice: btcPrice + 1n },
    ]) {
      expectErr(purchase({ ...wrong, maxPremium: 10n ** 12n }), errInvalidInput);
    }
    expectOk(purchase({ strikePrice: btcPrice / 2n, duration: 144n, protectedAmount: 1_000_000n }));
    expectErr(purchase({ protectedAmount: 2_100_000_000_000_001n }), errInvalidInput);
    expectErr(purchase({ protectedAmount: 2n ** 127n }), errInvalidInput);
    expectErr(purchase({ strikePrice: 10n ** 18n + 1n }), errInvalidInput);
    expectErr(purchase({ duration: 2n ** 127n }), errInvalidInput);
    expectOk(purchase({ duration: 52_560n, protectedAmount: 1_000_000n, maxPremium: 10n ** 12n }));
  });

  // Where no other bound refuses the same, as far as there is such a place: the prices are what that takes.
  const [mostSats, highestPrice, mostValue] = [2_100_000_000_000_000n, 10n ** 18n, 10n ** 19n];
  it.each<[string, bigint, Partial<typeof example>, Partial<typeof example>]>([
    ["the least amount", btcPrice, { protectedAmount: 1n }, { protectedAmount: 0n }],
    ["the most satoshi", 10_000n, { strikePrice: 10_000n, protectedAmount: mostSats }, { strikePrice: 10_000n, protectedAmount: mostSats + 1n }],
    ["the highest strike", highestPrice, { strikePrice: highestPrice, protectedAmount: 1n }, { strikePrice: highestPrice + 1n, protectedAmount: 1n }],
    ["the lowest strike", 1n, { strikePrice: 1n, protectedAmount: mostSats }, { strikePrice: 0n, protectedAmount: mostSats }],
    ["the least value", 10n ** 8n, { strikePrice: 10n ** 8n, protectedAmount: 1n }, { strikePrice: 10n ** 8n - 1n, protectedAmount: 1n }],
    [
      "the most value",
      highestPrice,
      { strikePrice: highestPrice, protectedAmount: (mostValue * 10n ** 8n) / highestPrice },
      // The smallest product beyond it, by one micro-USD.
      { strikePrice: 999_999_535_000_216_225n, protectedAmount: 1_000_000_465n },
    ],
    ["the shortest duration", btcPrice, { duration: 144n }, { duration: 143n }],
    ["the longest duration", btcPrice, { duration: 105_120n }, { duration: 105_121n }],
    ["the lowest part of the price", btcPrice, { strikePrice: btcPrice / 2n }, { strikePrice: btcPrice / 2n - 1n }],
    ["the highest part of the price", btcPrice, { strikePrice: (btcPrice * 3n) / 2n }, { strikePrice: (btcPrice * 3n) / 2n + 1n }],
  ])("takes %s, and nothing beyond", (_, spot, taken, refused) => {
    const set = (parameter: string, value: bigint) => expectOk(call("parameter-contract", "set-parameter", [parameter, value]));
    set("max-strike-ratio", 1_500_000n);
    set("max-duration", 105_120n);
    // Collateral worth more than any policy, and STX that pay any premium.
    refreshPrices(spot, highestPrice, highestPrice);
    expectOk(call("liquidity-pool", "configure-tier", ["balanced", mostValue, false, "reject"]));
    const terms = { protectedAmount: 1_000_000n, maxPremium: 10n ** 13n };
    expectErr(purchase({ ...terms, ...refused }), errInvalidInput);
    expectOk(purchase({ ...terms, ...taken }), 1);
  });

  it("refuses a premium above the buyer's limit, and sells nothing for less than the least premium", () => {
    expectErr(purchase({ maxPremium: examplePremium - 1n }), errInvalidInput);
    // 2 satoshi are worth 1200 micro-USD.
    expectErr(purchase({ protectedAmount: 2n, maxPremium: 999_999n }), errInvalidInput);
    const before = stxBalance(buyer);
    expectOk(purchase({ protectedAmount: 2n }));
    expect(before - stxBalance(buyer)).toBe(1_000_000n);
  });

  it("does not let a provider insure itself", () => {
    expectErr(purchase({}, provider), errInvalidInput);
  });

  it("knows the tiers with a rate only", () => {
    expectErr(purchase({ riskTier: "unheard-of" }), errNotFound);
    expectOk(call("parameter-contract", "define-parameter", ["premium-rate-odd", 1_300_000, 1_000_000, 2_000_000]));
    expectErr(purchase({ riskTier: "odd" }), errNotFound);
  });

  it("knows the listed tokens only", () => {
    expectErr(purchase({ token: contractId("treasury") }), errNotFound);
  });

  it("needs prices that are a few blocks old", () => {
    mineBitcoinBlocks(3);
    expectOk(purchaseNow({ protectedAmount: 1_000_000n }));
    mineBitcoinBlocks(1);
    expectErr(purchaseNow({ protectedAmount: 1_000_000n }), errContractPaused);
    setPrice("BTC", btcPrice);
    expectErr(purchaseNow({ protectedAmount: 1_000_000n }), errContractPaused);
    setPrice("STX", stxPrice);
    // The collateral is judged by a fresh price, too.
    expectErr(purchaseNow({ protectedAmount: 1_000_000n }), errContractPaused);
    setPrice(tokenSymbol, tokenPrice);
    expectOk(purchaseNow({ protectedAmount: 1_000_000n }));
  });

  it("limits how often a buyer buys", () => {
    limit("purchase", 1n);
    expectOk(purchase({ protectedAmount: 1_000_000n }));
    expectErr(purchase({ protectedAmount: 1_000_000n }), errRateLimited);
    expectOk(purchase({ protectedAmount: 1_000_000n }, stranger));
  });

  it("needs a buyer who can pay fee and premium", () => {
    const all = stxBalance(buyer);
    const spend = (left: bigint) =>
      expectOk(call("governance", "stake", [stxBalance(buyer) - left], buyer));
    spend(exampleFee - 1n);
    expectErr(purchase(), errInsufficientFunds);
    mineBitcoinBlocks(1);
    expectOk(call("governance", "unstake", [exampleFee], buyer));
    expect(stxBalance(buyer)).toBe(2n * exampleFee - 1n);
    expectErr(purchase(), errInsufficientFunds);
    expectOk(call("governance", "unstake", [examplePremium], buyer));
    expectOk(purchase());
    expect(all).toBeGreaterThan(0n);
  });

  it("needs a provider with enough free collateral", () => {
    expectErr(purchase({ provider: otherProvider }), errInsufficientFunds);
    expectOk(purchase());
    expectErr(purchase(), errInsufficientFunds);
  });

  it("checks in the order pause, dispatch, terms, premium, rate limit, owner, funds", () => {
    const hostile = deployHostile("hostile-pool");
    limit("purchase", 1n);
    expectOk(purchase({ protectedAmount: 1_000_000n }));
    pause("action-purchase");
    const everything = { pool: hostile, duration: 1n, maxPremium: 1n, provider: otherProvider };
    expectErr(purchase(everything), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-purchase"]));
    expectErr(purchase(everything), errUnauthorized);
    expectErr(purchase({ ...everything, pool }), errInvalidInput);
    expectErr(purchase({ ...everything, pool, duration: 4_320n, maxPremium: examplePremium }), errRateLimited);
    limit("purchase", 10n);
    expectErr(purchase({ ...everything, pool, duration: 4_320n, maxPremium: examplePremium }), errInsufficientFunds);
  });
});

describe("register-p2p-policy", () => {
  const args = (premium = 500_000_000n, duration = 4_320n) => [
    buyer,
    provider,
    token,
    "balanced",
    example.protectedAmount,
    example.strikePrice,
    premium,
    duration,
  ];

  it("is for the registered pool alone", () => {
    expectErr(call("policy-registry", "register-p2p-policy", args()), errUnauthorized);
    pause("action-purchase");
    expectErr(call("policy-registry", "register-p2p-policy", args()), errContractPaused);
  });

  it("checks the terms, takes the fee from the signer and reports the obligation", () => {
    const actor = deployHostile("role-holder");
    replaceContract("liquidity-pool", actor);
    const register = (...given: Parameters<typeof args>) => call("role-holder", "register-p2p", args(...given), buyer);
    expectErr(register(0n), errInvalidInput);
    expectErr(register(999_999n), errInvalidInput);
    expectErr(register(exampleFee - 1n), errInvalidInput);
    expectErr(register(500_000_000n, 1n), errInvalidInput);
    expectErr(call("role-holder", "register-p2p", [provider, ...args().slice(1)], buyer), errInvalidInput);
    const before = stxBalance(buyer);
    const registered = register();
    expectOk(
      registered,
      Cl.tuple({ "policy-id": Cl.uint(1), fee: Cl.uint(50_000_000), obligation: Cl.uint(exampleValue) }),
    );
    expect(stxBalance(buyer)).toBe(before - 50_000_000n);
    // A premium below what the risk is worth pays the fee of what it is worth.
    expectOk(
      register(exampleFee),
      Cl.tuple({ "policy-id": Cl.uint(2), fee: Cl.uint(exampleFee), obligation: Cl.uint(exampleValue) }),
    );
    expect(field(read("policy-registry", "get-policy", [1]), "pool")).toContain(".role-holder");
    expect(eventNames(registered)).toContain("policy-created");
    expectOk(call("governance", "stake", [stxBalance(buyer)], buyer));
    expectErr(register(), errInsufficientFunds);
    mineBitcoinBlocks(145);
    expectErr(register(), errContractPaused);
  });
});

describe("settle-policy", () => {
  it("pays the fall below the strike, once", () => {
    const id = activePolicy();
    setPrice("BTC", 45_000_000_000n);
    const settled = settle(id);
    const outcome = { payout: Cl.uint(1_500_000_000), shortfall: Cl.uint(0), covered: Cl.uint(0) };
    expectOk(settled, Cl.tuple(outcome));
    expect(status(id)).toBe('"settled"');
    expect(tokenBalance(buyer)).toBe(1_500_000_000n);
    expectValue(
      read("policy-registry", "get-settlement", [id]),
      Cl.some(
        Cl.tuple({
          ...outcome,
          "settled-at": Cl.uint(bitcoinHeight()),
          "settlement-price": Cl.uint(45_000_000_000n),
          "disputable-until": Cl.uint(bitcoinHeight() + 1_008),
        }),
      ),
    );
    expectEvent(settled, "policy-registry", "policy-settled", {
      "policy-id": id,
      price: 45_000_000_000n,
      payout: 1_500_000_000n,
      shortfall: 0,
      covered: 0,
    });
    expect(field(read("analytics", "get-metric-total", ["payout-volume"]), "total")).toBe("u1500000000");
    expectErr(settle(id), errInvalidInput);
  });

  it("refuses while paused", () => {
    const id = activePolicy();
    pause("action-settle");
    expectErr(settle(id), errContractPaused);
  });

  it("takes the registered fund only, even if nothing will be missing", () => {
    const id = activePolicy();
    setPrice("BTC", 45_000_000_000n);
    const other = deployHostile("hostile-fund");
    expectErr(settle(id, buyer, { fund: other }), errUnauthorized);
    expectErr(settle(99, buyer, { fund: other }), errUnauthorized);
  });

  it("is for the owner alone, through the policy's own pool and token", () => {
    const id = activePolicy();
    setPrice("BTC", 45_000_000_000n);
    const otherPool = deployHostile("hostile-pool");
    const otherToken = deployHostile("hostile-token");
    expectErr(settle(99), errNotFound);
    expectErr(settle(id, provider), errUnauthorized);
    expectErr(settle(id, admin), errUnauthorized);
    expectErr(settle(id, buyer, { pool: otherPool }), errUnauthorized);
    expectErr(settle(id, buyer, { token: otherToken }), errInvalidInput);
    expectOk(settle(id));
  });

  it("is possible from the end of the activation delay until a grace period after the expiration", () => {
    expectOk(call("parameter-contract", "set-parameter", ["activation-delay", 5]));
    provide(2n * collateral);
    expectOk(purchase({ duration: 144n }));
    expectOk(purchase({ duration: 144n }));
    const start = bitcoinHeight();
    // What was sold keeps its terms.
    expectOk(call("parameter-contract", "set-parameter", ["activation-delay", 100]));
    setPrice("BTC", 45_000_000_000n);
    mineBitcoinBlocks(start + 4 - bitcoinHeight());
    expectErr(settle(1), errInvalidInput);
    mineBitcoinBlocks(1);
    expectOk(settle(1));
    mineBitcoinBlocks(130);
    refreshPrices(45_000_000_000n, stxPrice, tokenPrice);
    mineBitcoinBlocks(start + 144 + 36 - bitcoinHeight());
    expectErr(call("liquidity-pool", "release-expired", [2], provider), errInvalidInput);
    mineBitcoinBlocks(1);
    expectErr(settle(2), errInvalidInput);
    expectOk(call("liquidity-pool", "release-expired", [2], provider));
  });

  it("pays nothing at or above the strike, and burns no policy for nothing", () => {
    const id = activePolicy();
    expectErr(settle(id), errInvalidInput);
    setPrice("BTC", btcPrice - 1n);
    // A fall by one micro-USD rounds to a payout of nothing for a tenth of a bitcoin.
    expectErr(settle(id), errInvalidInput);
    expect(status(id)).toBe('"active"');
    setPrice("BTC", btcPrice - 10n);
    expectErr(settle(id, buyer, { minPayout: 2n }), errInvalidInput);
    expectOk(settle(id, buyer, { minPayout: 1n }), Cl.tuple({ payout: Cl.uint(1), shortfall: Cl.uint(0), covered: Cl.uint(0) }));
    expect(tokenBalance(buyer)).toBe(1n);
  });

  it("pays nothing at the strike, and a micro-USD below it, where a whole bitcoin is protected", () => {
    const whole = 10n * example.protectedAmount;
    provide(10n * collateral);
    expectOk(purchase({ protectedAmount: whole, maxPremium: 10n ** 12n }), 1);
    mineBitcoinBlocks(1);
    expectErr(settle(1), errInvalidInput);
    setPrice("BTC", btcPrice - 1n);
    expectOk(settle(1), Cl.tuple({ payout: Cl.uint(1), shortfall: Cl.uint(0), covered: Cl.uint(0) }));
  });

  it("needs the price of BTC", () => {
    const id = activePolicy();
    mineBitcoinBlocks(145);
    expectErr(settle(id), errContractPaused);
  });

  it("limits how often an owner settles", () => {
    provide(2n * collateral);
    expectOk(purchase());
    expectOk(purchase());
    mineBitcoinBlocks(1);
    setPrice("BTC", 45_000_000_000n);
    limit("settle", 1n);
    expectOk(settle(1));
    expectErr(settle(2), errRateLimited);
  });

  it("checks in the fixed order", () => {
    const id = activePolicy();
    const otherFund = deployHostile("hostile-fund");
    const otherPool = deployHostile("hostile-pool");
    const otherToken = deployHostile("hostile-token");
    limit("settle", 1n);
    const wrong = { fund: otherFund, pool: otherPool, token: otherToken };
    pause("action-settle");
    expectErr(settle(99, stranger, wrong), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-settle"]));
    expectErr(settle(99, stranger, wrong), errUnauthorized);
    expectErr(settle(99, stranger, { ...wrong, fund }), errNotFound);
    expectErr(settle(id, stranger, { ...wrong, fund, pool }), errUnauthorized);
    expectErr(settle(id, buyer, { ...wrong, fund }), errUnauthorized);
    expectErr(settle(id, buyer, { ...wrong, fund, pool }), errInvalidInput);
    // The quota is spent before the price is looked at, and comes back with the failed call.
    expectErr(settle(id, buyer), errInvalidInput);
    expectErr(settle(id, buyer), errInvalidInput);
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(id, buyer));
  });

  describe("with a shortfall", () => {
    const crash = (): bigint => {
      const id = activePolicy();
      refreshPrices(12_000_000_000n, 2_000_000n, 200_000n);
      return id;
    };

    it("lets the fund pay what the collateral cannot", () => {
      const id = crash();
      const before = stxBalance(buyer);
      const settled = settle(id);
      expectOk(
        settled,
        Cl.tuple({ payout: Cl.uint(4_800_000_000n), shortfall: Cl.uint(2_800_000_000n), covered: Cl.uint(2_800_000_000n) }),
      );
      expect(stxBalance(buyer)).toBe(before + 1_400_000_000n);
      expect(stxBalance(registry)).toBe(0n);
      expectEvent(settled, "insurance-fund", "shortfall-covered", {
        "policy-id": id,
        amount: 1_400_000_000n,
        healthy: true,
      });
    });

    it("pays a part when the fund has no more", () => {
      const id = crash();
      expectOk(call("insurance-fund", "set-min-fund-size", [0]));
      expectOk(call("insurance-fund", "withdraw-surplus", [initialFund - 1_000_000n, admin]));
      expectOk(
        settle(id),
        Cl.tuple({ payout: Cl.uint(4_800_000_000n), shortfall: Cl.uint(2_800_000_000n), covered: Cl.uint(2_000_000) }),
      );
      expect(stxBalance(fund)).toBe(0n);
    });

    it("settles without cover when the fund is empty", () => {
      const id = crash();
      expectOk(call("insurance-fund", "set-min-fund-size", [0]));
      expectOk(call("insurance-fund", "withdraw-surplus", [initialFund, admin]));
      const settled = settle(id);
      expectOk(
        settled,
        Cl.tuple({ payout: Cl.uint(4_800_000_000n), shortfall: Cl.uint(2_800_000_000n), covered: Cl.uint(0) }),
      );
      expect(eventNames(settled)).not.toContain("shortfall-covered");
    });

    it("undoes everything when the fund pretends to have paid", () => {
      const id = crash();
      const other = deployHostile("hostile-fund");
      replaceContract("insurance-fund", other);
      const before = positionOf();
      expectErr(settle(id, buyer, { fund: other }), errInsufficientFunds);
      // A fund that helps itself to what somebody sent to the registry is refused, too.
      simnet.transferSTX(2_000_000n, registry, stranger);
      expectErr(settle(id, buyer, { fund: other }), errUnauthorized);
      expect(stxBalance(registry)).toBe(2_000_000n);
      expect(status(id)).toBe('"active"');
      expect(cvToString(positionOf())).toBe(cvToString(before));
      expect(tokenBalance(buyer)).toBe(0n);
    });

    it("waits for the fund while that is paused, and for the price of STX", () => {
      const id = crash();
      pause("action-insurance");
      expectErr(settle(id), errContractPaused);
      expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-insurance"]));
      mineBitcoinBlocks(145);
      setPrice("BTC", 12_000_000_000n);
      setPrice(tokenSymbol, 200_000n);
      expectErr(settle(id), errContractPaused);
      setPrice("STX", stxPrice);
      expectOk(settle(id));
    });
  });
});

describe("expire-policy", () => {
  it("is for the pool of the policy alone", () => {
    const id = activePolicy({ duration: 144n });
    mineBitcoinBlocks(200);
    expectErr(call("policy-registry", "expire-policy", [id]), errUnauthorized);
    expectErr(call("policy-registry", "expire-policy", [id], buyer), errUnauthorized);
    expectErr(call("policy-registry", "expire-policy", [99]), errNotFound);
    pause("action-settle");
    expectErr(call("policy-registry", "expire-policy", [id]), errContractPaused);
  });

  it("ends an active policy after its expiration, once", () => {
    const actor = deployHostile("role-holder");
    replaceContract("liquidity-pool", actor);
    expectOk(
      call("role-holder", "register-p2p", [buyer, provider, token, "balanced", 1_000_000n, btcPrice, 50_000_000n, 144n], buyer),
    );
    mineBitcoinBlocks(100);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    mineBitcoinBlocks(80);
    expectErr(call("role-holder", "expire", [1]), errInvalidInput);
    mineBitcoinBlocks(1);
    const expired = call("role-holder", "expire", [1], stranger);
    expectOk(expired, true);
    expectEvent(expired, "policy-registry", "policy-expired", { "policy-id": 1 });
    expect(status(1)).toBe('"expired"');
    expect(field(read("analytics", "get-metric-total", ["policies-expired"]), "total")).toBe("u1");
    expectErr(call("role-holder", "expire", [1]), errInvalidInput);
  });
});

describe("dispute-settlement", () => {
  const dispute = (id: bigint | number, sender: string = buyer, hash = evidence) =>
    call("policy-registry", "dispute-settlement", [id, hash], sender);

  const settledPolicy = (): bigint => {
    const id = activePolicy();
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(id));
    return id;
  };

  it("files a dispute with a bond, once", () => {
    const id = settledPolicy();
    const before = stxBalance(buyer);
    const filed = dispute(id);
    expectOk(filed, 1);
    expect(stxBalance(buyer)).toBe(before - 1_000_000n);
    expectEvent(filed, "dispute-resolution", "dispute-filed", {
      "dispute-id": 1,
      "dispute-type": Cl.stringAscii("settlement"),
      "related-entity-id": id,
      disputant: buyer,
    });
    expectValue(
      read("policy-registry", "get-policy-dispute", [id]),
      Cl.some(Cl.tuple({ "dispute-id": Cl.uint(1), "filed-by": Cl.principal(buyer), awarded: Cl.uint(0) })),
    );
    expectErr(dispute(id), errInvalidInput);
    expectErr(dispute(id, provider), errInvalidInput);
  });

  it("is open to the provider, too, and to nobody else", () => {
    const id = settledPolicy();
    expectErr(dispute(id, stranger), errUnauthorized);
    expectOk(dispute(id, provider), 1);
  });

  it("needs a settled policy", () => {
    const id = activePolicy();
    expectErr(dispute(99), errNotFound);
    expectErr(dispute(id), errInvalidInput);
  });

  it("is open until the end of the window", () => {
    const id = settledPolicy();
    mineBitcoinBlocks(1_008);
    expectOk(dispute(id));
    const late = (() => {
      refreshPrices(btcPrice, stxPrice, tokenPrice);
      expectOk(purchase({ protectedAmount: 1_000_000n }));
      mineBitcoinBlocks(1);
      setPrice("BTC", 45_000_000_000n);
      expectOk(settle(2));
      return 2;
    })();
    mineBitcoinBlocks(1_009);
    expectErr(dispute(late), errInvalidInput);
  });

  it("needs a whole hash, a bond, and the service running", () => {
    const id = settledPolicy();
    expectErr(dispute(id, buyer, Cl.bufferFromHex("ab")), errInvalidInput);
    const all = stxBalance(buyer);
    expectOk(call("governance", "stake", [all], buyer));
    expectErr(dispute(id), errInsufficientFunds);
    mineBitcoinBlocks(1);
    expectOk(call("governance", "unstake", [all], buyer));
    pause("action-dispute");
    expectErr(dispute(id), errContractPaused);
  });
});

describe("execute-dispute-award", () => {
  const execute = (id: bigint | number, through = fund, sender: string = stranger) =>
    call("policy-registry", "execute-dispute-award", [id, through], sender);

  /** A settled and disputed policy that paid 1 500 of its 6 000 USD. */
  const disputed = (): bigint => {
    const id = activePolicy();
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(id));
    expectOk(call("policy-registry", "dispute-settlement", [id, evidence], buyer), 1);
    return id;
  };

  it("pays the award to the owner, whoever asks, once", () => {
    const id = disputed();
    uphold(1, 300_000_000n);
    const before = stxBalance(buyer);
    const paid = execute(id);
    expectOk(paid, 300_000_000n);
    expect(stxBalance(buyer)).toBe(before + 300_000_000n);
    expectEvent(paid, "policy-registry", "dispute-award-paid", {
      "policy-id": id,
      award: 300_000_000n,
      covered: 300_000_000n,
    });
    expectErr(execute(id), errInvalidInput);
    expect(stxBalance(registry)).toBe(0n);
  });

  it("is cut to what the policy can still be worth", () => {
    const id = disputed();
    uphold(1, 100_000_000_000n);
    expectOk(execute(id), exampleValue - 1_500_000_000n);
  });

  it("needs a policy, a dispute, and a verdict for it", () => {
    const id = activePolicy();
    expectErr(execute(99), errNotFound);
    expectErr(execute(id), errNotFound);
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(id));
    expectErr(execute(id), errNotFound);
    expectOk(call("policy-registry", "dispute-settlement", [id, evidence], buyer), 1);
    expectErr(execute(id), errInvalidInput);
    uphold(1, 0n);
    expectErr(execute(id), errInvalidInput);
  });

  it("takes the registered fund only, and only while settlements run", () => {
    const id = disputed();
    uphold(1, scale);
    const other = deployHostile("hostile-fund");
    expectErr(execute(id, other), errUnauthorized);
    expectErr(execute(99, other), errUnauthorized);
    pause("action-settle");
    expectErr(execute(id), errContractPaused);
  });

  it("waits for a fund that can pay", () => {
    const id = disputed();
    uphold(1, scale);
    expectOk(call("insurance-fund", "set-min-fund-size", [0]));
    expectOk(call("insurance-fund", "withdraw-surplus", [stxBalance(fund), admin]));
    expectErr(execute(id), errInsufficientFunds);
    expectOk(call("insurance-fund", "contribute-to-fund", [10n * scale]));
    expectOk(execute(id), scale);
  });

  it("waits for the price of STX", () => {
    const id = disputed();
    uphold(1, scale);
    mineBitcoinBlocks(145);
    expectErr(execute(id), errContractPaused);
  });

  it("stands above an emergency that leaves settlements open", () => {
    const id = disputed();
    uphold(1, scale);
    expectOk(call("emergency-response", "activate-emergency-procedure", [haltProcedure], guardians[0]));
    expectOk(execute(id), scale);
  });
});
