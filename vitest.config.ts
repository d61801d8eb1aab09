import { defineConfig } from "vitest/config";

const integration = "{packages,apps,tooling}/*/test/integration/**/*.test.ts";
const unit = ["{packages,apps,tooling}/*/test/**/*.test.ts", "examples/test/**/*.test.ts"];
const e2e = "{packages,apps,tooling}/*/test/e2e/**/*.test.ts";

export default defineConfig({
  test: {
    // Two cores; and the projects one after another, so that no real process waits for a CPU that a unit test has.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: unit,
          exclude: [integration, e2e],
          // Ends what hangs. It is no limit on speed: a machine that is busy or slow needs several times as long.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: [integration],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: [e2e],
          // The longest takes three minutes on two free processors.
          testTimeout: 480_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
