import { beforeEach, describe, expect, it } from "vitest";
import {
  Cl,
  address,
  bitcoinHeight,
  call,
  errContractPaused,
  errInvalidInput,
  errNotFound,
  errUnauthorized,
  eventNames,
  expectErr,
  expectEvent,
  expectOk,
  expectValue,
  field,
  freshChain,
  guardians,
  mineBitcoinBlocks,
  read,
  registerContracts,
  stranger,
} from "./helpers";
import { callThrough, deployRelay, expectAdminOnly } from "./relay";

const response = "emergency-response";
const steps = (...ids: string[]) => Cl.list(ids.map((id) => Cl.stringAscii(id)));
const create = (id: string, approvals = 2, duration = 100, ids = ["action-deposit", "action-purchase"]) =>
  call(response, "create-emergency-procedure", [id, "What to do", approvals, duration, steps(...ids)]);
const approve = (id: string, guardian: string) => call(response, "activate-emergency-procedure", [id], guardian);
const isPaused = (breaker: string, expected: boolean) =>
  expectValue(read("parameter-contract", "is-circuit-breaker-active", [breaker]), expected);
const isActive = (id: string, expected: boolean) => expectValue(read(response, "is-procedure-active", [id]), expected);
const [first, second, third] = guardians;

describe("emergency-response: guardians", () => {
  beforeEach(freshChain);

  it("come and go", () => {
    expectValue(read(response, "get-guardian-count"), 0);
    const added = call(response, "add-guardian", [first]);
    expectOk(added, true);
    expectEvent(added, response, "guardian-added", { guardian: first });
    expectOk(call(response, "add-guardian", [second]), true);
    expectErr(call(response, "add-guardian", [first]), errInvalidInput);
    expectValue(read(response, "is-guardian", [first]), true);
    expectValue(read(response, "get-guardian-count"), 2);

    const removed = call(response, "remove-guardian", [first]);
    expectOk(removed, true);
    expectEvent(removed, response, "guardian-removed", { guardian: first });
    expectErr(call(response, "remove-guardian", [first]), errNotFound);
    expectValue(read(response, "is-guardian", [first]), false);
    expectValue(read(response, "get-guardian-count"), 1);
  });
});

describe("emergency-response: procedures", () => {
  beforeEach(async () => {
    await freshChain();
    registerContracts();
    for (const guardian of guardians) expectOk(call(response, "add-guardian", [guardian]));
  });

  it("are created once, with steps that exist and approvals that can be had", () => {
    expectErr(create(""), errInvalidInput);
    expectErr(create("stop", 2, 0), errInvalidInput);
    expectErr(create("stop", 2, 1_009), errInvalidInput);
    expectErr(create("stop", 2, 100, []), errInvalidInput);
    expectErr(create("stop", 0), errInvalidInput);
    expectErr(create("stop", 4), errInvalidInput);
    expectErr(create("stop", 2, 100, ["action-deposit", "no-such-breaker"]), errInvalidInput);
    expectErr(create("stop", 2, 100, ["x".repeat(51)]), errInvalidInput);
    expectValue(read(response, "get-procedure", ["stop"]), null);
    expectValue(read(response, "get-procedure-round", ["stop"]), null);
    isActive("stop", false);

    const created = create("stop", 3, 1_008);
    expectOk(created, true);
    expectEvent(created, response, "procedure-created", { "procedure-id": "stop", "required-approvals": 3 });
    expectValue(
      read(response, "get-procedure", ["stop"]),
      Cl.some(
        Cl.tuple({
          description: Cl.stringAscii("What to do"),
          "required-approvals": Cl.uint(3),
          "max-duration": Cl.uint(1_008),
          "procedure-steps": steps("action-deposit", "action-purchase"),
        }),
      ),
    );
    expectErr(create("stop"), errInvalidInput);
  });

  it("are twenty at most", () => {
    for (let index = 0; index < 20; index++) expectOk(create(`procedure-${index}`), true);
    expectErr(create("one-too-many"), errInvalidInput);
    expectValue(read(response, "get-procedure", ["one-too-many"]), null);
    // The last of them counts as much as the first.
    expectOk(approve("procedure-19", first), false);
    expectOk(approve("procedure-19", second), true);
    expectValue(read(response, "is-emergency-active"), true);
  });

  it("take effect with the last approval that is needed, for their duration", () => {
    expectOk(create("stop"));
    const approved = approve("stop", first);
    expectOk(approved, false);
    expectEvent(approved, response, "procedure-approved", { "procedure-id": "stop", guardian: first, approvals: 1 });
    expect(eventNames(approved)).toEqual(["procedure-approved"]);
    isActive("stop", false);
    isPaused("action-deposit", false);
    expectValue(read(response, "is-emergency-active"), false);

    const end = bitcoinHeight() + 100;
    const activated = approve("stop", third);
    expectOk(activated, true);
    expectEvent(activated, response, "procedure-activated", { "procedure-id": "stop", "until-height": end });
    expect(eventNames(activated)).toEqual([
      "procedure-approved",
      "breaker-activated",
      "breaker-activated",
      "procedure-activated",
    ]);
    isActive("stop", true);
    isPaused("action-deposit", true);
    isPaused("action-purchase", true);
    isPaused("action-withdraw", false);
    expectValue(read(response, "is-emergency-active"), true);

    mineBitcoinBlocks(99);
    isActive("stop", true);
    mineBitcoinBlocks(1);
    isActive("stop", false);
    isPaused("action-deposit", false);
    expectValue(read(response, "is-emergency-active"), false);
  });

  it("take effect at once when one approval is enough", () => {
    expectOk(create("stop", 1));
    expectOk(approve("stop", second), true);
    isActive("stop", true);
  });

  it("count every guardian once per round, and not while active", () => {
    expectErr(approve("stop", first), errNotFound);
    expectOk(create("stop"));
    expectOk(approve("stop", first), false);
    expectErr(approve("stop", first), errInvalidInput);
    expectOk(approve("stop", second), true);
    expectErr(approve("stop", third), errInvalidInput);
    mineBitcoinBlocks(100);
    // The next round needs all approvals again.
    expect(field(read(response, "get-procedure-round", ["stop"]), "round")).toBe("u2");
    expectOk(approve("stop", first), false);
    expectErr(approve("stop", first), errInvalidInput);
    expectOk(approve("stop", third), true);
  });

  it("forget approvals when a guardian leaves", () => {
    expectOk(create("stop"));
    expectOk(approve("stop", first), false);
    expectOk(call(response, "remove-guardian", [first]));
    expectErr(approve("stop", first), errUnauthorized);
    expectOk(approve("stop", second), false);
    expect(field(read(response, "get-procedure-round", ["stop"]), "approvals")).toBe("u1");
    expectErr(approve("stop", second), errInvalidInput);
    expectOk(approve("stop", third), true);
  });

  it("keep approvals when a guardian joins", () => {
    expectOk(create("stop"));
    expectOk(approve("stop", first), false);
    expectOk(call(response, "add-guardian", [address.wallet_8]));
    expectOk(approve("stop", address.wallet_8), true);
  });

  it("are approved by guardians, not by signatures lent to a contract", () => {
    deployRelay("phisher", [response]);
    expectOk(create("stop", 1));
    expectErr(approve("stop", stranger), errUnauthorized);
    expectErr(callThrough("phisher", response, "activate-emergency-procedure", ["stop"], first), errUnauthorized);
    expectErr(approve("no-such-procedure", stranger), errUnauthorized);
  });

  it("do not shorten a pause that the admin has decided", () => {
    expectOk(create("stop"));
    expectOk(call("parameter-contract", "activate-circuit-breaker", ["action-deposit"]));
    approve("stop", first);
    expectOk(approve("stop", second), true);
    mineBitcoinBlocks(200);
    isPaused("action-deposit", true);
    isPaused("action-purchase", false);
  });

  it("end early by the admin, with their breakers", () => {
    expectErr(call(response, "deactivate-emergency-procedure", ["stop"]), errNotFound);
    expectOk(create("stop"));
    expectErr(call(response, "deactivate-emergency-procedure", ["stop"]), errInvalidInput);
    approve("stop", first);
    expectErr(call(response, "deactivate-emergency-procedure", ["stop"]), errInvalidInput);
    approve("stop", second);
    const ended = call(response, "deactivate-emergency-procedure", ["stop"]);
    expectOk(ended, true);
    expectEvent(ended, response, "procedure-deactivated", { "procedure-id": "stop" });
    isActive("stop", false);
    isPaused("action-deposit", false);
    isPaused("action-purchase", false);
    expectOk(approve("stop", first), false);
  });

  it("need the contract's registration to pull breakers", async () => {
    await freshChain();
    expectOk(call(response, "add-guardian", [first]));
    expectOk(create("stop", 1));
    expectErr(approve("stop", first), errUnauthorized);
    isActive("stop", false);
  });

  it("are administered by the admin alone", () => {
    deployRelay("phisher", [response]);
    expectOk(create("stop", 1));
    approve("stop", first);
    expectAdminOnly(response, "add-guardian", [stranger]);
    expectAdminOnly(response, "remove-guardian", [first]);
    expectAdminOnly(response, "create-emergency-procedure", ["other", "", 1, 1, steps("action-all")]);
    expectAdminOnly(response, "deactivate-emergency-procedure", ["stop"]);
  });

  it("work while everything is paused", () => {
    expectOk(call("parameter-contract", "activate-circuit-breaker", ["action-all"]));
    expectOk(create("stop", 1), true);
    expectOk(approve("stop", first), true);
    expectOk(call(response, "deactivate-emergency-procedure", ["stop"]), true);
    expectErr(read("parameter-contract", "check-circuit-breaker", ["action-deposit"]), errContractPaused);
  });
});
