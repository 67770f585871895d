import { beforeEach, describe, it } from "vitest";
import {
  Cl,
  admin,
  bitcoinHeight,
  call,
  errInvalidInput,
  errUnauthorized,
  expectErr,
  expectEvent,
  expectOk,
  expectValue,
  freshChain,
  mineBitcoinBlocks,
  read,
  registerContracts,
  stranger,
} from "./helpers";
import { callThrough, deployMember, deployRelay, expectPausedBy } from "./relay";

const largest = 2n ** 128n - 1n;
const record = (metric: string, value: number | bigint) =>
  callThrough("member", "analytics", "record-metric", [metric, value], stranger);
const expectTotal = (metric: string, total: number | bigint, samples: number) =>
  expectValue(
    read("analytics", "get-metric-total", [metric]),
    Cl.tuple({ total: Cl.uint(total), samples: Cl.uint(samples) }),
  );
const expectPeriod = (metric: string, start: number, value: number | bigint, updated: number) =>
  expectValue(
    read("analytics", "get-metric", [metric, start]),
    Cl.some(Cl.tuple({ value: Cl.uint(value), "period-duration": Cl.uint(144), "last-updated": Cl.uint(updated) })),
  );

describe("analytics", () => {
  beforeEach(async () => {
    await freshChain();
    registerContracts();
    deployMember("member", "some-member", ["analytics"]);
  });

  it("begins with zeros", () => {
    expectTotal("liquidations", 0, 0);
    expectValue(read("analytics", "get-metric", ["liquidations", 0]), null);
  });

  it("counts in periods of a day", () => {
    for (const [height, start] of [[0, 0], [143, 0], [144, 144], [287, 144], [1_000_000, 999_936]]) {
      expectValue(read("analytics", "get-period-start", [height]), start);
    }
  });

  it("adds up per period and in total", () => {
    const first = record("premium-volume", 30);
    expectOk(first, true);
    expectEvent(first, "analytics", "metric-recorded", { "metric-id": "premium-volume", value: 30 });
    expectOk(record("premium-volume", 12), true);
    expectOk(record("policies-created", 1), true);
    expectPeriod("premium-volume", 0, 42, bitcoinHeight());
    expectTotal("premium-volume", 42, 2);
    expectTotal("policies-created", 1, 1);

    const formerHeight = bitcoinHeight();
    mineBitcoinBlocks(144);
    expectOk(record("premium-volume", 5), true);
    expectPeriod("premium-volume", 144, 5, bitcoinHeight());
    expectPeriod("premium-volume", 0, 42, formerHeight);
    expectTotal("premium-volume", 47, 3);
  });

  it("counts a zero as a sample", () => {
    expectOk(record("premium-volume", 0), true);
    expectTotal("premium-volume", 0, 1);
  });

  it("stays at the largest number: an overflow would undo what is counted", () => {
    expectOk(record("collateral-deposits", 7), true);
    expectOk(record("collateral-deposits", largest), true);
    expectOk(record("collateral-deposits", largest), true);
    expectTotal("collateral-deposits", largest, 3);
    expectPeriod("collateral-deposits", 0, largest, bitcoinHeight());
  });

  it("takes reports of protocol contracts only", () => {
    deployRelay("phisher", ["analytics"]);
    expectErr(call("analytics", "record-metric", ["liquidations", 1], admin), errUnauthorized);
    expectErr(callThrough("phisher", "analytics", "record-metric", ["liquidations", 1], admin), errUnauthorized);
    expectTotal("liquidations", 0, 0);
  });

  it("refuses a metric without a name", () => {
    expectErr(record("", 1), errInvalidInput);
  });

  it("is stopped by its breaker", () => {
    expectPausedBy("action-analytics", "analytics", "record-metric", ["liquidations", 1]);
  });
});
