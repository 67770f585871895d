import fs from "node:fs";
import path from "node:path";
import { initSimnet } from "@stacks/clarinet-sdk";
import { projectFolder, reportFolder, testFolder } from "./paths";

const plan = path.join(projectFolder, "deployments", "default.simnet-plan.yaml");

/** Everything that the deployment plan is made from: a contract's calls decide when it is deployed. */
function sources(): string[] {
  const contracts = fs
    .readdirSync(path.join(projectFolder, "contracts"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".clar"))
    .map((file) => path.join(projectFolder, "contracts", file));
  return [
    ...contracts,
    path.join(projectFolder, "Clarinet.toml"),
    path.join(projectFolder, "settings", "Devnet.toml"),
    path.join(testFolder, "package-lock.json"),
  ];
}

function isPlanFresh(): boolean {
  if (!fs.existsSync(plan)) return false;
  const written = fs.statSync(plan).mtimeMs;
  return sources().every((source) => fs.statSync(source).mtimeMs < written);
}

/**
 * Writes the deployment plan before the workers start, unless it is up to date: they all read the same
 * file, and would write over each other's if it did not match `Clarinet.toml`.
 */
export default async function setUp(): Promise<void> {
  process.chdir(projectFolder);
  fs.rmSync(path.join(reportFolder, "files"), { recursive: true, force: true });
  if (isPlanFresh()) return;
  fs.rmSync(plan, { force: true });
  await initSimnet("./Clarinet.toml", true);
}
