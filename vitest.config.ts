import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // UTC everywhere: a test that depends on the machine's zone is a bug in the product too.
    env: { TZ: "UTC", NO_COLOR: "1" },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
  },
});
