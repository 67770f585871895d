// Arguments for any public function, made from the interfaces that the chain reports.

import { Cl, type ClarityValue } from "@stacks/transactions";
import { simnet } from "./chain";
import { contractId, protocolContracts } from "./helpers";
import { engine, fund, pool, token } from "./scenario";

export type Random = (below: number) => number;

type InterfaceType =
  | string
  | { "string-ascii": { length: number } }
  | { buffer: { length: number } }
  | { optional: InterfaceType }
  | { list: { type: InterfaceType; length: number } };

type PublicFunction = { contract: string; name: string; args: { name: string; type: InterfaceType }[] };

export const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)];

/** Every public function of the protocol. */
export function publicFunctions(): PublicFunction[] {
  return protocolContracts.flatMap((contract) =>
    (simnet.getContractsInterfaces().get(contractId(contract))?.functions ?? [])
      .filter((fn) => fn.access === "public")
      .map((fn) => ({ contract, name: fn.name, args: fn.args as PublicFunction["args"] })),
  );
}

/** A contract for a trait parameter: what may be passed there at all is decided before the call. */
const implementations: Record<string, string> = {
  pool,
  fund,
  engine,
  token,
  "token-contract": token,
};

const words = ["", "balanced", "aggressive", "purchase", "BTC", "USD", "action-p2p", "insurance", "program-0", "quorum", "partial"];

export type Pools = { principals: readonly string[]; implementations?: Record<string, string> };

export function anyArgument(random: Random, name: string, type: InterfaceType, pools: Pools): ClarityValue {
  if (type === "uint128") return Cl.uint(pick(random, [0n, 1n, 2n, 3n, 144n, 1_000n, 1_000_000n, 60_000_000_000n]));
  if (type === "bool") return Cl.bool(random(2) === 1);
  if (type === "principal") return Cl.principal(pick(random, pools.principals));
  if (type === "trait_reference") {
    const contract = { ...implementations, ...pools.implementations }[name];
    if (!contract) throw new Error(`no contract for the parameter ${name}`);
    return Cl.principal(contract);
  }
  if (typeof type === "string") throw new Error(`no value for ${type}`);
  if ("string-ascii" in type) return Cl.stringAscii(pick(random, words).slice(0, type["string-ascii"].length));
  if ("buffer" in type) return Cl.bufferFromHex("5a".repeat(pick(random, [0, 1, Math.min(32, type.buffer.length)])));
  if ("optional" in type) {
    return random(2) === 0 ? Cl.none() : Cl.some(anyArgument(random, name, type.optional, pools));
  }
  if ("list" in type) {
    return Cl.list(Array.from({ length: random(3) }, () => anyArgument(random, name, type.list.type, pools)));
  }
  throw new Error(`no value for ${JSON.stringify(type)}`);
}

export const anyArguments = (random: Random, fn: PublicFunction, pools: Pools): ClarityValue[] =>
  fn.args.map((arg) => anyArgument(random, arg.name, arg.type, pools));
