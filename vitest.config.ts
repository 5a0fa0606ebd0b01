import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Run by scripts/e2e.mjs, which installs what they need.
    exclude: ["node_modules/**", "dist/**", "test/e2e/**"],
    // UTC everywhere: a test that depends on the machine's zone is a bug in the product too.
    env: { TZ: "UTC", NO_COLOR: "1" },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Most tests wait for a command line in a process of its own, so one more worker than Vitest would take pays.
    maxWorkers: Math.max(2, availableParallelism()),
  },
});
