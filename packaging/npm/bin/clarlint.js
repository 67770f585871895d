#!/usr/bin/env node
// Starts the program that the package for this platform has. Exit codes are the program's own.
"use strict";

const { spawnSync } = require("node:child_process");

const platform = `${process.platform}-${process.arch}`;
const program = process.platform === "win32" ? "clarlint.exe" : "clarlint";

let path;
try {
  path = require.resolve(`clarlint-${platform}/bin/${program}`);
} catch {
  console.error(`error: the package clarlint-${platform} is not installed`);
  console.error("  help: install without --omit=optional; where there is no such package, see `cargo install clarlint`");
  process.exit(2);
}

const run = spawnSync(path, process.argv.slice(2), { stdio: "inherit" });
if (run.error) {
  console.error(`error: ${path} cannot be started: ${run.error.message}`);
  process.exit(2);
}
if (run.signal) {
  process.kill(process.pid, run.signal);
}
process.exit(run.status ?? 2);
