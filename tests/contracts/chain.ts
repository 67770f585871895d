// The simulated chain that a test file works on, and what is measured on it.

import fs from "node:fs";
import path from "node:path";
import { initSimnet, type Simnet } from "@stacks/clarinet-sdk";
import { expect } from "vitest";
import { addSession, noMeasurements } from "./measure";
import { projectFolder, reportFolder, testFolder } from "./paths";

process.chdir(projectFolder);

export let simnet: Simnet;

let measured = noMeasurements();

// The SDK forgets coverage and costs when a session ends, so they are put aside before.
function endSession(): void {
  if (simnet) addSession(simnet.collectReport(false, ""), measured);
}

function currentTest(): { file: string; name: string } {
  const state = expect.getState();
  return {
    file: path.relative(testFolder, state.testPath ?? "unknown"),
    name: state.currentTestName ?? "set-up",
  };
}

export function nameCurrentTest(): void {
  const { file, name } = currentTest();
  simnet?.setCurrentTestName(`${file}: ${name}`);
}

/** Deploys all contracts of a manifest on an empty chain. */
export async function chainOf(manifest: string): Promise<void> {
  endSession();
  simnet = await initSimnet(manifest, false, { trackCosts: true, trackCoverage: true });
  nameCurrentTest();
}

/** Deploys the protocol on an empty chain. Nothing is configured afterwards. */
export const freshChain = (): Promise<void> => chainOf("./Clarinet.toml");

/** Leaves what this file measured for the report at the end of the run. */
export function leaveReport(): void {
  endSession();
  const name = currentTest().file.replaceAll(/[^A-Za-z0-9]+/g, "-");
  const folder = path.join(reportFolder, "files");
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(measured));
  measured = noMeasurements();
}
