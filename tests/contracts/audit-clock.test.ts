// Time in which nobody can settle a policy does not count against its owner, and anybody may settle for
// an owner who sleeps.

import { beforeEach, describe, expect, it } from "vitest";
import {
  bitcoinHeight,
  btcPrice,
  buyer,
  call,
  Cl,
  errContractPaused,
  errInvalidInput,
  errUnauthorized,
  expectErr,
  expectOk,
  feeder,
  fields,
  freshProtocol,
  guardians,
  haltProcedure,
  mineBitcoinBlocks,
  provider,
  read,
  setPrice,
  stranger,
  stxPrice,
  tokenBalance,
  tokenPrice,
  tokenSymbol,
  toNumber,
} from "./helpers";
import { collateral, keepFresh, listToken, pause, provide, purchase, refreshPrices, settle, withdraw } from "./scenario";

const grace = 36;
const release = (who: string = provider) => call("liquidity-pool", "release-expired", [1], who);
const deadline = () => read("policy-registry", "get-settlement-deadline", [1]);
const approve = (guardian: string) => call("emergency-response", "activate-emergency-procedure", [haltProcedure], guardian);
let expiration = 0;
const mineTo = (height: number) => mineBitcoinBlocks(height - bitcoinHeight());

/** Nobody can settle for so many blocks, because of a stop, of guardians, or of prices that are too old. */
function stop(breaker: string, blocks: number): void {
  pause(breaker);
  mineBitcoinBlocks(blocks);
  expectOk(call("parameter-contract", "deactivate-circuit-breaker", [breaker]));
}

function emergency(blocks: number): void {
  const id = `look-${bitcoinHeight()}`;
  const steps = Cl.list([Cl.stringAscii("action-p2p")]);
  expectOk(call("emergency-response", "create-emergency-procedure", [id, "Look", 1, blocks, steps]));
  expectOk(call("emergency-response", "activate-emergency-procedure", [id], guardians[0]), true);
  mineBitcoinBlocks(blocks);
}

/** The price of the collateral gets too old for a few blocks, however old it is now. */
function oldPrices(blocks: number): void {
  const updated = toNumber(fields(read("oracle", "get-price-info", [tokenSymbol]))["last-updated"]);
  const age = bitcoinHeight() - Number(updated);
  expectOk(call("parameter-contract", "set-parameter", ["oracle-max-age", BigInt(Math.max(age, 3))]));
  mineBitcoinBlocks(Math.max(age, 3) - age + blocks);
  keepFresh();
  expectOk(call("parameter-contract", "set-parameter", ["oracle-max-age", 1_008n]));
}

beforeEach(async () => {
  await freshProtocol();
  provide();
  expectOk(purchase({ duration: 144n }));
  expiration = bitcoinHeight() + 144;
});

describe("the deadline of a policy", () => {
  it("is a grace period after its expiration", () => {
    expectOk(deadline(), expiration + grace);
    mineTo(expiration - 1);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    mineTo(expiration + grace);
    expectErr(release(), errInvalidInput);
    mineBitcoinBlocks(1);
    expectOk(release());
  });

  it("is the one that was paid for, whatever becomes of the parameter", () => {
    for (const later of [6n, 144n]) {
      expectOk(call("parameter-contract", "set-parameter", ["settlement-grace", later]));
      expectOk(deadline(), expiration + grace);
    }
  });

  it("moves with a crash that trips the price breaker: the owner settles, and nobody releases before", () => {
    mineTo(expiration - 4);
    expectOk(call("oracle", "update-price", ["BTC", 27_000_000_000n], feeder), false);
    expectErr(settle(1), errContractPaused);
    mineTo(expiration + grace + 10);
    expectErr(release(), errContractPaused);
    setPrice("BTC", 27_000_000_000n);
    refreshPrices(27_000_000_000n, stxPrice, tokenPrice);
    expectErr(release(), errInvalidInput);
    expectOk(settle(1));
    expect(tokenBalance(buyer)).toBe(3_300_000_000n);
    expectErr(release(), 404);
  });

  it("moves with a halt by guardians, who may be providers", () => {
    mineBitcoinBlocks(10);
    setPrice("BTC", 40_000_000_000n);
    expectOk(approve(guardians[0]), false);
    expectOk(approve(guardians[1]), true);
    const end = bitcoinHeight() + 144;
    expectErr(settle(1), errContractPaused);
    mineTo(end);
    refreshPrices(40_000_000_000n, stxPrice, tokenPrice);
    expectErr(release(), errInvalidInput);
    expectOk(settle(1));
    expect(tokenBalance(buyer)).toBe(2_000_000_000n);
  });

  it("moves with the price of the collateral alone", () => {
    mineTo(expiration);
    setPrice("BTC", 40_000_000_000n);
    setPrice("STX", stxPrice);
    mineBitcoinBlocks(5);
    expectErr(settle(1), errContractPaused);
    mineTo(expiration + grace + 1);
    expectErr(release(stranger), errContractPaused);
    setPrice(tokenSymbol, tokenPrice);
    expectErr(release(stranger), errInvalidInput);
    const end = bitcoinHeight();
    expectOk(deadline(), end + grace);
    mineTo(end + grace);
    expectOk(settle(1));
  });

  it("moves with a stop of the fund, which may be needed", () => {
    mineTo(expiration);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    pause("action-insurance");
    mineTo(expiration + 30);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-insurance"]));
    expectOk(deadline(), expiration + 30 + grace);
  });

  it("moves with a stop of prices that are not too old", () => {
    mineTo(expiration);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    const jump = () => call("oracle", "update-price", ["BTC", 27_000_000_000n], feeder);
    mineBitcoinBlocks(1);
    expectOk(jump(), false);
    mineTo(expiration + 30);
    expectOk(jump(), false);
    expectOk(call("oracle", "accept-price", ["BTC"]), true);
    expectOk(deadline(), expiration + 30 + grace);
  });

  it("moves with an emergency, in which the fund does not pay", () => {
    mineTo(expiration);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    expectOk(
      call("emergency-response", "create-emergency-procedure", ["look", "Look", 1, 20, Cl.list([Cl.stringAscii("action-p2p")])]),
    );
    expectOk(call("emergency-response", "activate-emergency-procedure", ["look"], guardians[0]), true);
    const end = bitcoinHeight() + 20;
    mineTo(end + 1);
    expectOk(deadline(), end + grace);
  });

  it("moves on with an outage that begins within what another one has added", () => {
    mineTo(expiration);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    pause("action-settle");
    mineTo(expiration + 30);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-settle"]));
    mineTo(expiration + 50);
    pause("action-insurance");
    mineTo(expiration + 60);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-insurance"]));
    expectOk(deadline(), expiration + 60 + grace);
  });

  it("moves on with outages of all kinds, one after the other, in whatever order they come", () => {
    mineTo(expiration);
    refreshPrices(45_000_000_000n, stxPrice, tokenPrice);
    emergency(60);
    const ended = bitcoinHeight();
    for (const [breaker, from] of [["action-insurance", 20], ["action-settle", 80]] as const) {
      mineTo(ended + from);
      keepFresh();
      pause(breaker);
      mineTo(ended + from + 40);
      expectOk(call("parameter-contract", "deactivate-circuit-breaker", [breaker]));
    }
    expectOk(deadline(), ended + 120 + grace);
    keepFresh();
    expectErr(release(), errInvalidInput);
    expectOk(settle(1));
  });

  // The owner has had a few blocks in between, and not a whole grace period.
  it.each<[string, () => void]>([
    ["a stop", () => stop("action-settle", 5)],
    ["an emergency", () => emergency(5)],
    ["a price that is too old", () => oldPrices(5)],
  ])("does not fall back when %s comes again", (_, again) => {
    mineTo(expiration);
    refreshPrices(45_000_000_000n, stxPrice, tokenPrice);
    again();
    expectOk(deadline(), bitcoinHeight() + grace);
    mineBitcoinBlocks(grace - 1);
    stop("action-insurance", 150);
    expectOk(deadline(), bitcoinHeight() + grace);
    again();
    const ended = bitcoinHeight();
    expectOk(deadline(), ended + grace);
    keepFresh();
    expectErr(release(), errInvalidInput);
    expectOk(settle(1));
  });

  it("moves with an outage that begins in the last block in which the owner could have settled", () => {
    mineTo(expiration);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    mineTo(expiration + grace);
    pause("action-settle");
    mineBitcoinBlocks(5);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-settle"]));
    expectOk(deadline(), expiration + grace + 5 + grace);
  });

  it("does not come back once it has passed", () => {
    mineTo(expiration);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    mineTo(expiration + grace + 1);
    pause("action-settle");
    mineBitcoinBlocks(10);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", ["action-settle"]));
    expectOk(deadline(), expiration + grace);
    setPrice("BTC", 40_000_000_000n);
    expectErr(settle(1), errInvalidInput);
    expectOk(release());
  });

  it("does not come back with the price of a token that has nothing to do with it", () => {
    listToken("forgotten", "OLD");
    mineTo(expiration + grace + 1);
    refreshPrices(btcPrice, stxPrice, tokenPrice);
    mineBitcoinBlocks(grace + 1);
    const before = toNumber(deadline());
    expect(before).toBeLessThan(BigInt(bitcoinHeight()));
    setPrice("BTC", 45_000_000_000n);
    setPrice("OLD", tokenPrice);
    expectOk(deadline(), before);
    expectErr(settle(1), errInvalidInput);
    expectOk(release());
  });

  it("waits for prices without which nobody could have settled", () => {
    mineTo(expiration + grace + 1);
    expectErr(release(), errContractPaused);
    setPrice(tokenSymbol, tokenPrice);
    expectErr(release(), errContractPaused);
    setPrice("BTC", btcPrice);
    expectErr(release(), errContractPaused);
    setPrice("STX", stxPrice);
    // All were too old from the expiration on.
    expectErr(release(), errInvalidInput);
    mineBitcoinBlocks(grace + 1);
    expectOk(release());
    expectOk(withdraw(collateral));
  });
});

describe("a keeper", () => {
  it("settles for the owner after the expiration, to the owner, and not before", () => {
    mineTo(expiration - 1);
    refreshPrices(45_000_000_000n, stxPrice, tokenPrice);
    mineTo(expiration);
    expectErr(settle(1, stranger), errUnauthorized);
    mineBitcoinBlocks(1);
    expectErr(release(), errInvalidInput);
    expectOk(settle(1, stranger));
    expect([tokenBalance(buyer), tokenBalance(stranger)]).toEqual([1_500_000_000n, 0n]);
  });
});
