import { defineConfig } from "vitest/config";

const integration = "{packages,apps,tooling}/*/test/integration/**/*.test.ts";
const unit = ["{packages,apps,tooling}/*/test/**/*.test.ts", "examples/test/**/*.test.ts"];
const e2e = "{packages,apps,tooling}/*/test/e2e/**/*.test.ts";
/** A canary on a real systemd: what is done to it, and how it ends. */
const lifeCycle = "apps/qsc/test/e2e/canary/*.test.ts";

/** Tests that go through all cases, or thousands of them: minutes of computing, which nobody wants beside `--watch`. */
const exhaustive = [
  "packages/notify/test/crash-points.test.ts",
  "packages/rollout/test/canary/{actors,actors-operator,actors-planted,double-fault,enumeration}.test.ts",
  "packages/rollout/test/canary/{evidence,full-disk,lease,planted,restarts,same-moments,two-at-once}.test.ts",
  "packages/rollout/test/judge/diagnosis/drift.test.ts",
  "packages/rollout/test/{lost-numbers,parts,repetitions,watch/window}.test.ts",
  "packages/stream-reader/test/{memory,retained}.test.ts",
  "packages/violations/test/{chance,duplicates}.test.ts",
];

// Ends what hangs. It is no limit on speed: a machine that is busy or slow needs several times as long.
const PATIENCE = { testTimeout: 300_000, hookTimeout: 120_000 } as const;

/** The longest takes three minutes on two free processors. */
const HANGING = 480_000;

/** They have the processors for themselves: no real process waits for one that a computation has. */
const COMPUTING = { ...PATIENCE, maxWorkers: 2, sequence: { groupOrder: 0 } };
/** `npm test` runs them beside the others with the lowest priority, so that they may stand still for minutes. */
const LEFT_OVER = { ...COMPUTING, testTimeout: 3_600_000, hookTimeout: 3_600_000 };
/** They wait for other processes for most of their time: more of them than processors run side by side. */
const WAITING = { ...PATIENCE, maxWorkers: 3, sequence: { groupOrder: 1 } };
/** Each runs several commands at once, and some of them have to come in time. */
const COMMANDING = { ...PATIENCE, testTimeout: HANGING, maxWorkers: 2, sequence: { groupOrder: 2 } };

/** They run the command line. */
const BUNDLED = { globalSetup: "tooling/bootstrap/bundled.js" } as const;

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: "unit", include: unit, exclude: [integration, e2e, ...exhaustive], ...COMPUTING },
      },
      { extends: true, test: { name: "exhaustive", include: exhaustive, ...LEFT_OVER } },
      { extends: true, test: { name: "integration", include: [integration], ...WAITING } },
      {
        extends: true,
        test: { name: "e2e", include: [e2e], exclude: [lifeCycle], ...WAITING, ...BUNDLED, testTimeout: HANGING },
      },
      { extends: true, test: { name: "life-cycle", include: [lifeCycle], ...COMMANDING, ...BUNDLED } },
    ],
  },
});
