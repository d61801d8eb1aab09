import { expect, test } from "vitest";
import { QscError, type OperationStep } from "@qsc/contract";
import type { OperationContext } from "../../src/operation/context.js";
import { baselineProblems } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { Process, type Plant } from "./model/process.js";
import { run } from "./model/run.js";
import { activation, baselineMachine, eligibleMachine, promotion } from "./model/scenarios.js";

/** The drop-in can be written, but not removed, so that an undo fails. */
const stuckDropIn: Plant = (context) => ({
  ...context,
  services: {
    ...context.services,
    removeDropIn: () => Promise.reject(new QscError("dropin_failed", "Cannot remove the drop-in: it is read-only.")),
  },
});
const asItIs: Plant = (context) => context;

type Act = (context: OperationContext) => Promise<{
  readonly exitCode: number;
  readonly steps: readonly OperationStep[];
  readonly reasons: readonly string[];
}>;

/** The engine does not read its environment, so that no canary is ever proven. */
async function deaf(machine: Machine): Promise<Machine> {
  machine.engineFaults.add("ignores its environment");
  return Promise.resolve(machine);
}

test.each<[string, () => Promise<Machine>, Act]>([
  ["an activation", async () => deaf(await baselineMachine()), (context) => activation(context)],
  ["a promotion", async () => deaf(await eligibleMachine()), (context) => promotion(context, 0.5)],
])("%s says that it is undone only if the baseline is proven again", async (_, start, act) => {
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

test("an interrupted activation that cannot be undone does not say that it was", async () => {
  const machine = await baselineMachine();
  const interruption = new AbortController();
  const plant: Plant = (context) => {
    const stuck = stuckDropIn(context, machine);
    const writeDropIn: typeof context.services.writeDropIn = async (...given) => {
      await context.services.writeDropIn(...given);
      interruption.abort();
    };
    return { ...stuck, services: { ...stuck.services, writeDropIn } };
  };
  const outcome = await run(machine, new Process(machine, { plant }), (context) =>
    activation(context, interruption.signal),
  );
  expect(outcome).toMatchObject({
    kind: "done",
    document: {
      exitCode: 2,
      reasons: [expect.stringMatching(/^Interrupted/), expect.stringContaining("could not be undone")],
    },
  });
  if (outcome.kind === "done") expect(JSON.stringify(outcome.document)).not.toMatch(/undone\./);
});

test("a promotion that cannot read the telemetry is refused with a document, like an activation", async () => {
  const machine = await eligibleMachine();
  machine.turnSource("down");
  const outcome = await run(machine, new Process(machine), (context) => promotion(context, 0.5));
  expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 2, cutover: null, model: null } });
  expect(outcome.kind === "done" && outcome.document.codes).toEqual([expect.stringMatching(/^source_/)]);
  expect(outcome.kind === "done" && outcome.document.steps).toMatchObject([{ name: "eligible", outcome: "failed" }]);
});
