import { describe, expect, test } from "vitest";
import { baselineProblems } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process, type Plant } from "./model/process.js";
import { run } from "./model/run.js";
import { canaryMachine, ROLLBACK_OF_PROMOTED, takingBack } from "./model/scenarios.js";

const OWN = { xgb: 0.2, lightgbm: 0.2, patchtst: 0.6 };

/** A unit whose canary was rolled back, so that its state is the baseline's. */
async function takenBackMachine(): Promise<Machine> {
  const machine = await canaryMachine();
  await run(machine, new Process(machine), takingBack);
  return machine;
}

/**
 * An operator gave the running process a canary's variables by hand, and has since removed them from the unit's files.
 */
function givenByHand(machine: Machine): void {
  if (machine.engine === null) throw new Error("it runs");
  machine.engine = { ...machine.engine, weights: OWN };
}

describe("a rollback in the phase baseline", () => {
  test("restarts a process that serves other weights than the saved baseline, whatever the unit's files say now", async () => {
    const machine = await takenBackMachine();
    givenByHand(machine);
    const { starts } = machine;
    expect(await run(machine, new Process(machine), takingBack)).toMatchObject({ document: { exitCode: 0 } });
    expect(machine.starts).toBe(starts + 1);
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("restarts a process with a canary's variables in its own environment, even if it serves the right weights", async () => {
    const machine = await takenBackMachine();
    const { starts, engine } = machine;
    const plant: Plant = (context) => ({
      ...context,
      files: {
        ...context.files,
        read: (path) =>
          path === `/proc/${engine?.pid ?? 0}/environ`
            ? Promise.resolve("PATH=/bin\0QSC_CANARY_WEIGHTS={}\0")
            : context.files.read(path),
      },
    });
    expect(await run(machine, new Process(machine, { plant }), takingBack)).toMatchObject({
      document: { exitCode: 0 },
    });
    expect(machine.starts).toBe(starts + 1);
  });

  test("is never proven by a process that still serves other weights after a restart, and says which", async () => {
    const machine = await takenBackMachine();
    machine.disk.put(PATHS.baseline, JSON.stringify({ weights: OWN }));
    const outcome = await run(machine, new Process(machine), takingBack);
    expect(outcome).toMatchObject({
      document: {
        exitCode: 2,
        reasons: [
          expect.stringMatching(
            /serves xgb 0\.5.* not .*patchtst 0\.6.*; if these are the engine's own weights now, move .*baseline_model_weights\.json away/,
          ),
        ],
      },
    });
  });

  test("leaves a process that serves the saved baseline running", async () => {
    const machine = await takenBackMachine();
    const { starts } = machine;
    expect(await run(machine, new Process(machine), takingBack)).toMatchObject({ document: { exitCode: 0 } });
    expect(machine.starts).toBe(starts);
  });
});

test("promoted weights that have become the engine's own are the saved baseline from then on", async () => {
  const machine = await ROLLBACK_OF_PROMOTED.start();
  const weights = machine.engine?.weights ?? {};
  const start = machine.start.bind(machine);
  machine.start = () => {
    start();
    if (machine.engine !== null) machine.engine = { ...machine.engine, weights };
  };
  expect(await run(machine, new Process(machine), takingBack)).toMatchObject({
    document: {
      exitCode: 0,
      weights: { after: weights },
      warnings: [expect.stringContaining("its own weights by now")],
    },
  });
  const { starts } = machine;
  expect(await run(machine, new Process(machine), takingBack)).toMatchObject({
    document: { exitCode: 0, weights: { after: weights } },
  });
  expect(machine.starts).toBe(starts);
});
