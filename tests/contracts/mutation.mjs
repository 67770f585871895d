// Mutation testing of the contracts by their tests, by hand and outside of CI:
//
//   node mutation.mjs mends                         takes every mend of mends.json back, one at a time
//   node mutation.mjs sample 300 [SEED] [FOLDER]    makes so many small faults, chosen at random
//
// A fault is killed when a test fails: first those of the contract's own files that run its line, then all others
// that do. A test that never comes to the line cannot notice, and is left out. Which tests run which lines is
// measured first. That and every verdict are kept in the FOLDER at once, so that a run that was stopped goes on
// where it was. It works on a copy of the project.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

const here = path.dirname(fileURLToPath(import.meta.url));
const project = path.join(here, "..", "..");
const copy = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "mutation-")));

for (const name of ["contracts", "settings", "deployments", "Clarinet.toml"]) {
  fs.cpSync(path.join(project, name), path.join(copy, name), { recursive: true });
}
const tests = path.join(copy, "tests", "contracts");
fs.cpSync(here, tests, { recursive: true, filter: (from) => !/node_modules|coverage/.test(path.relative(here, from)) });
fs.symlinkSync(path.join(here, "node_modules"), path.join(tests, "node_modules"));

// Tests that look at the sources alone say nothing about behaviour, and random sequences are no specification.
const files = fs.readdirSync(tests).filter((name) => name.endsWith(".test.ts") && !/structure|events|random/.test(name));
// --- running tests -----------------------------------------------------------------------------

/** Makes modules that Node.js runs, with the runner in the place of vitest. */
function translate() {
  for (const name of fs.readdirSync(tests).filter((name) => name.endsWith(".ts") && !name.endsWith(".config.ts"))) {
    const source = fs.readFileSync(path.join(tests, name), "utf8");
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    });
    const linked = outputText.replaceAll(/(from\s+|import\s+)"(\.\/[\w.-]+|vitest)"/g, (_, before, to) => `${before}"${to === "vitest" ? "./runner" : to}.mjs"`);
    fs.writeFileSync(path.join(tests, name.replace(/\.ts$/, ".mjs")), linked);
  }
}

const load = (name) => import(pathToFileURL(path.join(tests, `${name}.mjs`)).href);

/** Everything that runs the tests of the copy, in this process. */
async function start(isProfile) {
  process.env[isProfile ? "LINES_BY_TEST" : "UNMEASURED"] = "1";
  translate();
  await (await load("global-setup")).default();
  // The SDK says much: every event, and the trace of every call that aborts.
  for (const name of ["log", "info", "warn", "error"]) console[name] = () => {};
  const { collect, namesOf, run } = await load("runner");
  await load("setup");
  const chain = await load("chain");
  await chain.freshChain();
  const collected = new Map();
  for (const file of files) collected.set(file, await collect(file, () => load(file.replace(/\.ts$/, ""))));
  return {
    namesOf: (file) => namesOf(collected.get(file)),
    /** Runs tests by file, all of one for `null`, until one fails: returns what failed, or null. */
    async run(selection) {
      for (const [file, names] of selection) {
        const failed = await run(collected.get(file), (name) => !names || names.includes(name));
        if (failed) return { file, names: [failed.test], message: `${file}: ${failed.test}: ${failed.error?.message ?? failed.error}` };
      }
      return null;
    },
    /** Deploys the contracts as they are now, if they can be. */
    async deploy() {
      chain.simnet.clearCache();
      await chain.freshChain();
    },
  };
}

/** Which tests run which lines: contract file -> line -> test file -> names. A test file's set-up stands for all of it. */
function readProfile(runner) {
  const lines = new Map();
  const unknown = new Map(files.map((file) => [file, new Set(runner.namesOf(file))]));
  for (const file of files) {
    const left = path.join(kept, `${file.replaceAll(/[^A-Za-z0-9]+/g, "-")}.lines.json`);
    if (!fs.existsSync(left)) continue;
    for (const [test, hits] of Object.entries(JSON.parse(fs.readFileSync(left, "utf8")))) {
      if (test === "") continue; // What runs when the contracts are deployed.
      const name = test.slice(`${file}: `.length);
      unknown.get(file).delete(name);
      for (const [contract, numbers] of Object.entries(hits)) {
        const of = lines.get(contract) ?? lines.set(contract, new Map()).get(contract);
        for (const line of numbers) {
          const by = of.get(line) ?? of.set(line, new Map()).get(line);
          (by.get(file) ?? by.set(file, new Set()).get(file)).add(name === "set-up" ? null : name);
        }
      }
    }
  }
  for (const [file, names] of unknown) if (names.size === 0) unknown.delete(file);
  return { lines, unknown };
}

// --- faults ------------------------------------------------------------------------------------

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

/** The lines at which a place is evaluated: that of the innermost form around it that has one. */
function linesOf(source, start, known) {
  const lineAt = (at) => source.slice(0, at).split("\n").length;
  const code = source.replaceAll(/;;.*/g, (comment) => " ".repeat(comment.length));
  const open = [];
  for (let at = 0; at <= start; at++) {
    if (code[at] === "(" || code[at] === "{") open.push(at);
    if (code[at] === ")" || code[at] === "}") open.pop();
  }
  // A constant is evaluated where it is used, and what stands outside of all functions when it is deployed.
  const constant = /^\(define-constant\s+(\S+)/.exec(code.slice(open[0] ?? 0));
  if (constant) {
    const uses = [...code.matchAll(/[^\s(){}]+/g)].filter((word) => word[0] === constant[1] && word.index > open[0] + 20);
    return uses.flatMap((word) => linesOf(source, word.index, known) ?? []);
  }
  if (!/^\(define-(public|private|read-only)/.test(code.slice(open[0] ?? 0))) return null;
  for (const at of open.slice(1).reverse()) if (known.has(lineAt(at))) return [lineAt(at)];
  return [];
}

/** The tests that come to a place, by file, few first; `null` for all tests of a file. Those that are new are among them. */
function testsFor({ file, start }, source, { lines, unknown }) {
  const known = lines.get(path.join("contracts", file)) ?? new Map();
  const at = linesOf(source, start, known);
  if (!at) return files.map((test) => [test, null]);
  const found = new Map([...unknown].map(([test, names]) => [test, new Set(names)]));
  for (const line of at) {
    for (const [test, names] of known.get(line) ?? []) {
      const all = found.get(test) ?? found.set(test, new Set()).get(test);
      for (const name of names) all.add(name);
    }
  }
  const selection = [...found].map(([test, names]) => [test, names.has(null) ? null : [...names]]);
  return selection.sort(([, a], [, b]) => (a?.length ?? 100) - (b?.length ?? 100));
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
    found.push({ file, start, was: source.slice(start, end), by });
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

// --- what is asked for -------------------------------------------------------------------------

const [command, count = "300", seed = "1", kept = path.join(os.tmpdir(), `mutation-${process.pid}`)] = process.argv.slice(2);
const verdictFile = path.join(kept, "verdicts.jsonl");

const sourceOf = (file) => fs.readFileSync(path.join(project, "contracts", file), "utf8");

/** Writes a fault into the copy. The deployment plan stays as it is: it does not depend on what functions do. */
function write(file, text) {
  const target = path.join(copy, "contracts", file);
  fs.writeFileSync(target, text);
  fs.utimesSync(target, new Date(0), new Date(0));
}

/** Whether the tests that may notice a fault pass: the contract's own, and the others if these do. */
async function judge(runner, profile, { file, start, text, own }) {
  const source = sourceOf(file);
  const selection = testsFor({ file, start }, source, profile);
  const isOwn = ([test]) => own.some((part) => test.includes(part));
  write(file, text);
  try {
    await runner.deploy();
  } catch (error) {
    // What cannot be deployed is no fault that a test could find.
    write(file, source);
    return { verdict: "invalid", by: String(error) };
  }
  try {
    const failed = (await runner.run(selection.filter(isOwn))) ?? (await runner.run(selection.filter((entry) => !isOwn(entry))));
    return failed ? { verdict: "killed", by: failed.message, test: [failed.file, failed.names] } : { verdict: "survived" };
  } finally {
    write(file, source);
  }
}

function faults() {
  if (command === "mends") {
    return JSON.parse(fs.readFileSync(path.join(here, "mends.json"), "utf8")).map(({ file: name, was, now, tests: own }) => {
      const [file, source] = [`${name}.clar`, sourceOf(`${name}.clar`)];
      if (source.split(now).length !== 2) throw new Error(`${file}: stands not exactly once: ${now}`);
      const what = now.replaceAll(/\s+/g, " ");
      return { id: `${file} ${what} -> ${was}`, where: file, what, file, start: source.indexOf(now), text: source.replace(now, () => was), own };
    });
  }
  return shuffled(mutants(), Number(seed)).map(({ file, start, was, by }) => {
    const [name, source] = [file.replace(".clar", ""), sourceOf(file)];
    return {
      id: `${file} ${start} ${by}`,
      where: `${file}:${source.slice(0, start).split("\n").length}`,
      what: `${was.replaceAll(/\s+/g, " ").slice(0, 70)} -> ${by}`,
      file,
      start,
      text: source.slice(0, start) + by + source.slice(start + was.length),
      own: [`${name}.test`, ...(audits[name] ?? [])],
    };
  });
}

async function main() {
  fs.mkdirSync(kept, { recursive: true });
  const isProfiled = fs.existsSync(path.join(kept, "profiled"));
  if (command === "profile") {
    const failed = await (await start(true)).run(files.map((file) => [file, null]));
    if (failed) throw new Error(`a test fails without any fault: ${failed.message}`);
    for (const name of fs.readdirSync(path.join(tests, "coverage")).filter((name) => name.endsWith(".lines.json"))) {
      fs.copyFileSync(path.join(tests, "coverage", name), path.join(kept, name));
    }
    fs.writeFileSync(path.join(kept, "profiled"), "");
    return;
  }
  if (!isProfiled) {
    // Measuring makes the simnet slow: in a process of its own.
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "profile", "0", "0", kept], { stdio: "inherit" });
    if (status !== 0) throw new Error("no profile");
  }
  const verdicts = new Map();
  if (fs.existsSync(verdictFile)) {
    for (const line of fs.readFileSync(verdictFile, "utf8").split("\n").filter(Boolean)) verdicts.set(JSON.parse(line).id, JSON.parse(line));
  }
  for (const file of fs.readdirSync(path.join(copy, "contracts")).filter((name) => name.endsWith(".clar"))) write(file, sourceOf(file));
  const runner = await start(false);
  const profile = readProfile(runner);
  const killers = new Map();
  let [killed, total] = [0, 0];
  for (const fault of faults()) {
    if (total === Number(count) && command === "sample") break;
    const started = process.cpuUsage();
    const known = verdicts.get(fault.id);
    const { verdict, by, test } = known ?? (await judge(runner, profile, fault));
    const { user, system } = process.cpuUsage(started);
    const seconds = ((user + system) / 1e6).toFixed(1);
    if (!known) fs.appendFileSync(verdictFile, `${JSON.stringify({ id: fault.id, where: fault.where, what: fault.what, verdict, by, test, seconds })}\n`);
    if (verdict !== "invalid") total++;
    if (verdict === "killed") killed++;
    if (test) killers.set(test[0], new Set([...(killers.get(test[0]) ?? []), ...test[1]]));
    process.stdout.write(`${verdict.padEnd(8)} ${fault.where}: ${fault.what}  [${killed} of ${total}, ${seconds} s]\n`);
  }
  // A test that fails without a fault, too, has killed nothing.
  await runner.deploy();
  const broken = await runner.run([...killers].map(([file, names]) => [file, names.has("") ? null : [...names]]));
  if (broken) throw new Error(`a test fails without any fault: ${broken.message}`);
  process.stdout.write(`${killed} of ${total} killed\n`);
}

if (["mends", "sample", "profile"].includes(command)) {
  try {
    await main();
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
} else {
  console.error("usage: node mutation.mjs mends | sample COUNT [SEED] [FOLDER]");
  process.exitCode = 2;
}
