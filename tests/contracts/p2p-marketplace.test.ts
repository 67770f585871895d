import { beforeEach, describe, expect, it } from "vitest";
import {
  admin,
  bitcoinHeight,
  btcPrice,
  buyer,
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
  guardians,
  mineBitcoinBlocks,
  otherProvider,
  provider,
  read,
  stranger,
  stxBalance,
} from "./helpers";
import {
  collateral,
  deployHostile,
  exampleLock,
  exampleValue,
  limit,
  pause,
  pool,
  position,
  positionOf,
  keepFresh,
  provide,
  replaceContract,
  setPrice,
  tier,
  token,
} from "./scenario";

const terms = {
  token,
  tier,
  protectedAmount: 10_000_000n,
  strikePrice: btcPrice,
  premium: 50_000_000n,
  duration: 1_000n,
  validFor: 20n,
};

const offer = (changes: Partial<typeof terms> = {}, who: string = provider) => {
  const given = { ...terms, ...changes };
  return call(
    "p2p-marketplace",
    "create-offer",
    [
      given.token,
      Cl.stringAscii(given.tier),
      given.protectedAmount,
      given.strikePrice,
      given.premium,
      given.duration,
      given.validFor,
    ],
    who,
  );
};
const accept = (id: number, who: string = buyer) => call("p2p-marketplace", "accept-offer", [id], who);
const cancel = (id: number, who: string = provider) => call("p2p-marketplace", "cancel-offer", [id], who);
const status = (id: number): string => field(read("p2p-marketplace", "get-offer", [id]), "status");

function emergency(): void {
  expectOk(
    call("emergency-response", "create-emergency-procedure", [
      "partial",
      "Stops the oracle",
      1,
      100,
      Cl.list([Cl.stringAscii("action-oracle")]),
    ]),
  );
  expectOk(call("emergency-response", "activate-emergency-procedure", ["partial"], guardians[0]), true);
}

beforeEach(async () => {
  await freshProtocol();
  provide();
});

describe("making an offer", () => {
  it("stores it and reserves nothing", () => {
    const made = offer();
    expectOk(made, 1);
    expectEvent(made, "p2p-marketplace", "offer-created", { "offer-id": 1, provider, premium: terms.premium });
    expectValue(
      read("p2p-marketplace", "get-offer", [1]),
      Cl.some(
        Cl.tuple({
          provider: Cl.principal(provider),
          "collateral-token": Cl.principal(token),
          "risk-tier": Cl.stringAscii(tier),
          "protected-amount": Cl.uint(terms.protectedAmount),
          "strike-price": Cl.uint(terms.strikePrice),
          premium: Cl.uint(terms.premium),
          duration: Cl.uint(terms.duration),
          "valid-until": Cl.uint(bitcoinHeight() + 20),
          status: Cl.stringAscii("open"),
          "policy-id": Cl.none(),
        }),
      ),
    );
    expectValue(positionOf(), position(collateral));
    expectOk(offer(), 2);
    expectValue(read("p2p-marketplace", "get-last-offer-id"), 2);
    expectValue(read("p2p-marketplace", "get-offer", [3]), null);
  });

  it("checks every number, the token and the tier", () => {
    for (const wrong of ["protectedAmount", "strikePrice", "premium", "duration", "validFor"]) {
      expectErr(offer({ [wrong]: 0n }), errInvalidInput);
    }
    expectErr(offer({ token: contractId("treasury") }), errNotFound);
    expectErr(offer({ tier: "unheard-of" }), errNotFound);
    expectErr(offer({ token: contractId("treasury"), premium: 0n }), errInvalidInput);
    for (const [name, highest] of [
      ["protectedAmount", 2_100_000_000_000_000n],
      ["strikePrice", 10n ** 18n],
      ["premium", 10n ** 15n],
      ["duration", 105_120n],
      ["validFor", 52_560n],
    ] as const) {
      expectErr(offer({ [name]: highest + 1n }), errInvalidInput);
      expectErr(offer({ [name]: 2n ** 128n - 1n }), errInvalidInput);
    }
    // Ten trillion USD are too much collateral, a micro-USD more is no offer, and neither aborts.
    const strikePrice = 10n ** 18n;
    expectErr(offer({ protectedAmount: 10n ** 9n, strikePrice }), errInsufficientFunds);
    expectErr(offer({ protectedAmount: 10n ** 9n + 1n, strikePrice }), errInvalidInput);
    expectErr(offer({ protectedAmount: 2_100_000_000_000_000n, strikePrice }), errInvalidInput);
  });

  it("needs collateral for the largest payout", () => {
    expectErr(offer({}, stranger), errInsufficientFunds);
    // 10 000 of free collateral stand for 1/6 BTC at most, before any ratio.
    expectErr(offer({ protectedAmount: 16_666_669n }), errInsufficientFunds);
    expectOk(offer({ protectedAmount: 16_666_666n }));
    mineBitcoinBlocks(145);
    expectErr(offer(), errContractPaused);
  });

  it("stops while paused or in an emergency, and is limited", () => {
    limit("p2p", 1n);
    expectOk(offer());
    expectErr(offer(), errRateLimited);
    emergency();
    expectErr(offer(), errContractPaused);
    mineBitcoinBlocks(100);
    pause("action-p2p");
    expectErr(offer(), errContractPaused);
  });
});

describe("cancelling an offer", () => {
  it("is up to its maker, while it is open", () => {
    expectOk(offer());
    expectErr(cancel(99), errNotFound);
    expectErr(cancel(1, buyer), errUnauthorized);
    expectErr(cancel(1, admin), errUnauthorized);
    // An emergency leaves the way out open; a breaker does not.
    emergency();
    pause("action-p2p");
    expectErr(cancel(1), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-p2p"]));
    const cancelled = cancel(1);
    expectOk(cancelled, true);
    expectEvent(cancelled, "p2p-marketplace", "offer-cancelled", { "offer-id": 1 });
    expect(status(1)).toBe('"cancelled"');
    expectErr(cancel(1), errInvalidInput);
    mineBitcoinBlocks(100);
    expectErr(accept(1), errInvalidInput);
  });
});

describe("accepting an offer", () => {
  it("makes it a policy: fee to the treasury, premium to the pool, collateral locked", () => {
    expectOk(offer());
    const before = [stxBalance(buyer), stxBalance(pool), stxBalance(contractId("treasury"))];
    // A tenth of what the pool would ask for the same protection, although the premium is lower.
    const fee = 22_683_686n;
    const accepted = accept(1);
    expectOk(accepted, 1);
    expectEvent(accepted, "p2p-marketplace", "offer-accepted", { "offer-id": 1, "policy-id": 1, buyer });
    expect(stxBalance(buyer)).toBe(before[0] - 50_000_000n);
    expect(stxBalance(pool)).toBe(before[1] + 50_000_000n - fee);
    expect(stxBalance(contractId("treasury"))).toBe(before[2] + fee);
    expectValue(positionOf(), position(collateral, exampleLock, exampleValue, 1n));
    const accepted1 = read("p2p-marketplace", "get-offer", [1]);
    expect([field(accepted1, "status"), field(accepted1, "policy-id")]).toEqual(['"filled"', "(some u1)"]);
    const policy = read("policy-registry", "get-policy", [1]);
    expect([field(policy, "owner"), field(policy, "provider"), field(policy, "premium")]).toEqual([
      buyer,
      provider,
      "u50000000",
    ]);
    expect(field(read("analytics", "get-metric-total", ["p2p-fills"]), "total")).toBe("u1");
    expectErr(accept(1), errInvalidInput);
    expectErr(cancel(1), errInvalidInput);
  });

  it("is possible until the offer ends", () => {
    expectOk(offer());
    expectOk(offer({ protectedAmount: 1_000_000n }));
    mineBitcoinBlocks(17);
    keepFresh();
    mineBitcoinBlocks(3);
    expectOk(accept(1));
    mineBitcoinBlocks(1);
    expectErr(accept(2), errInvalidInput);
    expectErr(accept(99), errNotFound);
  });

  it("is not for the maker", () => {
    expectOk(offer());
    expectErr(accept(1, provider), errInvalidInput);
    expect(status(1)).toBe('"open"');
  });

  it("checks the terms against the market of the moment", () => {
    expectOk(offer());
    expectOk(offer({ duration: 10n }));
    setPrice("BTC", btcPrice - 1n);
    expectErr(accept(1), errInvalidInput);
    setPrice("BTC", (3n * btcPrice) / 2n);
    expectOk(accept(1));
    expectErr(accept(2), errInvalidInput);
    mineBitcoinBlocks(145);
    setPrice("USD", 1_000_000n);
    expectOk(offer({ protectedAmount: 1_000_000n, validFor: 200n }));
    expectErr(accept(3), errContractPaused);
  });

  it("checks the collateral against the whole ratio", () => {
    expectOk(offer({ protectedAmount: 16_000_000n }));
    expectErr(accept(1), errInsufficientFunds);
    provide(2_000_000_000n);
    expectOk(accept(1));
  });

  it("takes no inactive token and no poor buyer", () => {
    expectOk(offer());
    expectOk(call("governance", "stake", [stxBalance(stranger) - 49_999_999n], stranger));
    expectErr(accept(1, stranger), errInsufficientFunds);
    expectOk(call("liquidity-pool", "deactivate-collateral-token", [token]));
    expectErr(accept(1), errInvalidInput);
  });

  it("stops while paused, in an emergency, or while purchases are", () => {
    expectOk(offer({ validFor: 1_000n }));
    emergency();
    expectErr(accept(1), errContractPaused);
    mineBitcoinBlocks(100);
    pause("action-purchase");
    expectErr(accept(1), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-purchase"]));
    pause("action-p2p");
    expectErr(accept(1), errContractPaused);
  });

  it("is limited, together with offers", () => {
    expectOk(offer());
    limit("p2p", 1n);
    expectOk(accept(1));
    provide(collateral, tier, otherProvider);
    expectOk(offer({}, otherProvider));
    expectErr(accept(2), errRateLimited);
    expectOk(accept(2, stranger));
  });

  it("has no rights once the marketplace is no longer registered", () => {
    expectOk(offer());
    replaceContract("p2p-marketplace", deployHostile("role-holder"));
    // A limited action asks the parameter contract first, which serves protocol contracts only.
    expectErr(accept(1), errUnauthorized);
    expectErr(offer(), errUnauthorized);
    expectOk(cancel(1));
  });
});
