import fs from "node:fs";
import path from "node:path";
import { initSimnet } from "@stacks/clarinet-sdk";
import { projectFolder, reportFolder } from "./paths";

/**
 * Writes the deployment plan once, before the workers start: they all read the same file, and would
 * write over each other's if it did not match `Clarinet.toml`.
 */
export default async function setUp(): Promise<void> {
  process.chdir(projectFolder);
  fs.rmSync(path.join(projectFolder, "deployments", "default.simnet-plan.yaml"), { force: true });
  fs.rmSync(path.join(reportFolder, "files"), { recursive: true, force: true });
  await initSimnet("./Clarinet.toml", true);
}
