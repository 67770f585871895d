// What the contracts have stored, read past their read-only functions: without the cost of a call, and
// including what no function shows.

import { Cl, ClarityType, cvToString, type ClarityValue } from "@stacks/transactions";
import { simnet } from "./chain";
import { fields, toClarity, type Argument } from "./helpers";

/** A plain form of a value: numbers as bigint, tuples as records, optionals as the value or null. */
export type Plain = bigint | boolean | string | null | Plain[] | { [name: string]: Plain };
export type Row = { [name: string]: Plain };

export function plain(value: ClarityValue): Plain {
  switch (value.type) {
    case ClarityType.UInt:
    case ClarityType.Int:
      return BigInt(value.value);
    case ClarityType.BoolTrue:
      return true;
    case ClarityType.BoolFalse:
      return false;
    case ClarityType.OptionalNone:
      return null;
    case ClarityType.OptionalSome:
      return plain(value.value);
    case ClarityType.StringASCII:
    case ClarityType.PrincipalStandard:
    case ClarityType.PrincipalContract:
      return value.value;
    case ClarityType.List:
      return value.value.map(plain);
    case ClarityType.Tuple:
      return Object.fromEntries(Object.entries(fields(value)).map(([name, inner]) => [name, plain(inner)]));
    default:
      return cvToString(value);
  }
}

export function variable(contract: string, name: string): Plain {
  return plain(simnet.getDataVar(contract, name));
}

/** An entry of a map, or null. */
export function entry(contract: string, map: string, key: Record<string, Argument>): Row | null {
  const keyTuple = Cl.tuple(Object.fromEntries(Object.entries(key).map(([name, value]) => [name, toClarity(value)])));
  try {
    return plain(simnet.getMapEntry(contract, map, keyTuple)) as Row | null;
  } catch (error) {
    // The SDK throws where a map has no such entry.
    if (String(error).includes("value not found")) return null;
    throw error;
  }
}

export const number = (row: Row | null, name: string): bigint => (row === null ? 0n : (row[name] as bigint));

/** The balance of a fungible token of the tests, read from the ledger. */
export function ledgerBalance(asset: string, who: string): bigint {
  const balances = simnet.getAssetsMap().get(asset);
  if (!balances) throw new Error(`no such asset: ${asset}`);
  return balances.get(who) ?? 0n;
}
