// The report at the end of a run: line coverage and costs of every contract, and the verdict on both.

import fs from "node:fs";
import path from "node:path";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import { addMeasurements, dimensions, noMeasurements, type Measurements } from "./measure";
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

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => a.localeCompare(b);

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
    console.log("\nHeaviest call of every public function, as a share of the block limits");
    console.log(`  ${"".padEnd(52)} ${dimensions.map((dimension) => dimension.padStart(12)).join(" ")}`);
    for (const name of publicFunctions()) {
      const heaviest = measured.heaviest[name];
      if (!heaviest) {
        problems.push(`no test calls ${name}`);
        continue;
      }
      const { costs, limits, share, dimension, test } = heaviest;
      const cells = dimensions.map((d) => percent(costs[d] / limits[d], 3).padStart(12));
      console.log(`  ${name.padEnd(52)} ${cells.join(" ")}`);
      if (share > maximalBlockShare) {
        problems.push(`${name} takes ${percent(share)} of a block's ${dimension} in "${test}"`);
      }
    }
    return problems;
  }
}
