import { beforeEach, describe, expect, it } from "vitest";
import {
  Cl,
  address,
  admin,
  bitcoinHeight,
  call,
  contractId,
  errContractPaused,
  errInvalidInput,
  errNotFound,
  errUnauthorized,
  expectErr,
  expectEvent,
  expectOk,
  expectValue,
  field,
  freshChain,
  mineBitcoinBlocks,
  read,
  seededRandom,
  stranger,
} from "./helpers";
import { callThrough, deployRelay, expectAdminOnly, expectPausedBy } from "./relay";

const feeder = address.wallet_8;
const highest = 10n ** 18n;
const set = (symbol: string, price: number | bigint) => call("oracle", "set-price", [symbol, price]);
const update = (symbol: string, price: number | bigint, sender = feeder) =>
  call("oracle", "update-price", [symbol, price], sender);
const expectPrice = (symbol: string, price: number | bigint) => expectOk(read("oracle", "get-price", [symbol]), price);

describe("oracle", () => {
  beforeEach(async () => {
    await freshChain();
    expectOk(call("upgrade-manager", "register-contract", ["oracle", contractId("oracle"), "1.0.0"]));
    expectOk(call("oracle", "add-feeder", [feeder]));
    expectOk(set("BTC", 1_000_000));
  });

  it("lists a symbol by its first price", () => {
    expectErr(read("oracle", "get-price", ["STX"]), errNotFound);
    expectValue(read("oracle", "get-price-info", ["STX"]), null);
    expectErr(update("STX", 5), errNotFound);
    const listed = set("STX", 5);
    expectOk(listed, true);
    expectEvent(listed, "oracle", "price-updated", { symbol: "STX", price: 5 });
    expectPrice("STX", 5);
    expectValue(
      read("oracle", "get-price-info", ["STX"]),
      Cl.some(
        Cl.tuple({ price: Cl.uint(5), "last-updated": Cl.uint(bitcoinHeight()), updater: Cl.principal(admin) }),
      ),
    );
  });

  it("refuses prices of zero and symbols without a name", () => {
    expectErr(set("", 5), errInvalidInput);
    expectErr(set("BTC", 0), errInvalidInput);
    expectErr(update("BTC", 0), errInvalidInput);
    expectErr(update("BTC", highest + 1n), errInvalidInput);
    expectErr(set("BTC", highest + 1n), errInvalidInput);
    expectErr(set("STX", highest + 1n), errInvalidInput);
    expectOk(set("STX", highest));
  });

  it("takes reports of feeders", () => {
    mineBitcoinBlocks(2);
    const updated = update("BTC", 1_100_000);
    expectOk(updated, true);
    expectEvent(updated, "oracle", "price-updated", { symbol: "BTC", price: 1_100_000 });
    expectPrice("BTC", 1_100_000);
    const info = read("oracle", "get-price-info", ["BTC"]);
    expect([field(info, "last-updated"), field(info, "updater")]).toEqual([`u${bitcoinHeight()}`, feeder]);
  });

  it("takes reports of nobody else", () => {
    deployRelay("phisher", ["oracle"]);
    expectErr(update("BTC", 1_000_001, stranger), errUnauthorized);
    expectErr(update("BTC", 1_000_001, admin), errUnauthorized);
    expectErr(callThrough("phisher", "oracle", "update-price", ["BTC", 1_000_001], feeder), errUnauthorized);
    const removed = call("oracle", "remove-feeder", [feeder]);
    expectOk(removed, true);
    expectEvent(removed, "oracle", "feeder-removed", { feeder });
    expectValue(read("oracle", "is-feeder", [feeder]), false);
    expectErr(update("BTC", 1_000_001), errUnauthorized);
  });

  it("has a feeder count at once, and leave nothing behind, as long as there is no price", async () => {
    await freshChain();
    expectOk(call("upgrade-manager", "register-contract", ["oracle", contractId("oracle"), "1.0.0"]));
    for (const added of [feeder, stranger, address.wallet_5]) expectOk(call("oracle", "add-feeder", [added]));
    for (const removed of [feeder, stranger]) expectOk(call("oracle", "remove-feeder", [removed]));
    expectOk(set("BTC", 1_000_000));
    expectOk(update("BTC", 1_000_001, address.wallet_5), true);
  });

  it("adds a feeder once, and removes one that there is", () => {
    const added = call("oracle", "add-feeder", [stranger]);
    expectOk(added, true);
    expectEvent(added, "oracle", "feeder-added", { feeder: stranger });
    expectValue(read("oracle", "is-feeder", [stranger]), true);
    // Its reports count after a day, since there are prices already.
    expectErr(update("BTC", 1_000_001, stranger), errUnauthorized);
    mineBitcoinBlocks(143);
    expectErr(update("BTC", 1_000_001, stranger), errUnauthorized);
    mineBitcoinBlocks(1);
    expectOk(update("BTC", 1_000_001, stranger));
    expectErr(call("oracle", "add-feeder", [stranger]), errInvalidInput);
    expectErr(call("oracle", "remove-feeder", [address.wallet_5]), errNotFound);
  });

  it.each([
    ["a rise to just below the threshold", 1_499_999, true],
    ["a rise by half", 1_500_000, false],
    ["a fall to just above the threshold", 500_001, true],
    ["a fall by half", 500_000, false],
    ["a rise to the highest price", highest, false],
  ])("judges %s", (_, price, accepted) => {
    const outcome = update("BTC", price);
    expectOk(outcome, accepted);
    if (accepted) {
      expectPrice("BTC", price);
    } else {
      expectEvent(outcome, "oracle", "price-rejected", { symbol: "BTC", price, previous: 1_000_000 });
      expectEvent(outcome, "parameter-contract", "breaker-activated", { "breaker-id": "oracle-deviation", "until-height": 0 });
      expect(field(read("oracle", "get-price-info", ["BTC"]), "price")).toBe("u1000000");
    }
  });

  it("stops all prices after a jump, until the admin has looked at it", () => {
    expectOk(set("STX", 7));
    expectOk(update("BTC", 3_000_000), false);
    expectErr(read("oracle", "get-price", ["BTC"]), errContractPaused);
    expectErr(read("oracle", "get-price", ["STX"]), errContractPaused);
    expectErr(read("oracle", "get-price", ["no-symbol"]), errNotFound);
    expectOk(call("oracle", "accept-price", ["BTC"]), true);
    expectPrice("BTC", 3_000_000);
    expectPrice("STX", 7);
  });

  it("does not judge a price without the breaker's threshold", () => {
    expectOk(call("parameter-contract", "configure-circuit-breaker", ["oracle-deviation", 0, "Off"]));
    expectOk(update("BTC", 90_000_000), true);
    expectPrice("BTC", 90_000_000);
  });

  it("gives out a price until it is too old", () => {
    const updated = bitcoinHeight();
    mineBitcoinBlocks(144);
    expect(bitcoinHeight()).toBe(updated + 144);
    expectPrice("BTC", 1_000_000);
    mineBitcoinBlocks(1);
    expectErr(read("oracle", "get-price", ["BTC"]), errContractPaused);
    expect(field(read("oracle", "get-price-info", ["BTC"]), "price")).toBe("u1000000");
    expectOk(call("parameter-contract", "set-parameter", ["oracle-max-age", 145]));
    expectPrice("BTC", 1_000_000);
  });

  it("needs to be registered to trip the breaker", async () => {
    await freshChain();
    expectOk(call("oracle", "add-feeder", [feeder]));
    expectOk(set("BTC", 5));
    expectErr(update("BTC", 5), errUnauthorized);
  });

  it("is administered by the admin alone", () => {
    deployRelay("phisher", ["oracle"]);
    expectAdminOnly("oracle", "add-feeder", [stranger]);
    expectAdminOnly("oracle", "remove-feeder", [feeder]);
    expectAdminOnly("oracle", "set-price", ["BTC", 1]);
    expectErr(call("oracle", "accept-price", ["BTC"], stranger), errUnauthorized);
    expectErr(call("oracle", "apply-price", ["BTC"], stranger), errUnauthorized);
  });

  it("is stopped by its breaker, but for the admin's own prices", () => {
    expectPausedBy("action-oracle", "oracle", "update-price", ["BTC", 1_000_001]);
    expectOk(call("parameter-contract", "activate-circuit-breaker", ["action-all"]));
    expectOk(set("BTC", 2), true);
    expectOk(set("STX", 2), true);
    expectOk(call("oracle", "add-feeder", [stranger]), true);
    expectOk(call("oracle", "remove-feeder", [stranger]), true);
  });

  it("never moves by the threshold or more, whatever feeders report", () => {
    const random = seededRandom(13);
    let price = 1_000_000;
    let rejected = 0;
    for (let step = 0; step < 200; step++) {
      // A window and the one before it are over, so that only the last price counts.
      mineBitcoinBlocks(288);
      const report = 1 + random(price * 2);
      const outcome = update("BTC", report);
      const deviation = Math.floor((Math.abs(report - price) * 1_000_000) / price);
      expectOk(outcome, deviation < 500_000);
      if (deviation < 500_000) {
        price = report;
      } else {
        rejected++;
        expectErr(read("oracle", "get-price", ["BTC"]), errContractPaused);
        expectOk(call("oracle", "accept-price", ["BTC"]));
        price = report;
      }
      if (price < 1_000) {
        price = 1_000_000;
        mineBitcoinBlocks(1);
        expectOk(update("BTC", price), false);
        expectOk(call("oracle", "accept-price", ["BTC"]));
      }
      expectPrice("BTC", price);
    }
    expect(rejected).toBeGreaterThan(20);
  });
});
