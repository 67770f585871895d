import { beforeEach, describe, expect, it } from "vitest";
import {
  admin,
  btcPrice,
  buyer,
  call,
  Cl,
  collateralRatio,
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
  guardians,
  liquidationThreshold,
  mineBitcoinBlocks,
  otherProvider,
  provider,
  read,
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
  deposit,
  engine,
  example,
  exampleFee,
  exampleLock,
  examplePremium,
  exampleValue,
  listToken,
  mint,
  pause,
  pool,
  position,
  positionOf,
  provide,
  purchase,
  refreshPrices,
  replaceContract,
  setPrice,
  settle,
  tier,
  token,
  withdraw,
} from "./scenario";

const oracle = contractId("oracle");

const configureTier = (name: string, capacity: bigint, isolated: boolean, behavior: string, sender: string = admin) =>
  call("liquidity-pool", "configure-tier", [name, capacity, isolated, behavior], sender);

const utilization = (name: string): string => field(read("liquidity-pool", "get-tier", [name]), "current-utilization");

beforeEach(freshProtocol);

describe("reading the pool", () => {
  it("has three tiers in the beginning", () => {
    for (const name of ["conservative", "balanced", "aggressive"]) {
      expectValue(
        read("liquidity-pool", "get-tier", [name]),
        Cl.some(
          Cl.tuple({
            "max-capacity": Cl.uint(1_000_000_000_000n),
            "current-utilization": Cl.uint(0),
            isolated: Cl.bool(false),
            "overflow-behavior": Cl.stringAscii("reject"),
          }),
        ),
      );
    }
    expectValue(read("liquidity-pool", "get-tier", ["unheard-of"]), null);
    expectValue(read("liquidity-pool", "get-policy-lock", [1]), null);
    expectValue(read("liquidity-pool", "get-collateral-token", [pool]), null);
    expectValue(positionOf(stranger), position(0n));
    expectValue(read("liquidity-pool", "get-provider-positions", [stranger]), Cl.list([]));
    expectValue(read("liquidity-pool", "get-premium-balance", [stranger]), 0);
    expectValue(read("liquidity-pool", "get-token-total", [pool]), 0);
    expectOk(read("liquidity-pool", "get-free-collateral", [stranger, token, tier]), 0);
  });

  it("converts between tokens and value with the token's decimals", () => {
    const second = listToken("second-token");
    setPrice(tokenSymbol, 3_000_000n);
    setPrice("ALT", 3_000_000n);
    expectOk(read("liquidity-pool", "token-value", [token, 5_000_000n]), 15_000_000n);
    expectOk(read("liquidity-pool", "token-value", [second, 500_000_000n]), 15_000_000n);
    expectOk(read("liquidity-pool", "tokens-for-value", [token, 10_000_000n]), 3_333_333n);
    expectOk(read("liquidity-pool", "tokens-for-value", [second, 10_000_000n]), 333_333_333n);
    for (const fn of ["token-value", "tokens-for-value"]) {
      expectErr(read("liquidity-pool", fn, [pool, 1]), errNotFound);
      mineBitcoinBlocks(145);
      expectErr(read("liquidity-pool", fn, [token, 1]), errContractPaused);
      setPrice(tokenSymbol, tokenPrice);
    }
  });

  it("tells which position is under water, the first of them first", () => {
    const underwater = (who: string, riskTier = tier) => read("liquidity-pool", "is-underwater", [who, token, riskTier]);
    const first = (who: string) => read("liquidity-pool", "get-underwater-position", [who]);
    activePolicy();
    provide(collateral, "conservative");
    mineBitcoinBlocks(1);
    expectOk(purchase({ riskTier: "conservative" }));
    expectValue(underwater(provider), false);
    expectValue(first(provider), null);
    // The threshold is reached at a value of 6 600: exactly there the position is still healthy.
    setPrice(tokenSymbol, 660_000n);
    expectValue(underwater(provider), false);
    setPrice(tokenSymbol, 659_999n);
    expectValue(underwater(provider), true);
    expectValue(
      first(provider),
      Cl.some(Cl.tuple({ "token-contract": Cl.principal(token), "risk-tier": Cl.stringAscii(tier) })),
    );
    expectOk(mint(provider, collateral));
    expectOk(deposit(collateral));
    expectValue(
      first(provider),
      Cl.some(Cl.tuple({ "token-contract": Cl.principal(token), "risk-tier": Cl.stringAscii("conservative") })),
    );
    provide(1n, tier, otherProvider);
    expectValue(underwater(otherProvider), false);
    expectValue(first(stranger), null);
    // Without a usable price nothing is known to be under water.
    mineBitcoinBlocks(145);
    expectValue(underwater(provider, "conservative"), false);
    expectValue(first(provider), null);
  });
});

describe("collateral tokens", () => {
  const add = (changes: { symbol?: string; ratio?: bigint; feed?: string; of?: string } = {}, sender: string = admin) =>
    call(
      "liquidity-pool",
      "add-collateral-token",
      [
        changes.of ?? contractId("hostile-token"),
        Cl.stringAscii(changes.symbol ?? "BAD"),
        changes.ratio ?? collateralRatio,
        changes.feed ?? oracle,
      ],
      sender,
    );
  const activate = (threshold = liquidationThreshold, sender: string = admin) =>
    call("liquidity-pool", "activate-collateral-token", [contractId("hostile-token"), threshold], sender);
  const mode = (name: string) => expectOk(call("hostile-token", "set-mode", [name]));

  beforeEach(() => {
    deployHostile("hostile-token");
    setPrice("BAD", tokenPrice);
  });

  it("are added by the admin, inactive", () => {
    expectErr(add({}, stranger), errUnauthorized);
    expectErr(add({ symbol: "" }), errInvalidInput);
    expectErr(add({ ratio: 1_000_000n }), errInvalidInput);
    expectErr(add({ ratio: 10_000_001n }), errInvalidInput);
    expectErr(add({ feed: pool }), errInvalidInput);
    // Two tokens with one price would be one token to the oracle.
    expectErr(add({ symbol: tokenSymbol }), errInvalidInput);
    expectOk(add({ symbol: "B", of: contractId("treasury") }), true);
    const added = add();
    expectOk(added, true);
    expectEvent(added, "liquidity-pool", "collateral-token-added", {
      "token-contract": contractId("hostile-token"),
      symbol: Cl.stringAscii("BAD"),
    });
    expectValue(
      read("liquidity-pool", "get-collateral-token", [contractId("hostile-token")]),
      Cl.some(
        Cl.tuple({
          symbol: Cl.stringAscii("BAD"),
          decimals: Cl.uint(0),
          "collateralization-ratio": Cl.uint(collateralRatio),
          "liquidation-threshold": Cl.uint(1_000_000),
          "price-feed": Cl.principal(oracle),
          active: Cl.bool(false),
        }),
      ),
    );
    expectErr(add(), errInvalidInput);
    expectErr(deposit(1n, tier, provider, contractId("hostile-token")), errInvalidInput);
  });

  it("are activated with a threshold that fits the bonus and the ratio, and the token's own decimals", () => {
    expectErr(activate(liquidationThreshold, stranger), errUnauthorized);
    expectErr(activate(), errNotFound);
    expectOk(add());
    expectErr(activate(1_089_999n), errInvalidInput);
    expectErr(activate(collateralRatio), errInvalidInput);
    mode("no-decimals");
    expectErr(activate(), errInvalidInput);
    mode("many-decimals");
    expectErr(activate(), errInvalidInput);
    mode("honest");
    const activated = activate();
    expectOk(activated, true);
    expectEvent(activated, "liquidity-pool", "collateral-token-activated", {
      "token-contract": contractId("hostile-token"),
      decimals: 6,
    });
    const listed = read("liquidity-pool", "get-collateral-token", [contractId("hostile-token")]);
    expect([field(listed, "active"), field(listed, "liquidation-threshold")]).toEqual(["true", `u${liquidationThreshold}`]);
  });

  it("cannot take anything while they are asked for their decimals", () => {
    expectOk(add());
    const before = stxBalance(stranger);
    expectOk(call("upgrade-manager", "transfer-admin", [stranger]));
    expectOk(call("upgrade-manager", "accept-admin", [], stranger));
    mode("steal-stx");
    expectErr(activate(liquidationThreshold, stranger), errInvalidInput);
    expect(stxBalance(stranger)).toBe(before);
  });

  it("are deactivated by the admin; exits go on", () => {
    provide();
    expectOk(purchase({ protectedAmount: 1_000_000n }));
    const off = (sender: string = admin) => call("liquidity-pool", "deactivate-collateral-token", [token], sender);
    expectErr(off(stranger), errUnauthorized);
    expectErr(call("liquidity-pool", "deactivate-collateral-token", [pool]), errNotFound);
    const deactivated = off();
    expectOk(deactivated, true);
    expectEvent(deactivated, "liquidity-pool", "collateral-token-deactivated", { "token-contract": token });
    expectErr(deposit(1n, "conservative"), errInvalidInput);
    expectErr(purchase({ protectedAmount: 1_000_000n }), errInvalidInput);
    expectOk(withdraw(1_000_000n));
    mineBitcoinBlocks(1);
    // Who backs a policy may add to it.
    expectOk(mint(provider, 1n));
    expectOk(deposit(1n));
    setPrice("BTC", 45_000_000_000n);
    expectOk(settle(1));
  });
});

describe("tiers", () => {
  it("are configured by the admin, and keep their utilization", () => {
    activePolicy();
    expectErr(configureTier(tier, 1n, true, "reject", stranger), errUnauthorized);
    expectErr(configureTier(tier, 1n, true, "spill"), errInvalidInput);
    expectErr(configureTier("unheard-of", 1n, true, "spill"), errInvalidInput);
    expectErr(configureTier("unheard-of", 1n, true, "reject"), errNotFound);
    const configured = configureTier(tier, 7n, true, "proportional");
    expectOk(configured, true);
    expectEvent(configured, "liquidity-pool", "tier-configured", {
      "tier-name": Cl.stringAscii(tier),
      "max-capacity": 7,
      isolated: true,
      "overflow-behavior": Cl.stringAscii("proportional"),
    });
    expect(utilization(tier)).toBe(`u${exampleValue}`);
  });

  it("reject what exceeds their capacity, unless they may overflow", () => {
    provide(4n * collateral);
    const buy = () => purchase({ protectedAmount: 5_000_000n });
    const half = exampleValue / 2n;
    expectOk(configureTier(tier, half, false, "reject"));
    expectOk(buy());
    expectErr(buy(), errInsufficientFunds);
    expectOk(configureTier(tier, half, true, "next-tier"));
    expectErr(buy(), errInsufficientFunds);
    expectOk(configureTier(tier, half, false, "next-tier"));
    expectOk(configureTier("aggressive", 10n * exampleValue, true, "reject"));
    expectErr(buy(), errInsufficientFunds);
    expectOk(configureTier("aggressive", half - 1n, false, "reject"));
    expectErr(buy(), errInsufficientFunds);
    expectOk(configureTier("aggressive", half, false, "reject"));
    expectOk(buy());
    expect([utilization(tier), utilization("aggressive")]).toEqual([`u${half}`, `u${half}`]);
    expectErr(buy(), errInsufficientFunds);
  });

  it("have nothing after the last", () => {
    provide(collateral, "aggressive");
    expectOk(configureTier("aggressive", exampleValue - 1n, false, "next-tier"));
    expectErr(purchase({ riskTier: "aggressive", maxPremium: 10n ** 9n }), errInsufficientFunds);
  });

  it("give an obligation back to where it went", () => {
    provide(2n * collateral);
    expectOk(configureTier(tier, exampleValue / 3n, false, "proportional"));
    expectOk(purchase({ duration: 144n }));
    expect([utilization(tier), utilization("aggressive")]).toEqual(["u2000000000", "u4000000000"]);
    const lock = read("liquidity-pool", "get-policy-lock", [1]);
    expect([field(lock, "overflow-tier"), field(lock, "overflow-amount")]).toEqual(['(some "aggressive")', "u4000000000"]);
    // A tier that is over its capacity has no room at all: everything goes on to the next.
    expectOk(configureTier(tier, 1n, false, "proportional"));
    expectOk(purchase({ protectedAmount: 1_000_000n }));
    expect([utilization(tier), utilization("aggressive")]).toEqual(["u2000000000", "u4600000000"]);
    mineBitcoinBlocks(181);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    mineBitcoinBlocks(37);
    expectOk(call("liquidity-pool", "release-expired", [1], stranger));
    expect([utilization(tier), utilization("aggressive")]).toEqual(["u0", "u600000000"]);
  });
});

describe("deposit-collateral", () => {
  it("credits the caller and takes the tokens", () => {
    expectOk(mint(provider, 500n));
    const deposited = deposit(300n);
    expectOk(deposited, true);
    expectEvent(deposited, "liquidity-pool", "collateral-deposited", {
      provider,
      token,
      "risk-tier": Cl.stringAscii(tier),
      amount: 300,
    });
    expectValue(positionOf(), position(300n));
    expectValue(read("liquidity-pool", "get-token-total", [token]), 300);
    expect([tokenBalance(provider), tokenBalance(pool)]).toEqual([200n, 300n]);
    expectOk(deposit(200n));
    expectValue(positionOf(), position(500n));
    expectValue(
      read("liquidity-pool", "get-provider-positions", [provider]),
      Cl.list([Cl.tuple({ "token-contract": Cl.principal(token), "risk-tier": Cl.stringAscii(tier) })]),
    );
    expectOk(read("liquidity-pool", "get-free-collateral", [provider, token, tier]), 500);
    expect(field(read("analytics", "get-metric-total", ["collateral-deposits-USD"]), "total")).toBe("u500");
  });

  it("earns the provider the weight of its value, which is nothing in the beginning", () => {
    expectOk(call("incentives", "create-incentive-program", ["spring", "Spring", 1_000, 1_000_000]));
    provide();
    expectValue(read("incentives", "get-points", ["spring", provider]), 0);
    expectOk(call("incentives", "set-action-weight", ["deposit", 2]));
    setPrice(tokenSymbol, 2n * tokenPrice);
    provide(1_500_000n);
    expectValue(read("incentives", "get-points", ["spring", provider]), 6);
  });

  it("refuses what it cannot take", () => {
    expectOk(mint(provider, 500n));
    expectErr(deposit(0n), errInvalidInput);
    expectErr(deposit(0n, "unheard-of", provider, deployHostile("hostile-token")), errInvalidInput);
    expectErr(deposit(1n, tier, provider, contractId("hostile-token")), errNotFound);
    expectErr(deposit(1n, "unheard-of"), errNotFound);
    expectErr(deposit(501n), errInsufficientFunds);
    expectErr(deposit(1n, tier, stranger), errInsufficientFunds);
    expectValue(positionOf(stranger), position(0n));
  });

  it("stops while paused or in an emergency, unlike the exits", () => {
    provide();
    expectOk(mint(provider, 500n));
    pause("action-deposit");
    expectErr(deposit(1n), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-deposit"]));
    expectOk(
      call("emergency-response", "create-emergency-procedure", [
        "partial",
        "Stops offers",
        1,
        100,
        Cl.list([Cl.stringAscii("action-p2p")]),
      ]),
    );
    expectOk(call("emergency-response", "activate-emergency-procedure", ["partial"], guardians[0]), true);
    expectErr(deposit(1n), errContractPaused);
    expectOk(withdraw(1n));
  });

  it("allows a second movement of collateral in a later block only", () => {
    expectOk(call("parameter-contract", "set-rate-limit", ["collateral", 2, 1_000, 1]));
    expectOk(mint(provider, 500n));
    expectOk(deposit(1n));
    expectOk(withdraw(1n));
    expectErr(deposit(1n), errRateLimited);
    expectErr(withdraw(1n), errNotFound);
  });

  it("keeps ten positions for a provider at most", () => {
    const others = ["t1", "t2", "t3"].map((name) => listToken(name, name.toUpperCase()));
    const deposits = [token, ...others].flatMap((of) => ["conservative", tier, "aggressive"].map((riskTier) => [of, riskTier]));
    for (const [of, riskTier] of deposits.slice(0, 11)) {
      expectOk(call(of.split(".")[1], "mint", [5, provider]));
      const result = deposit(5n, riskTier, provider, of);
      if (of === deposits[10][0] && riskTier === deposits[10][1]) expectErr(result, errInvalidInput);
      else expectOk(result);
    }
    // An empty position makes room for another.
    expectOk(withdraw(5n, deposits[4][1], provider, deposits[4][0]));
    expectOk(deposit(5n, deposits[10][1], provider, deposits[10][0]));
    const keys = read("liquidity-pool", "get-provider-positions", [provider]) as unknown as { value: unknown[] };
    expect(keys.value.length).toBe(10);
  });

  it("lets a token misbehave at its own cost only", () => {
    const bad = deployHostile("hostile-token");
    setPrice("BAD", tokenPrice);
    expectOk(call("liquidity-pool", "add-collateral-token", [bad, "BAD", collateralRatio, oracle]));
    expectOk(call("liquidity-pool", "activate-collateral-token", [bad, liquidationThreshold]));
    provide();
    // The thief has collateral, too, so that a policy on it could be bought with the pool's money.
    provide(collateral, tier, admin);
    expectOk(call("hostile-token", "mint", [1_000_000n, otherProvider]));
    expectOk(call("hostile-token", "mint", [1_000_000n, pool]));
    expectOk(deposit(100n, tier, otherProvider, bad));
    expectOk(purchase());
    const held = () => [stxBalance(pool), tokenBalance(pool), tokenBalance(pool, "hostile-token")];
    const before = held();
    for (const mode of ["steal-stx", "steal-token", "take-more", "stake"]) {
      expectOk(call("hostile-token", "set-mode", [mode]));
      expectErr(withdraw(10n, tier, otherProvider, bad), errUnauthorized);
      expect(held()).toEqual(before);
    }
    expectOk(call("hostile-token", "set-mode", ["refuse"]));
    expectErr(withdraw(10n, tier, otherProvider, bad), errInsufficientFunds);
    expect(held()).toEqual(before);
    // What fails inside of the token leaves no trace; the withdrawal itself is honest. A policy bought
    // by the pool fails because the pool cannot pay itself.
    for (const mode of ["claim-premiums", "deposit", "purchase"]) {
      expectOk(call("hostile-token", "set-mode", [mode]));
      expectOk(withdraw(10n, tier, otherProvider, bad));
    }
    expect(held()).toEqual([before[0], before[1], before[2] - 30n]);
    expectValue(positionOf(otherProvider, tier, bad), position(70n));
  });
});

describe("withdraw-collateral", () => {
  it("returns what is free", () => {
    provide();
    const withdrawn = withdraw(collateral - 1n);
    expectOk(withdrawn, true);
    expectEvent(withdrawn, "liquidity-pool", "collateral-withdrawn", {
      provider,
      token,
      "risk-tier": Cl.stringAscii(tier),
      amount: collateral - 1n,
    });
    expect([tokenBalance(provider), tokenBalance(pool)]).toEqual([collateral - 1n, 1n]);
    expectValue(read("liquidity-pool", "get-token-total", [token]), 1);
    expect(field(read("analytics", "get-metric-total", ["collateral-withdrawals-USD"]), "total")).toBe(`u${collateral - 1n}`);
    expectErr(withdraw(2n), errInsufficientFunds);
    expectOk(withdraw(1n));
    expectValue(read("liquidity-pool", "get-provider-positions", [provider]), Cl.list([]));
    expectErr(withdraw(1n), errNotFound);
  });

  it("refuses wrong arguments and strangers", () => {
    provide();
    expectErr(withdraw(0n, tier, stranger), errInvalidInput);
    expectErr(withdraw(1n, tier, stranger), errNotFound);
    expectErr(withdraw(1n, "conservative"), errNotFound);
    expectErr(withdraw(1n, tier, provider, deployHostile("hostile-token")), errNotFound);
    pause("action-withdraw");
    expectErr(withdraw(1n), errContractPaused);
  });

  it("keeps what is locked, and the ratio for what is owed", () => {
    activePolicy();
    const free = collateral - exampleLock;
    expectErr(withdraw(free + 1n), errInsufficientFunds);
    // At 0.90 the whole position is worth 9 000, and 7 200 have to stay: 2 000 tokens may go.
    setPrice(tokenSymbol, 900_000n);
    expectErr(withdraw(2_000_000_001n), errInsufficientFunds);
    expectOk(withdraw(2_000_000_000n));
    setPrice(tokenSymbol, 899_999n);
    expectErr(withdraw(1n), errInsufficientFunds);
    setPrice(tokenSymbol, tokenPrice);
    expectOk(withdraw(1n));
    mineBitcoinBlocks(145);
    expectErr(withdraw(1n), errContractPaused);
  });

  it("gives nothing out of a frozen position until it is healthy again", () => {
    activePolicy();
    setPrice(tokenSymbol, 650_000n);
    expectOk(call("liquidation-engine", "liquidate-position", [provider, "partial"], stranger));
    expectErr(withdraw(1n), errInsufficientFunds);
    expectOk(mint(provider, collateral));
    expectOk(deposit(5n));
    expectErr(withdraw(1n), errInsufficientFunds);
    expect(field(positionOf(), "frozen")).toBe("true");
    expectOk(read("liquidity-pool", "get-free-collateral", [provider, token, tier]), 0);
    expectOk(deposit(2_000_000_000n));
    expect(field(positionOf(), "frozen")).toBe("false");
    mineBitcoinBlocks(1);
    expectOk(withdraw(5n));
  });
});

describe("premiums", () => {
  it("are claimed by their provider, once", () => {
    activePolicy();
    const before = stxBalance(provider);
    const claimed = call("liquidity-pool", "claim-premiums", [], provider);
    expectOk(claimed, examplePremium - exampleFee);
    expectEvent(claimed, "liquidity-pool", "premiums-claimed", { provider, amount: examplePremium - exampleFee });
    expect(stxBalance(provider)).toBe(before + examplePremium - exampleFee);
    expectErr(call("liquidity-pool", "claim-premiums", [], provider), errInsufficientFunds);
    expectErr(call("liquidity-pool", "claim-premiums", [], stranger), errInsufficientFunds);
    pause("action-withdraw");
    expectErr(call("liquidity-pool", "claim-premiums", [], provider), errContractPaused);
  });
});

describe("release-expired", () => {
  it("frees the collateral of an expired policy, whoever asks", () => {
    activePolicy({ duration: 144n });
    const release = () => call("liquidity-pool", "release-expired", [1], stranger);
    expectErr(call("liquidity-pool", "release-expired", [99], stranger), errNotFound);
    mineBitcoinBlocks(140);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    mineBitcoinBlocks(3);
    expectErr(release(), errInvalidInput);
    mineBitcoinBlocks(36);
    expectErr(release(), errInvalidInput);
    mineBitcoinBlocks(1);
    const released = release();
    expectOk(released, true);
    expectEvent(released, "liquidity-pool", "collateral-released", { "policy-id": 1 });
    expectValue(positionOf(), position(collateral));
    expect(utilization(tier)).toBe("u0");
    pause("action-settle");
    expectErr(release(), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-settle"]));
    expectErr(release(), errNotFound);
    expect(field(read("policy-registry", "get-policy", [1]), "status")).toBe('"expired"');
    refreshPrices(45_000_000_000n, stxPrice, tokenPrice);
    expectErr(settle(1), errInvalidInput);
  });
});

describe("check-position", () => {
  const check = (who: string = stranger, through = engine, of: string = provider) =>
    call("liquidity-pool", "check-position", [through, of], who);

  it("hands a position under water to the registered engine", () => {
    activePolicy();
    expectErr(check(), errInvalidInput);
    setPrice(tokenSymbol, 650_000n);
    const other = deployHostile("hostile-engine");
    const before = stxBalance(stranger);
    expectErr(check(stranger, other), errUnauthorized);
    expect(stxBalance(stranger)).toBe(before);
    expectErr(check(provider), errUnauthorized);
    pause("action-liquidate");
    expectErr(check(), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-liquidate"]));
    const checked = check();
    expectOk(checked, 1);
    expect(field(read("liquidation-engine", "get-liquidation", [1]), "liquidator")).toBe(stranger);
    expect(stxBalance(stranger)).toBeLessThan(before);
  });
});

describe("what other contracts of the protocol ask for", () => {
  const terms = [provider, token, tier];
  const direct: [string, Parameters<typeof call>[2]][] = [
    ["lock-collateral", [1, ...terms, 1_000_000n, 0]],
    ["underwrite-p2p", [buyer, ...terms, example.protectedAmount, btcPrice, 1_000_000n, 4_320]],
    ["settle-claim", [1, stranger, 1_000_000n, token]],
    ["seize-collateral", [...terms, 1, 1, 1, stranger]],
  ];

  it("is refused to anybody else", () => {
    activePolicy();
    for (const [fn, args] of direct) {
      for (const who of [admin, provider, buyer]) expectErr(call("liquidity-pool", fn, args, who), errUnauthorized);
    }
    for (const [breaker, fn] of [
      ["action-purchase", "lock-collateral"],
      ["action-p2p", "underwrite-p2p"],
      ["action-settle", "settle-claim"],
      ["action-liquidate", "seize-collateral"],
    ]) {
      pause(breaker);
      expectErr(call("liquidity-pool", fn, direct.find(([name]) => name === fn)?.[1]), errContractPaused);
    }
  });

  describe("as the registry", () => {
    const lock = (id: number, changes: { token?: string; tier?: string; obligation?: bigint; provider?: string } = {}) =>
      call("role-holder", "lock", [
        id,
        changes.provider ?? provider,
        changes.token ?? token,
        changes.tier ?? tier,
        changes.obligation ?? 1_000_000_000n,
        7n,
      ]);
    const claim = (id: number, payout: bigint, of = token) => call("role-holder", "claim", [id, stranger, payout, of]);

    beforeEach(() => {
      replaceContract("policy-registry", deployHostile("role-holder"));
      provide();
    });

    it("locks collateral for a policy, once", () => {
      expectErr(lock(1, { token: contractId("treasury") }), errNotFound);
      expectErr(lock(1, { tier: "unheard-of" }), errNotFound);
      expectErr(lock(1, { provider: stranger }), errInsufficientFunds);
      const locked = lock(1);
      expectOk(locked, true);
      expectEvent(locked, "liquidity-pool", "collateral-locked", {
        "policy-id": 1,
        provider,
        amount: 1_200_000_001n,
        obligation: 1_000_000_000n,
      });
      expectValue(
        read("liquidity-pool", "get-policy-lock", [1]),
        Cl.some(
          Cl.tuple({
            provider: Cl.principal(provider),
            "token-contract": Cl.principal(token),
            "risk-tier": Cl.stringAscii(tier),
            amount: Cl.uint(1_200_000_001n),
            obligation: Cl.uint(1_000_000_000n),
            "overflow-tier": Cl.none(),
            "overflow-amount": Cl.uint(0),
            registry: Cl.principal(contractId("role-holder")),
          }),
        ),
      );
      expectValue(read("liquidity-pool", "get-premium-balance", [provider]), 7);
      expectErr(lock(1), errInvalidInput);
      expectErr(lock(2, { obligation: 9_000_000_000n }), errInsufficientFunds);
      expectOk(lock(2));
      expectValue(positionOf(), position(collateral, 2_400_000_002n, 2_000_000_000n, 2n));
      expectOk(call("liquidity-pool", "deactivate-collateral-token", [token]));
      expectErr(lock(3), errInvalidInput);
      mineBitcoinBlocks(145);
      expectErr(lock(3), errContractPaused);
    });

    it("locks nothing in a position that would not be healthy", () => {
      expectOk(lock(1, { obligation: 8_000_000_000n }));
      setPrice(tokenSymbol, 850_000n);
      expectOk(call("liquidation-engine", "liquidate-position", [provider, "partial"], stranger));
      expectErr(lock(2, { obligation: 1n }), errInsufficientFunds);
      expectOk(mint(provider, collateral));
      expectOk(deposit(collateral));
      expectOk(lock(2, { obligation: 1n }));
    });

    it("settles a claim out of its lock and what is free, and leaves other locks alone", () => {
      expectErr(claim(1, 1n), errNotFound);
      expectOk(lock(1, { obligation: 4_000_000_000n }));
      expectOk(lock(2, { obligation: 4_000_000_000n }));
      expectErr(claim(1, 1n, deployHostile("hostile-token")), errInvalidInput);
      // Half of the value is gone: 4 800 tokens are locked for each, 400 are free.
      setPrice(tokenSymbol, 500_000n);
      const settled = claim(1, 4_000_000_000n);
      expectOk(settled, 4_000_000_000n - 5_199_999_999n / 2n);
      expectEvent(settled, "liquidity-pool", "claim-settled", { "policy-id": 1, recipient: stranger, paid: 5_199_999_999n, "paid-stx": 0 });
      expect(tokenBalance(stranger)).toBe(5_199_999_999n);
      expectValue(positionOf(), position(4_800_000_001n, 4_800_000_001n, 4_000_000_000n, 1n));
      expectErr(claim(1, 1n), errNotFound);
      const rest = claim(2, 1_000_000_000n);
      expectOk(rest, 0);
      expectValue(positionOf(), position(2_800_000_001n));
      expect(utilization(tier)).toBe("u0");
    });

    it("closes a lock without paying when nothing is owed", () => {
      expectOk(lock(1));
      const settled = claim(1, 0n);
      expectOk(settled, 0);
      expectEvent(settled, "liquidity-pool", "claim-settled", { "policy-id": 1, recipient: stranger, paid: 0, "paid-stx": 0 });
      expectValue(positionOf(), position(collateral));
    });

    it("needs the token's price, and keeps what a token refuses", () => {
      expectOk(lock(1));
      mineBitcoinBlocks(145);
      expectErr(claim(1, 1n), errContractPaused);
      const bad = deployHostile("hostile-token");
      refreshPrices(btcPrice, stxPrice, tokenPrice);
      setPrice("BAD", tokenPrice);
      expectOk(call("liquidity-pool", "add-collateral-token", [bad, "BAD", collateralRatio, oracle]));
      expectOk(call("liquidity-pool", "activate-collateral-token", [bad, liquidationThreshold]));
      expectOk(call("hostile-token", "mint", [collateral, provider]));
      expectOk(deposit(collateral, tier, provider, bad));
      for (let id = 2; id < 8; id++) expectOk(lock(id, { token: bad }));
      simnet.transferSTX(5_000n, pool, stranger);
      const held = () => [stxBalance(pool), tokenBalance(pool), tokenBalance(pool, "hostile-token")];
      const before = held();
      for (const [at, mode] of ["refuse", "steal-stx", "steal-token", "take-more", "stake"].entries()) {
        expectOk(call("hostile-token", "set-mode", [mode]));
        const kept = claim(3 + at, 5n, bad);
        expectOk(kept, 0);
        expectEvent(kept, "liquidity-pool", "claim-kept", { "policy-id": 3 + at, recipient: stranger, amount: 5 });
        expect(held(), mode).toEqual(before);
      }
      // A token may call back into another function of the pool, and finds nothing there for it.
      expectOk(call("hostile-token", "set-mode", ["withdraw"]));
      expectOk(claim(2, 5n, bad), 0);
    });

    it("is paid out of what a liquidation has brought in when that took the lock", () => {
      expectOk(lock(1, { obligation: 8_000_000_000n }));
      setPrice(tokenSymbol, 700_000n);
      expectOk(call("liquidation-engine", "liquidate-position", [provider, "full"], stranger));
      expect(field(positionOf(), "amount")).toBe("u0");
      expectErr(withdraw(1n), errInsufficientFunds);
      // What was paid for the collateral is there in its place: 6 650 USD of it.
      const before = stxBalance(stranger);
      expectOk(claim(1, 1_000_000_000n), 0);
      expect(stxBalance(stranger) - before).toBe(1_000_000_000n);
      expectValue(read("liquidity-pool", "get-premium-balance", [provider]), 7n + 5_650_000_000n);
      expectValue(read("liquidity-pool", "get-provider-positions", [provider]), Cl.list([]));
      expectValue(positionOf(), position(0n));
    });
  });

  describe("as the marketplace", () => {
    const underwrite = (premium = 100_000_000n, who: string = buyer, of: string = provider) =>
      call("role-holder", "underwrite", [who, of, token, tier, example.protectedAmount, btcPrice, premium, 4_320n], who);

    it("registers a policy, takes the premium and locks", () => {
      replaceContract("p2p-marketplace", deployHostile("role-holder"));
      expectErr(underwrite(), errInsufficientFunds);
      provide();
      expectErr(underwrite(0n), errInvalidInput);
      expectErr(underwrite(100_000_000n, provider), errInvalidInput);
      // Less than the fee of what is protected.
      expectErr(underwrite(exampleFee - 1n), errInvalidInput);
      const before = [stxBalance(buyer), stxBalance(pool)];
      expectOk(underwrite(), 1);
      expect([stxBalance(buyer), stxBalance(pool)]).toEqual([before[0] - 100_000_000n, before[1] + 100_000_000n - exampleFee]);
      expectValue(positionOf(), position(collateral, exampleLock, exampleValue, 1n));
      expectOk(call("governance", "stake", [stxBalance(stranger) - 1_000_000n], stranger));
      provide(collateral, tier, otherProvider);
      expectErr(underwrite(100_000_000n, stranger, otherProvider), errInsufficientFunds);
      pause("action-purchase");
      expectErr(underwrite(), errContractPaused);
      expectErr(call("role-holder", "underwrite", [buyer, provider, contractId("treasury"), tier, 1, 1, 1, 1], buyer), errContractPaused);
    });

    it("passes on an unknown token, tier or price", () => {
      replaceContract("p2p-marketplace", deployHostile("role-holder"));
      provide();
      const odd = (of: string, riskTier: string) =>
        call("role-holder", "underwrite", [buyer, provider, of, riskTier, example.protectedAmount, btcPrice, 100_000_000n, 4_320n], buyer);
      expectErr(odd(contractId("treasury"), tier), errNotFound);
      expectErr(odd(token, "unheard-of"), errNotFound);
      mineBitcoinBlocks(145);
      expectErr(odd(token, tier), errContractPaused);
    });
  });

  describe("as the engine", () => {
    const seize = (amount: bigint, discharged = 0n, to: string = stranger, from: string = provider) =>
      call("role-holder", "seize", [from, token, tier, amount, discharged, 3n, to]);

    it("moves collateral to the liquidator without moving a token", () => {
      activePolicy();
      replaceContract("liquidation-engine", deployHostile("role-holder"));
      expectErr(seize(0n), errInvalidInput);
      expectErr(seize(1n, 0n, provider), errInvalidInput);
      expectErr(seize(1n, 0n, stranger, otherProvider), errNotFound);
      expectErr(seize(1n), errInvalidInput);
      setPrice(tokenSymbol, 650_000n);
      expectErr(seize(0n), errInvalidInput);
      expectErr(seize(collateral + 1n), errInsufficientFunds);
      const seized = seize(4_000_000_000n, 2_000_000_000n);
      expectOk(seized, 6_000_000_000n);
      expectEvent(seized, "liquidity-pool", "collateral-seized", {
        provider,
        token,
        "risk-tier": Cl.stringAscii(tier),
        amount: 4_000_000_000n,
        liquidator: stranger,
      });
      expectValue(positionOf(), position(6_000_000_000n, 6_000_000_000n, 4_000_000_000n, 1n, true, 3n, 2_000_000_000n));
      expectValue(positionOf(stranger), position(4_000_000_000n));
      expectValue(read("liquidity-pool", "get-token-total", [token]), collateral);
      expect(tokenBalance(pool)).toBe(collateral);
      expectOk(withdraw(4_000_000_000n, tier, stranger));
      // What is owed cannot become less than nothing.
      setPrice(tokenSymbol, 600_000n);
      expectOk(seize(1n, 10_000_000_000n));
      expectValue(positionOf(), position(5_999_999_999n, 5_999_999_999n, 0n, 1n, true, 6n, 6_000_000_000n));
    });
  });
});
