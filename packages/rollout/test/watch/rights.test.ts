import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, onTestFinished, test } from "vitest";
import { QscError } from "@qsc/contract";
import { hostFiles } from "../../src/host/host-files.js";
import { canStillRollBack } from "../../src/canary/rights.js";
import { RightsWatch } from "../../src/watch/rights.js";
import { baselineProblems } from "../canary/model/invariants.js";
import { Process, type Plant } from "../canary/model/process.js";
import { installDeadMan, pass, run } from "../canary/model/run.js";
import { canaryMachine, watchWith } from "../canary/model/scenarios.js";

test("an obstacle is a violation after 15 s without a break, and is checked at most every 5 s", async () => {
  let asked = 0;
  let obstacles: readonly string[] = [];
  const rights = new RightsWatch(() => {
    asked += 1;
    return Promise.resolve(obstacles);
  });
  const at = (seconds: number): Promise<string | null> => rights.look(seconds * 1000);
  for (let second = 0; second < 20; second += 0.5) expect(await at(second)).toBeNull();
  expect(asked).toBe(4);
  obstacles = ["no right"];
  for (const second of [20, 25, 30]) expect(await at(second)).toBeNull();
  obstacles = [];
  expect(await at(35)).toBeNull();
  obstacles = ["no right"];
  for (const second of [40, 45, 50]) expect(await at(second)).toBeNull();
  expect(await at(55)).toMatch(/^rights: for 15 s .*: no right$/);
});

const lost =
  (code: "service_permission" | "file_failed", message: string): (() => Promise<never>) =>
  () =>
    Promise.reject(new QscError(code, message));
const LOSSES: readonly (readonly [string, Plant, RegExp])[] = [
  [
    "polkit",
    (context) => ({
      ...context,
      services: { ...context.services, resetFailed: lost("service_permission", "Access denied") },
    }),
    /Access denied/,
  ],
  [
    "an answer of polkit",
    (context) => ({ ...context, services: { ...context.services, resetFailed: () => context.clock.sleep(20_000) } }),
    /did not answer within 5 s/,
  ],
  [
    "the drop-in directory",
    (context) => ({
      ...context,
      files: { ...context.files, requireRemovable: lost("file_failed", "Cannot remove it: EACCES") },
    }),
    /EACCES/,
  ],
  [
    "the fallback",
    (context) => ({
      ...context,
      services: {
        ...context.services,
        guardState: (name) =>
          name.startsWith("qsc-fallback-") ? Promise.resolve("absent" as const) : context.services.guardState(name),
      },
    }),
    /qsc-fallback-engine\.timer does not run/,
  ],
  [
    "a stop in time",
    (context) => ({
      ...context,
      services: {
        ...context.services,
        state: async (unit) => ({ ...(await context.services.state(unit)), stop: null }),
      },
    }),
    /is unknown/,
  ],
];

test.each(LOSSES)("a watch that has lost %s rolls back within seconds", async (_, plant, why) => {
  const machine = await canaryMachine();
  installDeadMan(machine);
  const begun = machine.monotonicMs;
  const outcome = await run(machine, new Process(machine, { plant }), (context) =>
    watchWith(context, { durationMs: 600_000 }),
  );
  expect(outcome).toMatchObject({
    kind: "done",
    document: { kind: "monitor", violations: [expect.stringMatching(why)] },
  });
  expect(machine.monotonicMs - begun).toBeLessThan(60_000);
  await pass(machine, 60_000, () => machine.guardState() === "absent" && machine.guardRun === null);
  expect(await baselineProblems(machine)).toEqual([]);
});

test("there is no obstacle to a newly activated canary", async () => {
  const machine = await canaryMachine();
  expect(await canStillRollBack(new Process(machine).context)).toEqual([]);
});

test.runIf(process.getuid?.() !== 0)("files in a read-only directory cannot be removed", async () => {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, "d", "x.conf");
  await mkdir(join(directory.path, "d"));
  await writeFile(path, "");
  await hostFiles.requireRemovable(path);
  await chmod(join(directory.path, "d"), 0o555);
  await expect(hostFiles.requireRemovable(path)).rejects.toThrow(/EACCES/);
  await chmod(join(directory.path, "d"), 0o755);
});

test("a file can be removed whether or not it exists, but not if its directory is gone", async () => {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  await writeFile(join(directory.path, "x.conf"), "");
  await hostFiles.requireRemovable(join(directory.path, "x.conf"));
  await hostFiles.requireRemovable(join(directory.path, "y.conf"));
  await expect(hostFiles.requireRemovable(join(directory.path, "gone", "x.conf"))).rejects.toThrow(/ENOENT/);
});
