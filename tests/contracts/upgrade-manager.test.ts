import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  Cl,
  type Argument,
  address,
  admin,
  bitcoinHeight,
  call,
  contractId,
  contractPrincipal,
  deploy,
  errInvalidInput,
  errNotFound,
  errUnauthorized,
  expectErr,
  expectEvent,
  expectNoEvent,
  expectOk,
  expectValue,
  field,
  freshChain,
  migrate,
  mineBitcoinBlocks,
  protocolContracts,
  provider,
  read,
  registerContracts,
  seededRandom,
  simnet,
  stranger,
  stxBalance,
} from "./helpers";
import { testFolder } from "./paths";
import { callThrough, deployRelay, expectAdminOnly } from "./relay";

const manager = "upgrade-manager";
const register = (name: string, address: string, sender = admin) =>
  call(manager, "register-contract", [name, address, "1.0.0"], sender);

describe("upgrade-manager: administration", () => {
  beforeEach(freshChain);

  it("begins with the deployer as admin and implementation", () => {
    expectValue(read(manager, "get-contract-admin"), admin);
    expectValue(read(manager, "get-implementation"), admin);
    expectValue(read(manager, "is-contract-admin", [admin]), true);
    expectValue(read(manager, "is-contract-admin", [stranger]), false);
  });

  it("hands the role over in two steps", () => {
    const started = call(manager, "transfer-admin", [provider]);
    expectOk(started, true);
    expectEvent(started, manager, "admin-transfer-started", { "new-admin": provider });
    expectValue(read(manager, "is-contract-admin", [provider]), false);

    expectErr(call(manager, "accept-admin", [], stranger), errUnauthorized);
    const accepted = call(manager, "accept-admin", [], provider);
    expectOk(accepted, true);
    expectEvent(accepted, manager, "admin-transferred", { admin: provider });
    expectValue(read(manager, "get-contract-admin"), provider);
    expectValue(read(manager, "is-contract-admin", [admin]), false);
    // The invitation is used up.
    expectErr(call(manager, "accept-admin", [], provider), errUnauthorized);
    expectErr(call(manager, "transfer-admin", [admin]), errUnauthorized);
  });

  it("lets nobody accept before a transfer, and only the last invited afterwards", () => {
    expectErr(call(manager, "accept-admin", [], stranger), errUnauthorized);
    expectOk(call(manager, "transfer-admin", [stranger]));
    expectOk(call(manager, "transfer-admin", [provider]));
    expectErr(call(manager, "accept-admin", [], stranger), errUnauthorized);
    expectOk(call(manager, "accept-admin", [], provider));
  });

  it("is administered by nobody else, and never by a signature lent to a contract", () => {
    deployRelay("phisher", [manager]);
    expectOk(register("oracle", contractId("oracle")));
    expectOk(call(manager, "plan-migration", ["oracle", contractId("mock-token"), "2.0.0", 1]));
    expectAdminOnly(manager, "transfer-admin", [stranger]);
    expectAdminOnly(manager, "register-contract", ["treasury", contractId("treasury"), "1.0.0"]);
    expectAdminOnly(manager, "set-upgradeable", ["oracle", false]);
    expectAdminOnly(manager, "upgrade-contract", ["oracle", contractId("mock-token")]);
    expectAdminOnly(manager, "plan-migration", ["oracle", contractId("mock-token"), "2.0.0", 1]);
    expectAdminOnly(manager, "start-migration", [1]);
    expectAdminOnly(manager, "complete-migration", [1]);
    expectAdminOnly(manager, "cancel-migration", [1]);
    expectAdminOnly(manager, "upgrade-implementation", [contractId("mock-token")]);
    expectErr(callThrough("phisher", manager, "accept-admin"), errUnauthorized);
  });

  it("gives the contract named governance the admin's rights", () => {
    deployRelay("council", [manager]);
    expectErr(callThrough("council", manager, "set-upgradeable", ["governance", false], stranger), errUnauthorized);
    expectOk(register("governance", contractId("council")));
    expectValue(read(manager, "is-contract-admin", [contractId("council")]), true);
    expectOk(callThrough("council", manager, "set-upgradeable", ["governance", false], stranger), true);
  });
});

describe("upgrade-manager: registry", () => {
  beforeEach(freshChain);

  it("registers a contract under a name", () => {
    const registered = register("oracle", contractId("oracle"));
    expectOk(registered, true);
    expectEvent(registered, manager, "contract-registered", {
      "contract-name": "oracle",
      "contract-address": contractId("oracle"),
      version: "1.0.0",
    });
    expectValue(read(manager, "resolve-contract-address", ["oracle"]), Cl.ok(contractPrincipal("oracle")));
    expectValue(
      read(manager, "get-contract-info", ["oracle"]),
      Cl.some(
        Cl.tuple({
          "current-version": Cl.stringAscii("1.0.0"),
          "contract-address": contractPrincipal("oracle"),
          upgradeable: Cl.bool(true),
          "last-upgraded": Cl.uint(bitcoinHeight()),
        }),
      ),
    );
    expectValue(read(manager, "is-contract-named", ["oracle", contractId("oracle")]), true);
    expectValue(read(manager, "is-contract-named", ["oracle", contractId("treasury")]), false);
    expectValue(read(manager, "is-protocol-contract", [contractId("oracle")]), true);
  });

  it("knows no name before", () => {
    expectErr(read(manager, "resolve-contract-address", ["oracle"]), errNotFound);
    expectValue(read(manager, "get-contract-info", ["oracle"]), null);
    expectValue(read(manager, "is-contract-named", ["oracle", contractId("oracle")]), false);
    expectValue(read(manager, "is-protocol-contract", [contractId("oracle")]), false);
  });

  it("refuses what is empty, taken, or not a contract", () => {
    expectErr(register("", contractId("oracle")), errInvalidInput);
    expectErr(call(manager, "register-contract", ["oracle", contractId("oracle"), ""]), errInvalidInput);
    expectErr(register("oracle", contractId("no-such-contract")), errInvalidInput);
    expectErr(register("oracle", address.wallet_1), errInvalidInput);
    expectOk(register("oracle", contractId("oracle")));
    expectErr(register("oracle", contractId("treasury")), errInvalidInput);
    expectErr(register("treasury", contractId("oracle")), errInvalidInput);
  });

  it("says which contracts may be replaced", () => {
    expectErr(call(manager, "set-upgradeable", ["oracle", false]), errNotFound);
    expectOk(register("oracle", contractId("oracle")));
    const set = call(manager, "set-upgradeable", ["oracle", false]);
    expectOk(set, true);
    expectEvent(set, manager, "upgradeable-set", { "contract-name": "oracle", upgradeable: false });
    expect(field(read(manager, "get-contract-info", ["oracle"]), "upgradeable")).toBe("false");
  });

  it("replaces a contract once its records have been migrated, and gives it the new version", () => {
    expectOk(register("oracle", contractId("oracle")));
    mineBitcoinBlocks(5);
    expectErr(call(manager, "upgrade-contract", ["oracle", contractId("mock-token")]), errInvalidInput);
    migrate("oracle", contractId("treasury"));
    expectErr(call(manager, "upgrade-contract", ["oracle", contractId("mock-token")]), errInvalidInput);
    migrate("oracle", contractId("mock-token"), "1.1.0");
    const upgraded = call(manager, "upgrade-contract", ["oracle", contractId("mock-token")]);
    expectOk(upgraded, true);
    expectEvent(upgraded, manager, "contract-upgraded", {
      "contract-name": "oracle",
      "old-address": contractId("oracle"),
      "new-address": contractId("mock-token"),
      version: "1.1.0",
    });
    const info = read(manager, "get-contract-info", ["oracle"]);
    expect(field(info, "current-version")).toBe('"1.1.0"');
    expect(field(info, "last-upgraded")).toBe(`u${bitcoinHeight()}`);
    expectValue(read(manager, "is-protocol-contract", [contractId("oracle")]), false);
    expectValue(read(manager, "is-protocol-contract", [contractId("mock-token")]), true);
    const isRetired = (name: string, expected: boolean) =>
      expectValue(read(manager, "is-retired-contract", [name, contractId("oracle")]), expected);
    isRetired("oracle", true);
    isRetired("treasury", false);
    // The old address is free for another name, and retires from being retired.
    expectOk(register("old-oracle", contractId("oracle")));
    isRetired("oracle", false);
    // One migration, one upgrade.
    migrate("oracle", contractId("analytics"));
    expectOk(call(manager, "upgrade-contract", ["oracle", contractId("analytics")]));
    expectErr(call(manager, "upgrade-contract", ["oracle", contractId("mock-token")]), errInvalidInput);
  });

  it("goes back to an address that was replaced, which is not retired then", () => {
    expectOk(register("oracle", contractId("oracle")));
    for (const next of ["mock-token", "oracle"]) {
      migrate("oracle", contractId(next));
      expectOk(call(manager, "upgrade-contract", ["oracle", contractId(next)]));
    }
    expectValue(read(manager, "is-retired-contract", ["oracle", contractId("oracle")]), false);
    expectValue(read(manager, "is-retired-contract", ["oracle", contractId("mock-token")]), true);
  });

  it("takes from a retired contract what it may still do", () => {
    expectOk(register("oracle", contractId("oracle")));
    migrate("oracle", contractId("mock-token"));
    expectErr(call(manager, "revoke-retired-contract", [contractId("oracle")]), errNotFound);
    expectOk(call(manager, "upgrade-contract", ["oracle", contractId("mock-token")]));
    expectErr(call(manager, "revoke-retired-contract", [contractId("oracle")], stranger), errUnauthorized);
    const revoked = call(manager, "revoke-retired-contract", [contractId("oracle")]);
    expectOk(revoked, true);
    expectEvent(revoked, manager, "retired-contract-revoked", { "contract-address": contractId("oracle") });
    expectValue(read(manager, "is-retired-contract", ["oracle", contractId("oracle")]), false);
  });

  it("waits a day once an upgrade that was ruled out is allowed", () => {
    expectOk(register("oracle", contractId("oracle")));
    migrate("oracle", contractId("mock-token"));
    const upgrade = () => call(manager, "upgrade-contract", ["oracle", contractId("mock-token")]);
    expectOk(call(manager, "set-upgradeable", ["oracle", false]));
    expectErr(upgrade(), errUnauthorized);
    expectOk(call(manager, "set-upgradeable", ["oracle", true]));
    mineBitcoinBlocks(143);
    // Allowing it again does not begin the day again.
    expectOk(call(manager, "set-upgradeable", ["oracle", true]));
    expectErr(upgrade(), errUnauthorized);
    mineBitcoinBlocks(1);
    expectOk(upgrade());
  });

  it("refuses to replace what is unknown, locked, in migration, or by an unfit address", () => {
    const upgrade = (to: string) => call(manager, "upgrade-contract", ["oracle", to]);
    expectErr(upgrade(contractId("mock-token")), errNotFound);
    expectOk(register("oracle", contractId("oracle")));
    expectOk(register("treasury", contractId("treasury")));
    expectErr(upgrade(contractId("no-such-contract")), errInvalidInput);
    expectErr(upgrade(address.wallet_1), errInvalidInput);
    for (const taken of ["oracle", "treasury"]) migrate("oracle", contractId(taken));
    expectErr(upgrade(contractId("oracle")), errInvalidInput);
    expectErr(upgrade(contractId("treasury")), errInvalidInput);
    expectOk(call(manager, "plan-migration", ["oracle", contractId("mock-token"), "2.0.0", 1]));
    expectErr(upgrade(contractId("mock-token")), errInvalidInput);
    expectOk(call(manager, "cancel-migration", [3]));
    expectOk(call(manager, "set-upgradeable", ["oracle", false]));
    expectErr(upgrade(contractId("mock-token")), errUnauthorized);
  });
});

describe("upgrade-manager: migrations", () => {
  const target = () => contractId("successor");
  const progress = (id: number, records: number | bigint) =>
    callThrough("successor", manager, "record-migration-progress", [id, records], stranger);
  const plan = (records = 10) => call(manager, "plan-migration", ["oracle", target(), "2.0.0", records]);

  beforeEach(async () => {
    await freshChain();
    expectOk(register("oracle", contractId("oracle")));
    deployRelay("successor", [manager]);
  });

  it("goes from plan to version", () => {
    const planned = plan();
    expectOk(planned, 1);
    expectEvent(planned, manager, "migration-planned", { "migration-id": 1, "contract-name": "oracle", target: target() });
    expectValue(
      read(manager, "get-migration", [1]),
      Cl.some(
        Cl.tuple({
          "from-version": Cl.stringAscii("1.0.0"),
          "to-version": Cl.stringAscii("2.0.0"),
          status: Cl.stringAscii("planned"),
          "migrated-records": Cl.uint(0),
        }),
      ),
    );
    expectValue(
      read(manager, "get-migration-plan", [1]),
      Cl.some(Cl.tuple({ "contract-name": Cl.stringAscii("oracle"), target: contractPrincipal("successor"), "expected-records": Cl.uint(10) })),
    );

    const started = call(manager, "start-migration", [1]);
    expectOk(started, true);
    expectEvent(started, manager, "migration-started", { "migration-id": 1 });
    expect(field(read(manager, "get-migration", [1]), "status")).toBe('"in-progress"');

    expectOk(progress(1, 4), 4);
    const last = progress(1, 6);
    expectOk(last, 10);
    expectEvent(last, manager, "migration-progress", { "migration-id": 1, "migrated-records": 10 });

    const completed = call(manager, "complete-migration", [1]);
    expectOk(completed, true);
    expectEvent(completed, manager, "migration-completed", { "migration-id": 1 });
    expect(field(read(manager, "get-migration", [1]), "status")).toBe('"completed"');

    const upgraded = call(manager, "upgrade-contract", ["oracle", target()]);
    expectOk(upgraded, true);
    expect(field(read(manager, "get-contract-info", ["oracle"]), "current-version")).toBe('"2.0.0"');
  });

  it("counts ids up, one pending migration per name", () => {
    expectOk(plan(), 1);
    expectErr(plan(), errInvalidInput);
    expectOk(call(manager, "cancel-migration", [1]));
    expectOk(plan(), 2);
    expectOk(register("treasury", contractId("treasury")));
    expectOk(call(manager, "plan-migration", ["treasury", target(), "2.0.0", 0]), 3);
  });

  it("refuses plans without version, target, name or permission", () => {
    expectErr(call(manager, "plan-migration", ["oracle", target(), "", 1]), errInvalidInput);
    expectErr(call(manager, "plan-migration", ["oracle", address.wallet_1, "2.0.0", 1]), errInvalidInput);
    expectErr(call(manager, "plan-migration", ["no-such-name", target(), "2.0.0", 1]), errNotFound);
    expectOk(call(manager, "set-upgradeable", ["oracle", false]));
    expectErr(plan(), errUnauthorized);
  });

  it("lets the target report its own progress, and nobody else", () => {
    expectOk(plan(5), 1);
    expectOk(call(manager, "start-migration", [1]));
    expectErr(call(manager, "record-migration-progress", [1, 1], stranger), errUnauthorized);
    // Not even the admin, who has not seen the records.
    expectErr(call(manager, "record-migration-progress", [1, 1]), errUnauthorized);
    expectOk(progress(1, 2), 2);
    expectOk(progress(1, 3), 5);
  });

  it("refuses progress that cannot be", () => {
    expectErr(progress(1, 1), errNotFound);
    expectOk(plan());
    expectErr(progress(1, 1), errInvalidInput);
    expectOk(call(manager, "start-migration", [1]));
    expectErr(progress(1, 0), errInvalidInput);
    expectErr(progress(1, 11), errInvalidInput);
    expectErr(progress(1, 2n ** 128n - 1n), errInvalidInput);
    expectOk(progress(1, 10), 10);
    expectErr(progress(1, 1), errInvalidInput);
  });

  it("goes through its states in one direction", () => {
    expectErr(call(manager, "start-migration", [1]), errNotFound);
    expectErr(call(manager, "complete-migration", [1]), errNotFound);
    expectErr(call(manager, "cancel-migration", [1]), errNotFound);
    expectOk(plan(1));
    expectErr(call(manager, "complete-migration", [1]), errInvalidInput);
    expectOk(call(manager, "start-migration", [1]));
    expectErr(call(manager, "start-migration", [1]), errInvalidInput);
    expectErr(call(manager, "complete-migration", [1]), errInvalidInput);
    expectOk(progress(1, 1));
    expectOk(call(manager, "complete-migration", [1]));
    for (const step of ["start-migration", "complete-migration", "cancel-migration"]) {
      expectErr(call(manager, step, [1]), errInvalidInput);
    }
  });

  it("can be cancelled until it is completed, and leaves no version behind", () => {
    expectOk(plan());
    expectOk(call(manager, "start-migration", [1]));
    const cancelled = call(manager, "cancel-migration", [1]);
    expectOk(cancelled, true);
    expectEvent(cancelled, manager, "migration-cancelled", { "migration-id": 1 });
    expect(field(read(manager, "get-migration", [1]), "status")).toBe('"cancelled"');
    expectErr(call(manager, "cancel-migration", [1]), errInvalidInput);
    expectErr(call(manager, "start-migration", [1]), errInvalidInput);
    expectErr(call(manager, "upgrade-contract", ["oracle", target()]), errInvalidInput);
  });
});

describe("upgrade-manager: proxy", () => {
  const source = fs.readFileSync(path.join(testFolder, "hostile/implementation.clar"), "utf8");
  const forward = (fn: string, implementation = "implementation", args: Argument = Cl.list([]), sender = admin) =>
    call(manager, "forward-call", [contractId(implementation), fn, args], sender);

  beforeEach(async () => {
    await freshChain();
    registerContracts();
    deploy("implementation", source);
    deploy("other-implementation", source);
  });

  it("takes a deployed contract as implementation", () => {
    expectErr(call(manager, "upgrade-implementation", [address.wallet_1]), errInvalidInput);
    expectErr(call(manager, "upgrade-implementation", [contractId("no-such-contract")]), errInvalidInput);
    const upgraded = call(manager, "upgrade-implementation", [contractId("implementation")]);
    expectOk(upgraded, true);
    expectEvent(upgraded, manager, "implementation-upgraded", { implementation: contractId("implementation") });
    expectValue(read(manager, "get-implementation"), contractId("implementation"));
  });

  it("forwards to the implementation and to nothing else", () => {
    const word = Cl.list([Cl.bufferFromHex("c0ffee")]);
    expectErr(forward("echo", "implementation", word), errUnauthorized);
    expectOk(call(manager, "upgrade-implementation", [contractId("implementation")]));
    const answer = forward("echo", "implementation", word);
    expectOk(answer, Cl.bufferFromHex("c0ffee"));
    expectNoEvent(answer);
    expectErr(forward("echo", "other-implementation", word), errUnauthorized);
    expectErr(forward("echo", "implementation", word, stranger), errUnauthorized);
  });

  it("is the caller and the signer that the implementation sees", () => {
    expectOk(call(manager, "upgrade-implementation", [contractId("implementation")]));
    expectOk(forward("who-calls"), Cl.bufferFromAscii("upgrade-manager"));
  });

  it("translates whatever the implementation fails with", () => {
    expectOk(call(manager, "upgrade-implementation", [contractId("implementation")]));
    expectErr(forward("fail"), errInvalidInput);
  });

  it("lets the implementation move nothing", () => {
    expectOk(call(manager, "upgrade-implementation", [contractId("implementation")]));
    simnet.transferSTX(1_000, contractId(manager), admin);
    const before = stxBalance(admin);
    expectErr(forward("steal"), errUnauthorized);
    expect(stxBalance(contractId(manager))).toBe(1_000n);
    expect(stxBalance(admin)).toBe(before);
  });

  it("gives the implementation no rights of an admin", () => {
    expectOk(call(manager, "upgrade-implementation", [contractId("implementation")]));
    // It tries to make itself admin and to register itself; both are refused, which it reports as a failure.
    expectErr(forward("seize"), errInvalidInput);
    expectValue(read(manager, "get-contract-admin"), admin);
  });
});

describe("upgrade-manager: invariants", () => {
  it("keeps names and addresses each other's inverse through any sequence of registrations and upgrades", async () => {
    await freshChain();
    const addresses = [...protocolContracts, "mock-token", "sip-010-trait"].map(contractId);
    const names = ["oracle", "treasury", "analytics", "incentives", "governance"];
    const random = seededRandom(7);
    const owner = new Map<string, string>();
    for (let step = 0; step < 200; step++) {
      const name = names[random(names.length)];
      const to = addresses[random(addresses.length)];
      const known = [...owner].find(([, of]) => of === name)?.[0];
      const free = !owner.has(to);
      const action = known ? "upgrade-contract" : "register-contract";
      if (known) migrate(name, to);
      const outcome = call(manager, action, known ? [name, to] : [name, to, "1.0.0"]);
      if (free) {
        expectOk(outcome, true);
        if (known) owner.delete(known);
        owner.set(to, name);
      } else {
        expectErr(outcome, errInvalidInput);
      }
      if (step % 50 !== 49) continue;
      for (const candidate of addresses) {
        expectValue(read(manager, "is-protocol-contract", [candidate]), owner.has(candidate));
        for (const of of names) {
          expectValue(read(manager, "is-contract-named", [of, candidate]), owner.get(candidate) === of);
        }
      }
    }
    expect(owner.size).toBe(names.length);
  });
});
