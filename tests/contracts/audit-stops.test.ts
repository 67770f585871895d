// Stops have an end and a gap, procedures can always be set off or repaired, and lists can shrink.

import { beforeEach, describe, expect, it } from "vitest";
import {
  address,
  bitcoinHeight,
  buyer,
  call,
  Cl,
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
  freshProtocol,
  guardians,
  haltProcedure,
  mineBitcoinBlocks,
  read,
  stranger,
  stxBalance,
} from "./helpers";
import { activePolicy, exampleFee, provide, withdraw } from "./scenario";

const longestStop = 1_008;
const gap = 144;
const activate = (breaker: string) => call("parameter-contract", "activate-circuit-breaker", [breaker]);
const activateUntil = (breaker: string, height: number | bigint) =>
  call("parameter-contract", "activate-circuit-breaker-until", [breaker, height]);
const deactivate = (breaker: string) => call("parameter-contract", "deactivate-circuit-breaker", [breaker]);
const isActive = (breaker: string, expected: boolean) =>
  expectValue(read("parameter-contract", "is-circuit-breaker-active", [breaker]), expected);
const outage = (breaker: string) => {
  const found = read("parameter-contract", "get-breaker-outage", [breaker]);
  return [field(found, "since"), field(found, "until")].map((height) => Number(height.slice(1)));
};
const create = (id: string, approvals: bigint, steps: string[] = ["action-all"]) =>
  call("emergency-response", "create-emergency-procedure", [id, "What to do", approvals, 144n, Cl.list(steps.map((step) => Cl.stringAscii(step)))]);
const approve = (id: string, guardian: string) => call("emergency-response", "activate-emergency-procedure", [id], guardian);

beforeEach(freshProtocol);

describe("a breaker of exits", () => {
  it.each([
    "action-all",
    "action-settle",
    "action-withdraw",
    "action-insurance",
    "action-dispute",
    "action-oracle",
    "action-incentives",
    "action-treasury",
  ])("%s ends by itself", (breaker) => {
    const start = bitcoinHeight();
    const activated = activate(breaker);
    expectEvent(activated, "parameter-contract", "breaker-activated", { "breaker-id": breaker, "until-height": start + longestStop });
    mineBitcoinBlocks(longestStop - 1);
    isActive(breaker, true);
    mineBitcoinBlocks(1);
    isActive(breaker, false);
    expect(outage(breaker)).toEqual([start, start + longestStop]);
  });

  it("lets a provider out after a week, whatever the admin does", () => {
    provide();
    expectOk(activate("action-withdraw"));
    mineBitcoinBlocks(500);
    expectOk(activateUntil("action-withdraw", bitcoinHeight() + 5_000));
    mineBitcoinBlocks(longestStop - 501);
    expectErr(withdraw(1n), errContractPaused);
    mineBitcoinBlocks(1);
    expectErr(activate("action-withdraw"), errInvalidInput);
    expectOk(withdraw(1n));
    mineBitcoinBlocks(gap - 1);
    expectErr(activate("action-withdraw"), errInvalidInput);
    mineBitcoinBlocks(1);
    expectOk(activate("action-withdraw"));
  });

  it("does not last as long as rewards can be claimed, so that none goes back to the treasury unseen", () => {
    expectOk(call("incentives", "create-incentive-program", ["spring", "Spring", 10n, 5_000_000n]));
    activePolicy();
    expectOk(activate("action-incentives"));
    mineBitcoinBlocks(longestStop - 1);
    expectErr(call("incentives", "claim-rewards", ["spring"], buyer), errContractPaused);
    mineBitcoinBlocks(1);
    expectOk(call("incentives", "claim-rewards", ["spring"], buyer));
  });

  it("is not renewed by ending it just before", () => {
    const start = bitcoinHeight();
    expectOk(activate("action-settle"));
    mineBitcoinBlocks(1_000);
    expectOk(deactivate("action-settle"));
    expect(outage("action-settle")).toEqual([start, start + 1_000]);
    expectOk(activate("action-settle"));
    mineBitcoinBlocks(8);
    isActive("action-settle", false);
    expect(outage("action-settle")).toEqual([start, start + longestStop]);
    // Ending what has ended changes nothing.
    mineBitcoinBlocks(10);
    expectOk(deactivate("action-settle"));
    expect(outage("action-settle")).toEqual([start, start + longestStop]);
  });

  it("says that it is active until now", () => {
    const start = bitcoinHeight();
    expect(outage("action-settle")).toEqual([0, 0]);
    expectOk(activateUntil("action-settle", start + 50));
    mineBitcoinBlocks(20);
    expect(outage("action-settle")).toEqual([start, start + 20]);
    mineBitcoinBlocks(100);
    expect(outage("action-settle")).toEqual([start, start + 50]);
  });

  it("differs from others, which last as long as they are wanted", () => {
    expectOk(activate("action-purchase"));
    mineBitcoinBlocks(10_000);
    isActive("action-purchase", true);
    expectErr(activateUntil("action-deposit", bitcoinHeight() + 525_601), errInvalidInput);
    expectErr(activateUntil("action-deposit", 2n ** 128n - 1n), errInvalidInput);
    expectOk(activateUntil("action-deposit", bitcoinHeight() + 525_600));
  });

  it("is renewed by guardians until it has lasted a week", () => {
    let halts = 0;
    for (; halts < 20; halts++) {
      expectOk(approve(haltProcedure, guardians[0]), false);
      if (approve(haltProcedure, guardians[1]).result.type === "err") break;
      mineBitcoinBlocks(144);
    }
    expect(halts).toBe(7);
    isActive("action-all", false);
    expectErr(approve(haltProcedure, guardians[1]), errInvalidInput);
  });
});

describe("limits on exits", () => {
  it("cannot be made so tight that they lock people in", () => {
    const limit = (period: bigint, apart: bigint) => call("parameter-contract", "set-rate-limit", ["collateral", 1n, period, apart]);
    expectOk(limit(10_000n, 144n));
    expectErr(limit(10_001n, 144n), errInvalidInput);
    expectErr(limit(10_000n, 145n), errInvalidInput);
    expectErr(limit(2n ** 128n - 1n, 1n), errInvalidInput);
  });
});

describe("an emergency procedure", () => {
  it("is set off by the guardians that are left", () => {
    expectOk(call("emergency-response", "remove-guardian", [guardians[1]]));
    expectOk(call("emergency-response", "remove-guardian", [guardians[2]]));
    expectOk(approve(haltProcedure, guardians[0]), true);
    isActive("action-all", true);
  });

  it("can be removed and made again, without the approvals of its past", () => {
    expectOk(approve(haltProcedure, guardians[0]), false);
    expectErr(call("emergency-response", "remove-emergency-procedure", [haltProcedure], stranger), errUnauthorized);
    expectErr(call("emergency-response", "remove-emergency-procedure", ["other"]), errNotFound);
    const removed = call("emergency-response", "remove-emergency-procedure", [haltProcedure]);
    expectOk(removed, true);
    expectEvent(removed, "emergency-response", "procedure-removed", { "procedure-id": haltProcedure });
    expectErr(approve(haltProcedure, guardians[1]), errNotFound);
    expectOk(create(haltProcedure, 2n));
    expectOk(approve(haltProcedure, guardians[1]), false);
    expectOk(approve(haltProcedure, guardians[0]), true);
    expectErr(call("emergency-response", "remove-emergency-procedure", [haltProcedure]), errInvalidInput);
  });

  it("finds room again once twenty are there", () => {
    for (let i = 0; i < 19; i++) expectOk(create(`x${i}`, 1n));
    expectErr(create("y", 1n), errInvalidInput);
    expectOk(call("emergency-response", "remove-emergency-procedure", ["x3"]));
    expectOk(create("y", 1n));
    expectOk(approve("x4", guardians[0]), true);
    expectValue(read("emergency-response", "is-emergency-active"), true);
  });

  it("forgets approvals after a day", () => {
    expectOk(approve(haltProcedure, guardians[0]), false);
    mineBitcoinBlocks(144);
    expectErr(approve(haltProcedure, guardians[0]), errInvalidInput);
    mineBitcoinBlocks(1);
    expectOk(approve(haltProcedure, guardians[1]), false);
    expectOk(approve(haltProcedure, guardians[0]), true);
  });

  it("lasts a week at most, and not again for a day, whatever it stops", () => {
    expectOk(create("look", 1n, ["action-p2p"]));
    const start = bitcoinHeight();
    for (let times = 0; times < 6; times++) {
      expectOk(approve("look", guardians[0]), true);
      mineBitcoinBlocks(145);
    }
    const last = approve("look", guardians[0]);
    expectEvent(last, "emergency-response", "procedure-activated", { "procedure-id": "look", "until-height": start + longestStop });
    mineBitcoinBlocks(longestStop - 6 * 145);
    expectErr(approve("look", guardians[0]), errInvalidInput);
    expectValue(read("emergency-response", "is-emergency-active"), false);
    const found = read("emergency-response", "get-last-outage");
    expect([field(found, "since"), field(found, "until")]).toEqual([`u${start}`, `u${start + longestStop}`]);
    mineBitcoinBlocks(gap - 1);
    expectErr(approve("look", guardians[0]), errInvalidInput);
    mineBitcoinBlocks(1);
    expectOk(approve("look", guardians[0]), true);
  });

  it("leaves a note of how long it lasted", () => {
    const lasted = () => {
      const found = read("emergency-response", "get-last-outage");
      return [field(found, "since"), field(found, "until")].map((height) => Number(height.slice(1)));
    };
    expect(lasted()).toEqual([0, 0]);
    expectOk(create("one", 1n, ["action-purchase"]));
    expectOk(create("two", 1n, ["action-p2p"]));
    const start = bitcoinHeight();
    expectOk(approve("one", guardians[0]), true);
    mineBitcoinBlocks(10);
    expectOk(approve("two", guardians[0]), true);
    expect(lasted()).toEqual([start, start + 10]);
    expectOk(call("emergency-response", "deactivate-emergency-procedure", ["one"]));
    mineBitcoinBlocks(5);
    expectOk(call("emergency-response", "deactivate-emergency-procedure", ["two"]));
    mineBitcoinBlocks(100);
    expect(lasted()).toEqual([start, start + 15]);
    expectOk(approve("one", guardians[0]), true);
    mineBitcoinBlocks(500);
    expect(lasted()).toEqual([start, start + 115 + 144]);
  });
});

describe("pairs of parameters", () => {
  it("are judged together", () => {
    const set = (name: string, value: bigint) => call("parameter-contract", "set-parameter", [name, value]);
    expectOk(set("min-duration", 4_320n));
    expectErr(set("max-duration", 4_319n), errInvalidInput);
    expectOk(set("max-duration", 4_320n));
    expectErr(set("max-strike-ratio", 499_999n), errInvalidInput);
    expectOk(set("max-strike-ratio", 500_000n));
    expectErr(set("min-strike-ratio", 500_001n), errInvalidInput);
    expectOk(set("oracle-fresh-age", 12n));
    expectErr(set("oracle-max-age", 11n), errInvalidInput);
  });
});

describe("allocations of fees", () => {
  const set = (id: string) => call("treasury", "set-allocation", [id, 1n, address.wallet_5, "x", false]);

  it("find room again once ten are there", () => {
    for (let i = 0; i < 9; i++) expectOk(set(`a${i}`));
    expectErr(set("b"), errInvalidInput);
    expectErr(call("treasury", "remove-allocation", ["a3"], stranger), errUnauthorized);
    expectErr(call("treasury", "remove-allocation", ["none"]), errNotFound);
    const removed = call("treasury", "remove-allocation", ["a3"]);
    expectOk(removed, 0n);
    expectEvent(removed, "treasury", "allocation-removed", { "allocation-id": "a3", "to-reserve": 0 });
    expectOk(set("b"));
    expectValue(read("treasury", "get-allocation", ["a3"]), null);
  });

  it("that go leave what they have collected in the reserve", () => {
    activePolicy();
    const collected = exampleFee / 2n;
    expectOk(call("treasury", "remove-allocation", ["insurance"]), collected);
    expectValue(read("treasury", "get-reserve"), exampleFee);
    expectOk(call("treasury", "withdraw-reserve", [exampleFee, stranger]));
    expect(stxBalance(contractId("treasury"))).toBe(0n);
  });
});
