// The simulated chain that a test file works on, and what is measured on it.

import fs from "node:fs";
import path from "node:path";
import { initSimnet, type Simnet } from "@stacks/clarinet-sdk";
import { ClarityType } from "@stacks/transactions";
import { expect } from "vitest";
import { addCall, addCoverage, addLines, noMeasurements, type LinesByTest } from "./measure";
import { projectFolder, reportFolder, testFolder } from "./paths";

process.chdir(projectFolder);

export let simnet: Simnet;

/** Mutation testing only asks whether a test fails, and asks often. */
const isMeasured = process.env.UNMEASURED !== "1";
/** Whether to leave the lines that each test runs, too: mutation testing chooses tests by them. */
const byTest = process.env.LINES_BY_TEST === "1";

let measured = noMeasurements();
let lines: LinesByTest = {};

// The SDK forgets coverage when a session ends, so it is put aside before.
function endSession(): void {
  if (!simnet || !isMeasured) return;
  const { coverage } = simnet.collectReport(false, "");
  addCoverage(coverage, measured);
  if (byTest) addLines(coverage, lines);
}

/** The same simnet, which puts aside what every call costs. The SDK's own report does not say which ones succeeded. */
function measuring(plain: Simnet): Simnet {
  const callPublicFn: Simnet["callPublicFn"] = (contract, fn, args, sender) => {
    const outcome = plain.callPublicFn(contract, fn, args, sender);
    if (outcome.result.type === ClarityType.ResponseOk && outcome.costs) {
      addCall(contract, fn, outcome.costs, () => fullName(), measured);
    }
    return outcome;
  };
  return new Proxy(plain, {
    get: (target, name) => (name === "callPublicFn" ? callPublicFn : Reflect.get(target, name)),
    set: (target, name, value) => Reflect.set(target, name, value),
  });
}

function currentTest(): { file: string; name: string } {
  const state = expect.getState();
  return {
    file: path.relative(testFolder, state.testPath ?? "unknown"),
    name: state.currentTestName ?? "set-up",
  };
}

function fullName(): string {
  const { file, name } = currentTest();
  return `${file}: ${name}`;
}

export function nameCurrentTest(): void {
  if (isMeasured) simnet?.setCurrentTestName(fullName());
}

/** Deploys all contracts of a manifest on an empty chain. */
export async function chainOf(manifest: string): Promise<void> {
  endSession();
  const plain = await initSimnet(manifest, false, { trackCosts: isMeasured, trackCoverage: isMeasured });
  simnet = isMeasured ? measuring(plain) : plain;
  nameCurrentTest();
}

/** Deploys the protocol on an empty chain. Nothing is configured afterwards. */
export const freshChain = (): Promise<void> => chainOf("./Clarinet.toml");

/** Leaves what this file measured for the report at the end of the run. */
export function leaveReport(): void {
  if (!isMeasured) return;
  endSession();
  const name = currentTest().file.replaceAll(/[^A-Za-z0-9]+/g, "-");
  const folder = path.join(reportFolder, "files");
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(measured));
  measured = noMeasurements();
  if (!byTest) return;
  fs.writeFileSync(path.join(reportFolder, `${name}.lines.json`), JSON.stringify(lines));
  lines = {};
}
