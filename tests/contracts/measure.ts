// What is measured in the simnet: the lines that ran in every contract, and the heaviest call of every
// function. Both are collected per test file and put together at the end of the run.

import fs from "node:fs";
import path from "node:path";
import { projectFolder } from "./paths";

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

type CostEntry = {
  test_name: string;
  contract_id: string;
  method: string;
  cost_result: { total: Costs; limit: Costs };
};

/** Adds the report of one session of the SDK. */
export function addSession(report: { coverage: string; costs: string }, into: Measurements): void {
  addCoverage(report.coverage, into);
  for (const entry of JSON.parse(report.costs) as CostEntry[]) {
    const { total, limit } = entry.cost_result;
    const dimension = dimensions.reduce((a, b) => (total[a] / limit[a] >= total[b] / limit[b] ? a : b));
    const share = total[dimension] / limit[dimension];
    // A relay's function is named after the one it calls, and costs a little more than that.
    const isRelayed = entry.method.includes("--");
    const name = isRelayed ? entry.method.replace("--", ".") : `${entry.contract_id.split(".")[1]}.${entry.method}`;
    addHeaviest(name, { costs: total, limits: limit, share, dimension, test: entry.test_name }, into);
  }
}

/** Adds what another file measured. */
export function addMeasurements(other: Measurements, into: Measurements): void {
  for (const [file, lines] of Object.entries(other.lines)) {
    into.lines[file] ??= {};
    for (const [line, hits] of Object.entries(lines)) addHits(file, Number(line), hits, into);
  }
  for (const [name, heaviest] of Object.entries(other.heaviest)) addHeaviest(name, heaviest, into);
}

function addCoverage(lcov: string, into: Measurements): void {
  let file: string | undefined;
  for (const record of lcov.split("\n")) {
    if (record.startsWith("SF:")) {
      file = path.relative(projectFolder, record.slice(3));
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
