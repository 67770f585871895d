// build.mjs FOLDER PLATFORM=PROGRAM..: writes the npm packages into FOLDER, `clarlint` and one for each platform.
// Their version and description are those of Cargo.toml. A platform is what node calls it: linux-x64.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"];

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const metadata = execFileSync("cargo", ["metadata", "--no-deps", "--format-version", "1"], { cwd: root });
const { version, description, license, repository } = JSON.parse(metadata).packages[0];
const shared = { version, description, license, repository: { type: "git", url: `git+${repository}.git` } };

const [folder, ...programs] = process.argv.slice(2);
if (!folder || programs.length === 0) {
  console.error("usage: build.mjs FOLDER PLATFORM=PROGRAM..");
  process.exit(2);
}

function write(name, content) {
  const at = join(folder, name);
  mkdirSync(join(at, "bin"), { recursive: true });
  writeFileSync(join(at, "package.json"), JSON.stringify({ name, ...shared, ...content }, null, 2) + "\n");
  copyFileSync(join(root, "LICENSE"), join(at, "LICENSE"));
  return at;
}

for (const program of programs) {
  const [platform, path] = program.split("=");
  if (!PLATFORMS.includes(platform)) {
    console.error(`there is no platform ${platform}; write one of ${PLATFORMS.join(", ")}`);
    process.exit(2);
  }
  const [os, cpu] = platform.split("-");
  const at = write(`clarlint-${platform}`, { os: [os], cpu: [cpu], files: ["bin"], preferUnplugged: true });
  const target = join(at, "bin", os === "win32" ? "clarlint.exe" : "clarlint");
  copyFileSync(path, target);
  chmodSync(target, 0o755);
}

const at = write("clarlint", {
  keywords: ["clarity", "stacks", "linter", "smart-contracts"],
  bin: { clarlint: "bin/clarlint.js" },
  files: ["bin"],
  engines: { node: ">=16" },
  optionalDependencies: Object.fromEntries(PLATFORMS.map((platform) => [`clarlint-${platform}`, version])),
});
cpSync(join(here, "bin"), join(at, "bin"), { recursive: true });
copyFileSync(join(here, "README.md"), join(at, "README.md"));
