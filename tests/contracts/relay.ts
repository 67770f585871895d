// Contracts that stand between a signer and the protocol. What the protocol makes of a call depends on
// the contract that calls, so the tests need callers which are contracts: one that is registered, and
// one that tricks people into signing.

import { expect } from "vitest";
import {
  admin,
  call,
  contractId,
  cvToString,
  deploy,
  errContractPaused,
  errUnauthorized,
  expectErr,
  expectOk,
  migrate,
  mineBitcoinBlocks,
  read,
  simnet,
  stranger,
  type Argument,
  type CallResult,
} from "./helpers";

type InterfaceType =
  | string
  | { "string-ascii": { length: number } }
  | { "string-utf8": { length: number } }
  | { buffer: { length: number } }
  | { optional: InterfaceType }
  | { list: { type: InterfaceType; length: number } }
  | { tuple: { name: string; type: InterfaceType }[] };

function clarityType(type: InterfaceType): string {
  if (typeof type === "string") return type.replace("128", "");
  if ("string-ascii" in type) return `(string-ascii ${type["string-ascii"].length})`;
  if ("string-utf8" in type) return `(string-utf8 ${type["string-utf8"].length})`;
  if ("buffer" in type) return `(buff ${type.buffer.length})`;
  if ("optional" in type) return `(optional ${clarityType(type.optional)})`;
  if ("list" in type) return `(list ${type.list.length} ${clarityType(type.list.type)})`;
  if ("tuple" in type) return `{ ${type.tuple.map((field) => `${field.name}: ${clarityType(field.type)}`).join(", ")} }`;
  throw new Error(`no Clarity for ${JSON.stringify(type)}`);
}

/** A contract with one function for every public one of a contract: it makes the same call. */
function relaySource(targets: readonly string[]): string {
  const forms: string[] = [];
  for (const target of targets) {
    const contract = simnet.getContractsInterfaces().get(contractId(target));
    if (!contract) throw new Error(`${target} is not deployed`);
    for (const fn of contract.functions) {
      // A trait argument would need a trait of its own; those functions have their own tests.
      if (fn.access !== "public" || fn.args.some((arg) => arg.type === "trait_reference")) continue;
      const parameters = fn.args.map((arg) => `(${arg.name} ${clarityType(arg.type as InterfaceType)})`).join(" ");
      const args = fn.args.map((arg) => arg.name).join(" ");
      forms.push(`(define-public (${target}--${fn.name} ${parameters}) (contract-call? .${target} ${fn.name} ${args}))`);
    }
  }
  return forms.join("\n");
}

/** Deploys a relay to the public functions of these contracts. It has no rights of its own. */
export function deployRelay(name: string, targets: readonly string[]): void {
  deploy(name, relaySource(targets));
}

/** Deploys a relay and gives it a name, and so the rights of that name, whoever has had it before. */
export function deployMember(name: string, role: string, targets: readonly string[]): void {
  deployRelay(name, targets);
  if (cvToString(read("upgrade-manager", "get-contract-info", [role])) === "none") {
    expectOk(call("upgrade-manager", "register-contract", [role, contractId(name), "1.0.0"]));
    return;
  }
  expectOk(call("upgrade-manager", "set-upgradeable", [role, true]));
  mineBitcoinBlocks(144);
  migrate(role, contractId(name));
  expectOk(call("upgrade-manager", "upgrade-contract", [role, contractId(name)]));
}

/** Calls a function through a relay: the relay is the caller, the sender is the signer. */
export function callThrough(relay: string, contract: string, fn: string, args: Argument[] = [], sender = admin): CallResult {
  return call(relay, `${contract}--${fn}`, args, sender);
}

/**
 * Expects that only the admin may call this, whatever the arguments: neither anybody else, nor a
 * contract to which the admin lends a signature. Needs a relay named `phisher`.
 */
export function expectAdminOnly(contract: string, fn: string, args: Argument[] = []): void {
  expectErr(call(contract, fn, args, stranger), errUnauthorized);
  expectErr(callThrough("phisher", contract, fn, args, admin), errUnauthorized);
}

/**
 * Expects that this breaker, and the one for everything, stop the function before it looks at anything
 * else: the answer is the same for a caller without any right.
 */
export function expectPausedBy(breaker: string, contract: string, fn: string, args: Argument[] = []): void {
  for (const id of [breaker, "action-all"]) {
    expectOk(call("parameter-contract", "activate-circuit-breaker", [id]));
    for (const sender of [admin, stranger]) expectErr(call(contract, fn, args, sender), errContractPaused);
    expectOk(call("parameter-contract", "deactivate-circuit-breaker", [id]));
  }
  // An unrelated breaker is no reason to refuse.
  const unrelated = breaker === "action-oracle" ? "action-p2p" : "action-oracle";
  expectOk(call("parameter-contract", "activate-circuit-breaker", [unrelated]));
  const refusal = call(contract, fn, args, stranger);
  expect(JSON.stringify(refusal.result)).not.toContain(`"${errContractPaused}"`);
  expectOk(call("parameter-contract", "deactivate-circuit-breaker", [unrelated]));
}
