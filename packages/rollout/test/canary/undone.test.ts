import { expect, test } from "vitest";
import { QscError, type OperationStep } from "@qsc/contract";
import type { CanaryWorld } from "../../src/canary/world.js";
import { baselineProblems } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { Process, type Plant } from "./model/process.js";
import { run } from "./model/run.js";
import { activation, baselineMachine, eligibleMachine, promotion } from "./model/scenarios.js";

/** The drop-in can be written, and not be removed: an undo that fails. */
const stuckDropIn: Plant = (world) => ({
  ...world,
  services: { ...world.services, removeDropIn: () => Promise.reject(new QscError("dropin_failed", "Cannot remove the drop-in: it is read-only.")) },
});
const asItIs: Plant = (world) => world;

type Act = (world: CanaryWorld) => Promise<{ readonly exitCode: number; readonly steps: readonly OperationStep[]; readonly reasons: readonly string[] }>;

/** The engine does not read its environment, so that no canary is ever proven. */
async function deaf(machine: Machine): Promise<Machine> {
  machine.engineFaults.add("ignores its environment");
  return Promise.resolve(machine);
}

test.each<[string, () => Promise<Machine>, Act]>([
  ["an activation", async () => deaf(await baselineMachine()), (world) => activation(world)],
  ["a promotion", async () => deaf(await eligibleMachine()), (world) => promotion(world, 0.5)],
])("%s says that it is undone only where the baseline is proven again", async (_, start, act) => {
  for (const plant of [asItIs, stuckDropIn]) {
    const machine = await start();
    const outcome = await run(machine, new Process(machine, { plant }), act);
    if (outcome.kind !== "done") throw new Error("it ends with a document");
    const { exitCode, steps, reasons } = outcome.document;
    expect(exitCode).toBe(2);
    const isUndone = (await baselineProblems(machine)).length === 0;
    expect(isUndone).toBe(plant === asItIs);
    expect(steps.some((step) => step.outcome === "undone")).toBe(isUndone);
    expect(reasons.some((reason) => reason.includes("could not be undone"))).toBe(!isUndone);
    expect(reasons.join(" ")).not.toMatch(/what was done is undone|undoes what it did/);
  }
});

test("an activation that was interrupted, and cannot be undone, does not say that it is", async () => {
  const machine = await baselineMachine();
  const interruption = new AbortController();
  const plant: Plant = (world) => {
    const stuck = stuckDropIn(world, machine);
    const writeDropIn: typeof world.services.writeDropIn = async (...given) => {
      await world.services.writeDropIn(...given);
      interruption.abort();
    };
    return { ...stuck, services: { ...stuck.services, writeDropIn } };
  };
  const outcome = await run(machine, new Process(machine, { plant }), (world) => activation(world, interruption.signal));
  expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 2, reasons: [expect.stringMatching(/^Interrupted/), expect.stringContaining("could not be undone")] } });
  if (outcome.kind === "done") expect(JSON.stringify(outcome.document)).not.toMatch(/undone\./);
});
