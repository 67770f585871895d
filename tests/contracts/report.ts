// The report at the end of a run: line coverage and costs of every contract, and the verdict on both.

import fs from "node:fs";
import path from "node:path";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import { addMeasurements, dimensions, noMeasurements, type Heaviest, type Measurements } from "./measure";
import { projectFolder, reportFolder, testFolder } from "./paths";

/** The share of its lines that has to run in every contract. */
const minimalCoverage = 0.95;
/** The share of a block that one call may take of any of the limits. */
const maximalBlockShare = 0.2;

const percent = (share: number, digits = 1) => `${(share * 100).toFixed(digits)} %`;

/** The contracts, relative to the project. */
function contractFiles(): string[] {
  return fs
    .readdirSync(path.join(projectFolder, "contracts"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".clar"))
    .map((file) => path.join("contracts", file));
}

/** `contract.function` for every public function of the contracts, in order. */
function publicFunctions(): string[] {
  return contractFiles()
    .flatMap((file) => {
      const source = fs.readFileSync(path.join(projectFolder, file), "utf8");
      const names = [...source.matchAll(/^\(define-public \(([^\s)]+)/gm)].map((match) => match[1]);
      return names.map((name) => `${path.basename(file, ".clar")}.${name}`);
    })
    .sort();
}

/**
 * The public functions that one calls, itself or by a private function, in its own contract or in another. A
 * call on a trait may reach every function of that name.
 */
function callsWithin(): Map<string, Set<string>> {
  const bodies = new Map<string, { contract: string; access: string; body: string }>();
  for (const file of contractFiles()) {
    const contract = path.basename(file, ".clar");
    const source = fs.readFileSync(path.join(projectFolder, file), "utf8").replaceAll(/;;.*/g, "");
    for (const form of source.split(/^(?=\(define-)/m)) {
      const head = /^\(define-(public|private|read-only) \(([^\s)]+)/.exec(form);
      if (head) bodies.set(`${contract}.${head[2]}`, { contract, access: head[1], body: form });
    }
  }
  const called = ({ contract, body }: { contract: string; body: string }): string[] => {
    const others = [...body.matchAll(/\(contract-call\?\s+(\.?)([\w-]+)\s+([^\s)]+)/g)].flatMap(([, dot, target, name]) =>
      dot ? [`${target}.${name}`] : [...bodies.keys()].filter((known) => known.endsWith(`.${name}`)),
    );
    // A function of the same contract is called by its name, or handed to a fold.
    const words = [...body.matchAll(/\((?:(?:fold|map|filter)\s+)?([\w?!-]+)/g)].map(([, name]) => `${contract}.${name}`);
    return [...others, ...words.filter((name) => bodies.has(name))];
  };
  const reached = (from: string, seen = new Set<string>()): Set<string> => {
    const body = bodies.get(from);
    for (const next of body ? called(body) : []) {
      if (seen.has(next)) continue;
      seen.add(next);
      reached(next, seen);
    }
    return seen;
  };
  const isPublic = (name: string) => bodies.get(name)?.access === "public";
  return new Map(
    [...bodies.keys()].filter(isPublic).map((name) => [name, new Set([...reached(name)].filter(isPublic))]),
  );
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => a.localeCompare(b);

/** The heaviest of several functions. */
function heaviestOf(names: readonly string[], { heaviest }: Measurements): [Heaviest | undefined, string] {
  const name = names.reduce((a, b) => ((heaviest[a]?.share ?? 0) >= heaviest[b].share ? a : b), "");
  return [heaviest[name], name];
}

export default class ContractReport implements Reporter {
  private vitest!: Vitest;
  private started = Date.now();

  onInit(vitest: Vitest): void {
    this.vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const measured = noMeasurements();
    const folder = path.join(reportFolder, "files");
    for (const file of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
      addMeasurements(JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")), measured);
    }
    const problems = [...this.printCoverage(measured.lines), ...this.printCosts(measured)];

    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const complete = this.isComplete(modules) && count("skipped") === 0;
    if (complete) {
      for (const problem of problems) {
        console.error(problem);
        process.exitCode = 1;
      }
    } else {
      console.log("\nSome tests were left out: coverage and costs are printed but not judged.");
    }
    const seconds = ((Date.now() - this.started) / 1000).toFixed(1);
    // The Rust test that runs this suite reads the following line.
    console.log(
      `\nsimnet: files=${modules.length} passed=${count("passed")} failed=${count("failed")} ` +
        `skipped=${count("skipped")} judged=${complete} seconds=${seconds}`,
    );
  }

  private isComplete(modules: readonly TestModule[]): boolean {
    const files = fs
      .readdirSync(testFolder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts") && !file.startsWith("node_modules"));
    return modules.length === files.length && !this.vitest.config.testNamePattern;
  }

  private printCoverage(files: Measurements["lines"]): string[] {
    const problems = contractFiles()
      .filter((file) => !(file in files))
      .map((file) => `${file} is not deployed by Clarinet.toml`);
    console.log("\nLine coverage of the contracts");
    for (const [file, hits] of Object.entries(files).sort(byName)) {
      const lines = Object.entries(hits);
      if (lines.length === 0) continue; // A trait contract has no lines that run.
      const missed = lines.filter(([, count]) => count === 0).map(([line]) => line);
      const share = 1 - missed.length / lines.length;
      const name = path.basename(file, ".clar");
      const shown = missed.length > 0 ? `  not run: ${missed.slice(0, 12).join(" ")}${missed.length > 12 ? " ..." : ""}` : "";
      console.log(`  ${name.padEnd(22)} ${percent(share).padStart(8)}  ${String(lines.length).padStart(4)} lines${shown}`);
      if (share < minimalCoverage) {
        problems.push(`coverage of ${name} is ${percent(share)}, less than ${percent(minimalCoverage, 0)}`);
      }
    }
    return problems;
  }

  private printCosts(measured: Measurements): string[] {
    const problems: string[] = [];
    const within = callsWithin();
    console.log("\nHeaviest successful call of every public function with all calls within it, as a share of the block limits");
    console.log(`  ${"".padEnd(52)} ${dimensions.map((dimension) => dimension.padStart(12)).join(" ")}`);
    for (const name of publicFunctions()) {
      // What only other contracts call costs no more than the calls that it is a part of.
      const own = measured.heaviest[name];
      const callers = [...within].filter(([caller, calls]) => calls.has(name) && measured.heaviest[caller]).map(([caller]) => caller);
      const [shown, of] = own ? [own, name] : heaviestOf(callers, measured);
      if (!shown) {
        problems.push(`no test calls ${name} with success`);
        continue;
      }
      const { costs, limits, share, dimension, test } = shown;
      const cells = dimensions.map((d) => percent(costs[d] / limits[d], 3).padStart(12));
      console.log(`  ${name.padEnd(52)} ${cells.join(" ")}${own ? "" : `  at most: ${of}`}`);
      if (share > maximalBlockShare) {
        problems.push(`${name} takes ${percent(share)} of a block's ${dimension} in "${test}"`);
      }
    }
    return problems;
  }
}
