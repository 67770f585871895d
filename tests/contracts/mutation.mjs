// Mutation testing of the contracts by their tests, by hand and outside of CI:
//
//   node mutation.mjs mends                 takes every mend of mends.json back, one at a time
//   node mutation.mjs sample 300 [SEED]     makes so many small faults, chosen at random
//
// A fault is killed when a test fails: the contract's own files first, then everything else for those that
// survive. It works on a copy of the project; survivors are printed with their line.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const project = path.join(here, "..", "..");
const copy = fs.mkdtempSync(path.join(os.tmpdir(), "mutation-"));

for (const name of ["contracts", "settings", "deployments", "Clarinet.toml"]) {
  fs.cpSync(path.join(project, name), path.join(copy, name), { recursive: true });
}
const tests = path.join(copy, "tests", "contracts");
fs.cpSync(here, tests, { recursive: true, filter: (from) => !/node_modules|coverage/.test(path.relative(here, from)) });
fs.symlinkSync(path.join(here, "node_modules"), path.join(tests, "node_modules"));

const files = fs.readdirSync(tests).filter((name) => name.endsWith(".test.ts"));

/** Whether one of these test files fails. Tests that look at the sources alone say nothing about behaviour. */
function fails(names) {
  if (names.length === 0) return false;
  const run = spawnSync("node", ["node_modules/vitest/vitest.mjs", "run", "--bail", "1", "--reporter", "dot", ...names], {
    cwd: tests,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return run.status !== 0;
}

function survives(file, text, first) {
  const target = path.join(copy, "contracts", file);
  const original = fs.readFileSync(target, "utf8");
  fs.writeFileSync(target, text);
  try {
    const own = files.filter((name) => first.some((part) => name.includes(part)));
    if (fails(own)) return false;
    const rest = files.filter((name) => !own.includes(name) && !/structure|events|random/.test(name));
    return process.env.OWN_ONLY === "1" || !fails(rest);
  } finally {
    fs.writeFileSync(target, original);
  }
}

/** The end of the form that begins at `start`. */
function endOf(source, start) {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    if (source[at] === "(" || source[at] === "{") depth++;
    if (source[at] === ")" || source[at] === "}") depth--;
    if (depth === 0) return at + 1;
  }
  return source.length;
}

/** The audit files that look at a contract, besides the one of its name. */
const audits = {
  governance: ["audit-governance"],
  oracle: ["audit-oracle"],
  "parameter-contract": ["audit-stops"],
  "emergency-response": ["audit-stops"],
  treasury: ["audit-stops"],
  incentives: ["audit-pricing"],
  pricing: ["audit-pricing"],
  "dispute-resolution": ["audit-disputes"],
  "policy-registry": ["audit-clock", "audit-disputes", "audit-pricing"],
  "liquidity-pool": ["audit-positions", "audit-callers"],
  "liquidation-engine": ["audit-positions", "audit-callers"],
  "p2p-marketplace": ["audit-callers", "audit-pricing"],
};

function mutants() {
  const found = [];
  const add = (file, source, start, end, by) => {
    const line = source.slice(0, start).split("\n").length;
    found.push({ file, line, was: source.slice(start, end), by, text: source.slice(0, start) + by + source.slice(end) });
  };
  for (const file of fs.readdirSync(path.join(project, "contracts")).filter((name) => name.endsWith(".clar") && name !== "mock-token.clar")) {
    const source = fs.readFileSync(path.join(project, "contracts", file), "utf8");
    const code = source.replaceAll(/;;.*/g, (comment) => " ".repeat(comment.length));
    const swaps = { "<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"], "+": ["-"], "-": ["+"], and: ["or"], or: ["and"] };
    for (const match of code.matchAll(/\((<=|>=|<|>|\+|-|and|or)\s/g)) {
      for (const by of swaps[match[1]]) add(file, source, match.index + 1, match.index + 1 + match[1].length, by);
    }
    for (const match of code.matchAll(/\(asserts!/g)) add(file, source, match.index, endOf(code, match.index), "true");
    for (const match of code.matchAll(/\((?:map-set|map-delete|var-set)\s/g)) add(file, source, match.index, endOf(code, match.index), "true");
    for (const match of code.matchAll(/\b(tx-sender|contract-caller)\b/g)) {
      add(file, source, match.index, match.index + match[1].length, match[1] === "tx-sender" ? "contract-caller" : "tx-sender");
    }
    for (const match of code.matchAll(/(?<=[\s(])u(\d+)(?=[\s)])/g)) {
      add(file, source, match.index, match.index + match[0].length, `u${BigInt(match[1]) + 1n}`);
    }
    // Two arguments of one type: names that a call lists one after the other.
    for (const match of code.matchAll(/\b(obligation|premium|amount|payment|owner|provider|price|median|previous|approvals)\s+(obligation|premium|amount|payment|owner|provider|price|median|previous|approvals)\b/g)) {
      if (match[1] !== match[2]) add(file, source, match.index, match.index + match[0].length, `${match[2]} ${match[1]}`);
    }
  }
  return found;
}

function shuffled(list, seed) {
  let state = seed >>> 0;
  const next = (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const all = [...list];
  for (let at = all.length - 1; at > 0; at--) {
    const other = next(at + 1);
    [all[at], all[other]] = [all[other], all[at]];
  }
  return all;
}

const [command, count = "300", seed = "1"] = process.argv.slice(2);
let total = 0;
let killed = 0;
const report = (where, what, alive) => {
  total++;
  if (!alive) killed++;
  console.log(`${alive ? "survived" : "killed  "} ${where}: ${what}`);
};

if (command === "mends") {
  for (const { file, was, now, tests: names } of JSON.parse(fs.readFileSync(path.join(here, "mends.json"), "utf8"))) {
    const source = fs.readFileSync(path.join(project, "contracts", `${file}.clar`), "utf8");
    if (source.split(now).length !== 2) throw new Error(`${file}: stands not exactly once: ${now}`);
    report(file, now.replaceAll(/\s+/g, " "), survives(`${file}.clar`, source.replace(now, () => was), names));
  }
} else if (command === "sample") {
  for (const { file, line, was, by, text } of shuffled(mutants(), Number(seed)).slice(0, Number(count))) {
    const name = file.replace(".clar", "");
    const what = `${was.replaceAll(/\s+/g, " ").slice(0, 70)} -> ${by}`;
    report(`${file}:${line}`, what, survives(file, text, [`${name}.test`, ...(audits[name] ?? [])]));
  }
} else {
  console.error("usage: node mutation.mjs mends | sample COUNT [SEED]");
  process.exitCode = 2;
}
console.log(`${killed} of ${total} killed`);
fs.rmSync(copy, { recursive: true, force: true });
