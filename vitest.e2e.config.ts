import { defineConfig } from "vitest/config";

// Suites that need more than npm: a real browser, a real LiteLLM, a global install. Started by scripts/e2e.mjs.
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    env: { TZ: "UTC", NO_COLOR: "1" },
    testTimeout: 300_000,
    hookTimeout: 600_000,
    pool: "forks",
    fileParallelism: false,
  },
});
