import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    environment: "node",
    // Loading the SDK takes seconds, so the files of a worker share it; every file starts its own chain.
    pool: "forks",
    isolate: false,
    maxWorkers: 2,
    // Long random sequences on a busy machine are slow and not stuck.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    globalSetup: ["./global-setup.ts"],
    setupFiles: ["./setup.ts"],
    reporters: ["default", "./report.ts"],
  },
});
