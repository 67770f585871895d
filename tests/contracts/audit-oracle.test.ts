// No single feeder and no admin is the price.

import { beforeEach, describe, expect, it } from "vitest";
import {
  address,
  bitcoinHeight,
  btcPrice,
  call,
  Cl,
  contractId,
  cvToString,
  errContractPaused,
  errInvalidInput,
  errNotFound,
  errRateLimited,
  errUnauthorized,
  expectErr,
  expectEvent,
  expectOk,
  expectValue,
  feeder,
  field,
  freshProtocol,
  mineBitcoinBlocks,
  read,
  setPrice,
  stranger,
  tokenSymbol,
} from "./helpers";
import { callThrough, deployRelay } from "./relay";

const report = (price: bigint, who: string = feeder, symbol = "BTC") => call("oracle", "update-price", [symbol, price], who);
const price = (symbol = "BTC") => read("oracle", "get-price", [symbol]);
const second = address.wallet_7;
const third = address.wallet_6;

beforeEach(freshProtocol);

describe("one feeder", () => {
  it("reports a symbol once per Bitcoin block", () => {
    expectOk(report(btcPrice + 1n), true);
    expectErr(report(btcPrice + 2n), errRateLimited);
    expectOk(report(1_000_001n, feeder, "STX"), true);
    mineBitcoinBlocks(1);
    expectOk(report(btcPrice + 2n), true);
  });

  it("may be a contract, which reports in its own name, whoever signs", () => {
    deployRelay("station", ["oracle"]);
    expectOk(call("oracle", "add-feeder", [contractId("station")]));
    expectOk(call("oracle", "remove-feeder", [feeder]));
    mineBitcoinBlocks(144);
    expectErr(report(btcPrice + 1n, feeder), errUnauthorized);
    expectOk(callThrough("station", "oracle", "update-price", ["BTC", btcPrice + 1n], stranger), true);
    expect(field(read("oracle", "get-price-info", ["BTC"]), "updater")).toBe(contractId("station"));
  });

  it("cannot walk the price down in steps under the threshold", () => {
    expectOk(report((btcPrice * 501n) / 1_000n), true);
    mineBitcoinBlocks(1);
    expectOk(report((btcPrice * 499n) / 1_000n), false);
    expectErr(price(), errContractPaused);
  });

  it("cannot use the border of a window for it, either", () => {
    mineBitcoinBlocks(143);
    expectOk(report((btcPrice * 60n) / 100n), true);
    mineBitcoinBlocks(1);
    // The window is over, and the one before it still counts.
    expectOk(report((btcPrice * 40n) / 100n), false);
  });

  it("cannot make it jump up again within a window, either", () => {
    expectOk(report((btcPrice * 60n) / 100n), true);
    mineBitcoinBlocks(144);
    // Less than half above the window's first price, and less than half below that of the window before.
    expectOk(report((btcPrice * 84n) / 100n), true);
    mineBitcoinBlocks(1);
    expectOk(report((btcPrice * 95n) / 100n), false);
  });

  it("may follow a market that goes on falling", () => {
    let now = btcPrice;
    for (let step = 0; step < 3; step++) {
      now = (now * 55n) / 100n;
      expectOk(report(now), true);
      mineBitcoinBlocks(288);
    }
    expect(field(read("oracle", "get-price-info", ["BTC"]), "price")).toBe(`u${now}`);
  });
});

describe("several feeders", () => {
  beforeEach(() => {
    expectOk(call("oracle", "add-feeder", [second]));
    expectOk(call("oracle", "add-feeder", [third]));
    mineBitcoinBlocks(144);
  });

  it("make a price once most of them have reported: the median", () => {
    const alone = report(50_000_000_000n);
    expectOk(alone, false);
    expectEvent(alone, "oracle", "price-reported", { symbol: "BTC", feeder, price: 50_000_000_000n });
    expect(field(read("oracle", "get-price-info", ["BTC"]), "price")).toBe(`u${btcPrice}`);
    // Whoever has not reported yet counts for the last price.
    expectOk(report(59_000_000_000n, second), true);
    expectOk(price(), 59_000_000_000n);
    expectOk(report(58_000_000_000n, third), true);
    expectOk(price(), 58_000_000_000n);
  });

  it("are no less than half of them, whoever is late: one of three is not the price", () => {
    expectOk(report(btcPrice - 1n), false);
    expectOk(report(31_000_000_000n, third), true);
    expectOk(price(), btcPrice - 1n);
    expectOk(report(btcPrice - 2n, second), true);
    expectOk(price(), btcPrice - 2n);
    mineBitcoinBlocks(4);
    expectOk(report(89_000_000_000n, third), false);
    expectOk(report(btcPrice, second), true);
    expectOk(price(), btcPrice);
  });

  it("break a tie by the last price: one of two is not the price, and two are", () => {
    expectOk(call("oracle", "remove-feeder", [third]));
    expectOk(report(btcPrice), false);
    expectOk(report(31_000_000_000n, second), true);
    expectOk(price(), btcPrice);
    mineBitcoinBlocks(1);
    expectOk(report(50_000_000_000n), true);
    expectOk(report(49_000_000_000n, second), true);
    expectOk(price(), 50_000_000_000n);
    mineBitcoinBlocks(1);
    expectOk(report(51_000_000_000n), true);
    expectOk(report(52_000_000_000n, second), true);
    expectOk(price(), 51_000_000_000n);
  });

  it("are not fewer at once where the admin removes them: with one of their own they would be the price", () => {
    for (const removed of [feeder, second]) expectOk(call("oracle", "remove-feeder", [removed]));
    const gone = bitcoinHeight();
    expectOk(report(31_000_000_000n, third), false);
    expectErr(call("oracle", "accept-price", ["BTC"]), errInvalidInput);
    mineBitcoinBlocks(gone + 143 - bitcoinHeight());
    expectOk(report(31_000_000_000n, third), false);
    mineBitcoinBlocks(1);
    expectOk(report(btcPrice - 1n, third), true);
    expectOk(price(), btcPrice - 1n);
  });

  it("are still most where one of three is removed, or one that did not count yet", () => {
    expectOk(call("oracle", "add-feeder", [address.wallet_1]));
    for (const removed of [address.wallet_1, third]) expectOk(call("oracle", "remove-feeder", [removed]));
    expectOk(report(59_000_000_000n), false);
    expectOk(report(58_000_000_000n, second), true);
    expectOk(price(), 59_000_000_000n);
  });

  it("may all be exchanged, again and again", () => {
    const others = [address.wallet_1, address.wallet_2, address.wallet_3, address.wallet_4];
    for (const added of others) expectOk(call("oracle", "add-feeder", [added]));
    mineBitcoinBlocks(144);
    let seven = [feeder, second, third, ...others];
    for (let round = 0; round < 3; round++) {
      for (const removed of seven) expectOk(call("oracle", "remove-feeder", [removed]));
      for (const added of seven) expectOk(call("oracle", "add-feeder", [added]));
      mineBitcoinBlocks(144);
      seven = [...seven.slice(1), seven[0]];
    }
    for (const who of seven.slice(0, 3)) expectOk(report(59_000_000_000n, who), false);
    expectOk(report(59_000_000_000n, seven[3]), true);
  });

  it("are confirmed by the admin where they have jumped, and one of three is not", () => {
    expectOk(report(btcPrice), false);
    expectOk(report(20_000_000_000n, third), true);
    expectOk(call("oracle", "accept-price", ["BTC"]), true);
    expectOk(price(), btcPrice);
    mineBitcoinBlocks(1);
    expectOk(report(20_000_000_000n), false);
    expectOk(call("oracle", "accept-price", ["BTC"]), true);
    expectOk(price(), 20_000_000_000n);
  });

  it("do not count reports that are old, or feeders that are gone", () => {
    expectOk(report(59_000_000_000n), false);
    mineBitcoinBlocks(4);
    expectOk(report(58_000_000_000n, second), false);
    expectOk(call("oracle", "remove-feeder", [third]));
    expectErr(report(58_000_000_000n, third), errUnauthorized);
    // Two of two are needed.
    mineBitcoinBlocks(3);
    expectOk(report(57_000_000_000n), true);
    expectOk(price(), 58_000_000_000n);
  });

  it("are seven at most", () => {
    for (const name of ["wallet_1", "wallet_2", "wallet_3", "wallet_4"] as const) {
      expectOk(call("oracle", "add-feeder", [address[name]]));
    }
    expectErr(call("oracle", "add-feeder", [address.wallet_5]), errInvalidInput);
    expectOk(call("oracle", "remove-feeder", [address.wallet_1]));
    expectOk(call("oracle", "add-feeder", [address.wallet_5]));
  });
});

describe("the admin", () => {
  it("announces a price a day before it counts, and for a day", () => {
    const announced = call("oracle", "set-price", ["BTC", 1n]);
    expectOk(announced, true);
    const from = bitcoinHeight() + 144;
    expectEvent(announced, "oracle", "price-announced", { symbol: "BTC", price: 1, "applies-from": from });
    expectOk(price(), btcPrice);
    expectErr(call("oracle", "apply-price", ["STX"]), errNotFound);
    mineBitcoinBlocks(143);
    expectErr(call("oracle", "apply-price", ["BTC"]), errInvalidInput);
    mineBitcoinBlocks(145);
    const applied = call("oracle", "apply-price", ["BTC"]);
    expectOk(applied, true);
    expectOk(price(), 1n);
    expectErr(call("oracle", "apply-price", ["BTC"]), errNotFound);
    expectOk(call("oracle", "set-price", ["BTC", 2n]));
    mineBitcoinBlocks(289);
    expectErr(call("oracle", "apply-price", ["BTC"]), errInvalidInput);
  });

  it("cannot put a feeder of their own in place at once", () => {
    expectOk(call("oracle", "add-feeder", [second]));
    expectErr(report(1n, second), errUnauthorized);
    expectOk(report(btcPrice + 1n), true);
    expectOk(call("oracle", "remove-feeder", [feeder]));
    expectErr(call("oracle", "accept-price", ["BTC"]), errInvalidInput);
  });
});

describe("the price breaker", () => {
  const isActive = (expected: boolean) =>
    expectValue(read("parameter-contract", "is-circuit-breaker-active", ["oracle-deviation"]), expected);

  it("is lifted by a new price, and by nobody without one", () => {
    expectOk(report(25_000_000_000n), false);
    expectErr(call("parameter-contract", "deactivate-circuit-breaker", ["oracle-deviation"]), errUnauthorized);
    mineBitcoinBlocks(4);
    expectErr(call("oracle", "accept-price", ["BTC"]), errInvalidInput);
    expectErr(call("oracle", "accept-price", ["XYZ"]), errNotFound);
    isActive(true);
    expectOk(report(26_000_000_000n), false);
    expectOk(call("oracle", "accept-price", ["BTC"]), true);
    isActive(false);
    expectOk(price(), 26_000_000_000n);
  });

  it("waits for every symbol that jumped", () => {
    expectOk(report(25_000_000_000n), false);
    expectOk(report(100_000n, feeder, "STX"), false);
    expectOk(call("oracle", "accept-price", ["BTC"]));
    isActive(true);
    mineBitcoinBlocks(1);
    // A second jump of the same symbol is the same one.
    expectOk(report(90_000n, feeder, "STX"), false);
    expectOk(call("oracle", "accept-price", ["STX"]));
    isActive(false);
  });

  it("is not the admin's to leave as it is: after a week anybody may confirm what most feeders report", () => {
    const began = bitcoinHeight();
    expectOk(report(25_000_000_000n), false);
    mineBitcoinBlocks(1_008);
    expectOk(report(24_000_000_000n), false);
    expectErr(call("oracle", "accept-price", ["BTC"], stranger), errUnauthorized);
    mineBitcoinBlocks(1);
    expect(bitcoinHeight()).toBe(began + 1_009);
    expectOk(call("oracle", "accept-price", ["BTC"], stranger), true);
    isActive(false);
    expectOk(price(), 24_000_000_000n);
    // It is over, and a price that has not jumped is nobody's to confirm but the admin's.
    expectErr(call("oracle", "accept-price", ["BTC"], stranger), errUnauthorized);
  });

  it("is not renewed by the admin without a gap, either", () => {
    expectOk(call("parameter-contract", "activate-circuit-breaker", ["oracle-deviation"]));
    for (let again = 0; again < 2; again++) {
      mineBitcoinBlocks(again === 0 ? 1_009 : 143);
      expectOk(report(btcPrice), true);
      isActive(true);
      expectOk(call("oracle", "accept-price", ["BTC"], stranger), true);
      isActive(false);
      expectOk(call("parameter-contract", "activate-circuit-breaker", ["oracle-deviation"]));
    }
  });

  it("has no end that somebody could set", () => {
    expectOk(call("parameter-contract", "activate-circuit-breaker-until", ["oracle-deviation", bitcoinHeight() + 5]));
    mineBitcoinBlocks(100);
    isActive(true);
    expectErr(
      call("emergency-response", "create-emergency-procedure", [
        "prices",
        "No prices",
        1n,
        10n,
        Cl.list([Cl.stringAscii("oracle-deviation")]),
      ]),
      errInvalidInput,
    );
    setPrice("BTC", btcPrice);
    expectOk(call("oracle", "accept-price", ["BTC"]));
    isActive(false);
  });
});

describe("an outage", () => {
  const outage = (symbol = "BTC", which = "get-last-outage") => {
    const found = read("oracle", which, [Cl.stringAscii(symbol)]);
    return [field(found, "since"), field(found, "until")].map((height) => Number(height.slice(1)));
  };

  it("is noted when a price ends it, for its own symbol", () => {
    expect(outage()).toEqual([0, 0]);
    const listed = bitcoinHeight();
    mineBitcoinBlocks(144);
    setPrice("STX", 1_000_000n);
    expect(outage("STX")).toEqual([0, 0]);
    mineBitcoinBlocks(6);
    setPrice("BTC", btcPrice);
    expect([outage(), outage("STX")]).toEqual([[listed + 145, listed + 150], [0, 0]]);
    expect(outage("BTC", "get-earlier-outage")).toEqual([0, 0]);
    mineBitcoinBlocks(150);
    setPrice("BTC", btcPrice);
    expect(outage()).toEqual([listed + 295, listed + 300]);
    expect(outage("BTC", "get-earlier-outage")).toEqual([listed + 145, listed + 150]);
    expect(cvToString(price())).toBe(`(ok u${btcPrice})`);
  });

  it("counts as one with the last, less than a day after it", () => {
    const maxAge = (blocks: number) => expectOk(call("parameter-contract", "set-parameter", ["oracle-max-age", blocks]));
    const listed = bitcoinHeight();
    mineBitcoinBlocks(150);
    setPrice("BTC", btcPrice);
    maxAge(142);
    mineBitcoinBlocks(150);
    setPrice("BTC", btcPrice);
    expect(outage()).toEqual([listed + 145, listed + 300]);
    expect(outage("BTC", "get-earlier-outage")).toEqual([0, 0]);
    maxAge(143);
    mineBitcoinBlocks(150);
    setPrice("BTC", btcPrice);
    expect(outage()).toEqual([listed + 444, listed + 450]);
  });
});

describe("the symbol of a token", () => {
  it("is what the pool has listed it by, and nobody else says", () => {
    const symbolOf = (of: string) => read("oracle", "get-token-symbol", [of]);
    expectValue(symbolOf(contractId("mock-token")), Cl.stringAscii(tokenSymbol));
    expectValue(symbolOf(contractId("treasury")), Cl.stringAscii(""));
    for (const sender of [address.deployer, stranger]) {
      expectErr(call("oracle", "link-token", [contractId("mock-token"), Cl.stringAscii("BTC")], sender), errUnauthorized);
    }
    const listed = call("liquidity-pool", "add-collateral-token", [contractId("treasury"), Cl.stringAscii("T"), 1_500_000n, contractId("oracle")]);
    expectOk(listed);
    expectEvent(listed, "oracle", "token-linked", { "token-contract": contractId("treasury"), symbol: Cl.stringAscii("T") });
    expectValue(symbolOf(contractId("treasury")), Cl.stringAscii("T"));
  });
});
