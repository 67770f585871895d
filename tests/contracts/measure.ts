// What is measured in the simnet: the lines that ran in every contract, and the heaviest successful call of
// every function. Both are collected per test file and put together at the end of the run.

import fs from "node:fs";
import path from "node:path";
import { bootstrappedFolder, projectFolder } from "./paths";

export const dimensions = ["runtime", "read_count", "read_length", "write_count", "write_length"] as const;
export type Costs = Record<(typeof dimensions)[number], number>;

/** The largest value of each dimension over all calls, and the call that came nearest to a limit. */
export type Heaviest = { costs: Costs; limits: Costs; share: number; dimension: string; test: string };

export type Measurements = {
  /** Contract file, relative to the project -> line -> how often it ran. */
  lines: Record<string, Record<number, number>>;
  /** `contract.function` -> its heaviest call. */
  heaviest: Record<string, Heaviest>;
};

export const noMeasurements = (): Measurements => ({ lines: {}, heaviest: {} });

type CallCosts = { total: CostsOfSdk; limit: CostsOfSdk };
type CostsOfSdk = { runtime: number; readCount: number; readLength: number; writeCount: number; writeLength: number };

const costsOf = (costs: CostsOfSdk): Costs => ({
  runtime: costs.runtime,
  read_count: costs.readCount,
  read_length: costs.readLength,
  write_count: costs.writeCount,
  write_length: costs.writeLength,
});

/** Adds a call that succeeded. What it costs includes what the calls within it cost. */
export function addCall(contract: string, fn: string, call: CallCosts, test: () => string, into: Measurements): void {
  const [costs, limits] = [costsOf(call.total), costsOf(call.limit)];
  const dimension = dimensions.reduce((a, b) => (costs[a] / limits[a] >= costs[b] / limits[b] ? a : b));
  // A relay's function is named after the one it calls, and costs a little more than that.
  const name = fn.includes("--") ? fn.replace("--", ".") : `${contract.split(".").at(-1)}.${fn}`;
  const share = costs[dimension] / limits[dimension];
  const known = into.heaviest[name];
  if (known && dimensions.every((d) => costs[d] <= known.costs[d])) return;
  addHeaviest(name, { costs, limits, share, dimension, test: test() }, into);
}

/** A contract's file, relative to the project: the protocol after the bootstrap has a link to the same. */
const inProject = (file: string): string =>
  file.startsWith(`${bootstrappedFolder}${path.sep}`) ? path.relative(bootstrappedFolder, file) : path.relative(projectFolder, file);

/** Adds what another file measured. */
export function addMeasurements(other: Measurements, into: Measurements): void {
  for (const [file, lines] of Object.entries(other.lines)) {
    into.lines[file] ??= {};
    for (const [line, hits] of Object.entries(lines)) addHits(file, Number(line), hits, into);
  }
  for (const [name, heaviest] of Object.entries(other.heaviest)) addHeaviest(name, heaviest, into);
}

/** The lines of each contract file that a test ran, by the test's name. */
export type LinesByTest = Record<string, Record<string, number[]>>;

export function addLines(lcov: string, into: LinesByTest): void {
  let [test, file] = ["", ""];
  for (const record of lcov.split("\n")) {
    if (record.startsWith("TN:")) test = record.slice(3);
    else if (record.startsWith("SF:")) file = inProject(record.slice(3));
    else if (record.startsWith("DA:")) {
      const [line, hits] = record.slice(3).split(",").map(Number);
      if (hits > 0) ((into[test] ??= {})[file] ??= []).push(line);
    }
  }
}

/** Adds the coverage of one session of the SDK. */
export function addCoverage(lcov: string, into: Measurements): void {
  let file: string | undefined;
  for (const record of lcov.split("\n")) {
    if (record.startsWith("SF:")) {
      file = inProject(record.slice(3));
      // Contracts that a test deploys itself have no file here and are not part of the protocol.
      if (!file.startsWith(`contracts${path.sep}`) || !fs.existsSync(path.join(projectFolder, file))) file = undefined;
      else into.lines[file] ??= {};
    } else if (file && record.startsWith("DA:")) {
      const [line, hits] = record.slice(3).split(",").map(Number);
      addHits(file, line, hits, into);
    }
  }
}

function addHits(file: string, line: number, hits: number, into: Measurements): void {
  const lines = (into.lines[file] ??= {});
  lines[line] = (lines[line] ?? 0) + hits;
}

function addHeaviest(name: string, call: Heaviest, into: Measurements): void {
  const known = into.heaviest[name];
  if (!known) {
    into.heaviest[name] = { ...call, costs: { ...call.costs } };
    return;
  }
  const costs = { ...known.costs };
  for (const dimension of dimensions) costs[dimension] = Math.max(costs[dimension], call.costs[dimension]);
  into.heaviest[name] = { ...(call.share > known.share ? call : known), costs };
}
