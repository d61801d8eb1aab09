import { QscError, type MonitorDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { readAudit } from "../../src/operation/audit-log.js";
import type { OperationContext } from "../../src/operation/context.js";
import { baselineProblems, isExposed } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process, type Plant } from "./model/process.js";
import { installDeadMan, pass, run, type Outcome } from "./model/run.js";
import { canaryMachine, takingBack, watch, watchWith } from "./model/scenarios.js";

const MINUTE_MS = 60_000;

/** A watch whose working directory becomes read-only after some seconds. */
async function watched(machine: Machine): Promise<Outcome<MonitorDocument>> {
  return run(machine, new Process(machine), (context) => {
    machine.sleepUntil(machine.monotonicMs + 5000, machine, () => {
      machine.diskIsReadOnly = true;
    });
    return watch(context);
  });
}

type Files = OperationContext["files"];

/** A process for which these methods of its files fail below the working directory. */
const failing =
  (why: string, methods: readonly (keyof Files)[], name = ""): Plant =>
  (context) => {
    const { files } = context;
    const fails = methods.map((method) => [
      method,
      (path: string, ...rest: readonly unknown[]) =>
        path.startsWith(`/work/${name}`)
          ? Promise.reject(new QscError("file_failed", `Cannot write '${path}': ${why}.`))
          : (files[method] as (...all: readonly unknown[]) => Promise<unknown>)(path, ...rest),
    ]);
    return { ...context, files: { ...files, ...(Object.fromEntries(fails) as Partial<Files>) } };
  };

/** Once the disk can be written again, the dead-man proves the baseline, removes what is left, and goes. */
async function expectTidied(machine: Machine): Promise<void> {
  machine.diskIsReadOnly = false;
  await pass(machine, 2 * MINUTE_MS);
  expect(await baselineProblems(machine)).toEqual([]);
}

describe("a working directory that became read-only", () => {
  test("ends a watch: it rolls the canary back at once, and says what could not be written", async () => {
    const machine = await canaryMachine();
    const { starts } = machine;
    const began = machine.monotonicMs;
    const outcome = await watched(machine);
    expect(outcome).toMatchObject({
      kind: "done",
      document: {
        exitCode: 2,
        outcome: "rollback_failed",
        violations: [expect.stringMatching(/^watch: .*EROFS/)],
        rollback: { weights: { after: expect.any(Object) as object } },
      },
    });
    if (outcome.kind !== "done") throw new Error("it ends");
    expect(outcome.document.reasons.join(" ")).toMatch(/serves its baseline again.*could be removed.*EROFS/);
    expect([isExposed(machine), machine.dropIn, machine.starts - starts]).toEqual([false, null, 1]);
    expect(machine.monotonicMs - began).toBeLessThan(MINUTE_MS);
  });

  test("does not make the dead-man restart the engine that the watch has restarted", async () => {
    const machine = await canaryMachine();
    await watched(machine);
    const { starts } = machine;
    installDeadMan(machine);
    await pass(machine, 30 * MINUTE_MS);
    expect(machine.starts - starts).toBe(0);
    expect(machine.guardState(), "it goes on").toBe("armed");
    await expectTidied(machine);
    expect(machine.starts - starts).toBe(0);
  });

  test("does not keep the dead-man from rolling back, once", async () => {
    const machine = await canaryMachine();
    const { starts } = machine;
    machine.diskIsReadOnly = true;
    installDeadMan(machine);
    await pass(machine, 30 * MINUTE_MS);
    expect([isExposed(machine), machine.starts - starts]).toEqual([false, 1]);
    expect(machine.life.longestMs).toBeLessThan(120_000);
    await expectTidied(machine);
  });

  test("does not keep a dead-man whose tool is broken from rolling back, once", async () => {
    const machine = await canaryMachine();
    const { starts } = machine;
    machine.diskIsReadOnly = true;
    installDeadMan(machine, {
      plant: (context) => ({ ...context, lock: { acquire: () => Promise.reject(new Error("a bug")) } }),
    });
    await pass(machine, 30 * MINUTE_MS);
    expect([isExposed(machine), machine.starts - starts]).toEqual([false, 1]);
  });

  test("does not hide a process that serves the canary all the same: that is restarted", async () => {
    const machine = await canaryMachine();
    const { engine } = machine;
    await watched(machine);
    const { starts } = machine;
    if (engine === null || machine.engine === null) throw new Error("it runs");
    machine.engine = { ...machine.engine, weights: engine.weights, canary: engine.canary };
    await run(machine, new Process(machine), (context) => takingBack(context, true));
    expect([isExposed(machine), machine.starts - starts]).toEqual([false, 1]);
  });

  test("does not stop an operator's rollback", async () => {
    const machine = await canaryMachine();
    machine.diskIsReadOnly = true;
    const outcome = await run(machine, new Process(machine), takingBack);
    expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 2 } });
    expect([isExposed(machine), machine.dropIn]).toEqual([false, null]);
  });
});

describe("a watch", () => {
  test.each(["EACCES: permission denied", "ENOSPC: no space left on device", "EIO: i/o error"])(
    "that cannot renew its lease rolls back at once: %s",
    async (why) => {
      const machine = await canaryMachine();
      const began = machine.monotonicMs;
      const process = new Process(machine, { plant: failing(why, ["overwrite"], "data/qsc_canary_lease") });
      const outcome = await run(machine, process, watch);
      expect(outcome).toMatchObject({
        document: { outcome: "rolled_back", violations: [expect.stringContaining(`watch: it cannot go on: `)] },
      });
      expect(JSON.stringify(outcome)).toContain(why);
      expect(isExposed(machine)).toBe(false);
      expect(machine.monotonicMs - began).toBeLessThan(MINUTE_MS);
    },
  );

  test("whose log cannot be written rolls back instead of making the canary eligible", async () => {
    const machine = await canaryMachine();
    const process = new Process(machine, { plant: failing("EACCES: permission denied", ["append"]) });
    expect(await run(machine, process, watch)).toMatchObject({
      document: { outcome: "rolled_back", violations: [expect.stringMatching(/EACCES/)] },
    });
    expect(isExposed(machine)).toBe(false);
  });

  test("that is interrupted does not roll back for a file that cannot be written", async () => {
    const machine = await canaryMachine();
    const interruption = new AbortController();
    const plant: Plant = (context) => ({
      ...context,
      files: {
        ...context.files,
        overwrite: () => {
          interruption.abort();
          return Promise.reject(new QscError("file_failed", "the child was ended"));
        },
      },
    });
    const outcome = await run(machine, new Process(machine, { plant }), (context) =>
      watchWith(context, { signal: interruption.signal }),
    );
    expect(outcome).toMatchObject({ document: { outcome: "interrupted" } });
    expect(machine.dropIn).not.toBeNull();
  });
});

test("a directory in which nothing can be replaced, though the lease can be overwritten: the dead-man restarts the engine once", async () => {
  const machine = await canaryMachine();
  const { starts } = machine;
  installDeadMan(machine, { plant: UNREPLACEABLE });
  await pass(machine, 30 * MINUTE_MS);
  expect([isExposed(machine), machine.starts - starts]).toEqual([false, 1]);
  const { entries } = await readAudit(new Process(machine.clone()).context.files, PATHS.audit);
  expect(entries.map(({ event }) => event)).toEqual(["activate", "rollback"]);
});

const UNREPLACEABLE = failing("EACCES: permission denied", ["write", "rename", "remove"], "data/");

test.each<[string, (machine: Machine) => Promise<unknown>, Plant]>([
  ["a read-only disk", watched, (context) => context],
  [
    "a directory in which nothing can be replaced",
    (machine) => run(machine, new Process(machine, { plant: UNREPLACEABLE }), takingBack),
    UNREPLACEABLE,
  ],
])(
  "%s: a canary whose drop-in came back goes, even if the next rollback is killed right after it has removed that",
  async (_, prepare, plant) => {
    const machine = await canaryMachine();
    const { dropIn, engine } = machine;
    await prepare(machine);
    if (engine === null || machine.engine === null) throw new Error("it runs");
    machine.engine = { ...machine.engine, weights: engine.weights, canary: engine.canary };
    machine.dropIn = dropIn;
    const process: Process = new Process(machine, {
      plant: (context) => ({
        ...plant(context, machine),
        services: {
          ...context.services,
          stop: async () => {
            process.effects.kill();
            return new Promise(() => undefined);
          },
        },
      }),
    });
    expect(await run(machine, process, (context) => takingBack(context, true))).toEqual({ kind: "died" });
    expect([isExposed(machine), machine.dropIn]).toEqual([true, null]);
    machine.sourceIsDown = true;
    installDeadMan(machine, { plant });
    await pass(machine, MINUTE_MS);
    expect(isExposed(machine)).toBe(false);
  },
);
