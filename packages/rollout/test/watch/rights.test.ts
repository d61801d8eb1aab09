import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { expect, onTestFinished, test } from "vitest";
import { QscError } from "@qsc/contract";
import { hostFiles } from "../../src/canary/files.js";
import { canStillRollBack } from "../../src/canary/rights.js";
import { RightsWatch } from "../../src/watch/rights.js";
import { baselineProblems } from "../canary/model/invariants.js";
import { Process, type Plant } from "../canary/model/process.js";
import { installDeadMan, pass, run } from "../canary/model/run.js";
import { canaryMachine, watchWith } from "../canary/model/scenarios.js";

test("what is in the way is a violation after 15 s without a break, and is asked for every 5 s at most", async () => {
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

const lost = (code: "service_permission" | "file_failed", message: string): (() => Promise<never>) => () => Promise.reject(new QscError(code, message));
const LOSSES: readonly (readonly [string, Plant, RegExp])[] = [
  ["polkit", (world) => ({ ...world, services: { ...world.services, resetFailed: lost("service_permission", "Access denied") } }), /Access denied/],
  ["an answer of polkit", (world) => ({ ...world, services: { ...world.services, resetFailed: () => world.clock.sleep(20_000) } }), /did not answer within 5 s/],
  ["the drop-in directory", (world) => ({ ...world, files: { ...world.files, requireRemovable: lost("file_failed", "Cannot remove it: EACCES") } }), /EACCES/],
  ["the fallback", (world) => ({ ...world, services: { ...world.services, guardState: (name) => name.startsWith("qsc-fallback-") ? Promise.resolve("absent" as const) : world.services.guardState(name) } }), /qsc-fallback-engine\.timer does not run/],
  ["a stop in time", (world) => ({ ...world, services: { ...world.services, state: async (unit) => ({ ...(await world.services.state(unit)), stop: null }) } }), /is unknown/],
];

test.each(LOSSES)("a watch that has lost %s rolls back within seconds", async (_, plant, why) => {
  const machine = await canaryMachine();
  installDeadMan(machine);
  const begun = machine.monotonicMs;
  const outcome = await run(machine, new Process(machine, { plant }), (world) => watchWith(world, { durationMs: 600_000 }));
  expect(outcome).toMatchObject({ kind: "done", document: { kind: "monitor", violations: [expect.stringMatching(why)] } });
  expect(machine.monotonicMs - begun).toBeLessThan(60_000);
  await pass(machine, 60_000, () => machine.guardState() === "absent" && machine.guardRun === null);
  expect(await baselineProblems(machine)).toEqual([]);
});

test("nothing is in the way of a canary as it is activated", async () => {
  const machine = await canaryMachine();
  expect(await canStillRollBack(new Process(machine).world)).toEqual([]);
});

test.runIf(process.getuid?.() !== 0)("a directory that may not be written to keeps its files", async () => {
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

test("a file may be removed that is there, or is not; not one whose directory is gone", async () => {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  await writeFile(join(directory.path, "x.conf"), "");
  await hostFiles.requireRemovable(join(directory.path, "x.conf"));
  await hostFiles.requireRemovable(join(directory.path, "y.conf"));
  await expect(hostFiles.requireRemovable(join(directory.path, "gone", "x.conf"))).rejects.toThrow(/ENOENT/);
});
