import type { ActivateDocument, QscDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import type { OperationContext } from "../../src/operation/context.js";
import { readState } from "../../src/canary/state.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process } from "./model/process.js";
import { run } from "./model/run.js";
import { activation, baselineMachine, canaryMachine, eligibleMachine, promotion, watch } from "./model/scenarios.js";

const JUDGED = "a".repeat(64);
const SWAPPED = "b".repeat(64);

/** Changes on the disk what the engine's next process reads. */
const SWAPS: readonly [string, (field: string) => string][] = [
  ["build", (field) => field.replace('"build":"build"', '"build":"another build"')],
  ["file of the canary", (field) => field.replace(/("patchtst":\{[^}]*)a{64}/, `$1${SWAPPED}`)],
  ["file of another model", (field) => field.replace(/("xgb":\{[^}]*)a{64}/, `$1${SWAPPED}`)],
];

/** A model that could not be loaded: it is inactive, and names no file. */
const notLoaded =
  (model: string) =>
  (field: string): string =>
    field.replace(
      new RegExp(`"${model}":\\{[^}]*artifact_sha256[^}]*\\}`),
      `"${model}":{"status":"inactive","inactive_reason":"model_missing","error":"the file is missing"}`,
    );

function swap(machine: Machine, change: (field: string) => string, isSwapped: () => boolean): void {
  const publish = machine.publish.bind(machine);
  machine.publish = (label) => {
    const { length } = machine.entries;
    publish(label);
    if (!isSwapped()) return;
    machine.entries.splice(
      length,
      1,
      ...machine.entries
        .slice(length)
        .map((item) => (item.kind === "entry" ? { ...item, fields: item.fields.map(change) } : item)),
    );
  };
}

/** The next processes of the engine serve what was swapped in. */
function swapOnDisk(machine: Machine, change: (field: string) => string): void {
  const { starts } = machine;
  swap(machine, change, () => machine.starts > starts);
}

async function document(
  machine: Machine,
  act: (context: OperationContext) => Promise<QscDocument>,
): Promise<QscDocument> {
  const outcome = await run(machine, new Process(machine), act);
  if (outcome.kind !== "done") throw new Error("the command did not end", { cause: outcome });
  return outcome.document;
}

describe("the engine serves what the gate judged", () => {
  test("an activation keeps the build and the files that the gate judged", async () => {
    const machine = await canaryMachine();
    const read = await readState(new Process(machine).context);
    expect(read).toMatchObject({
      state: { canary: { served: { build: "build", artifacts: { xgb: JUDGED, lightgbm: JUDGED, patchtst: JUDGED } } } },
    });
  });

  test.each(SWAPS)("a %s swapped after the gate: the activation is undone", async (_what, change) => {
    const machine = await baselineMachine();
    swapOnDisk(machine, change);
    expect(await document(machine, activation)).toMatchObject({
      exitCode: 2,
      reasons: [expect.stringMatching(/the gate judged/)],
    });
    expect(machine.dropIn, "the drop-in").toBeNull();
    expect(machine.guardState(), "the dead-man").toBe("absent");
  });

  test.each(SWAPS)("a %s swapped under the watch: it rolls back", async (_what, change) => {
    const machine = await canaryMachine();
    // The window holds decisions of the swapped process only.
    machine.entries.splice(0);
    swap(machine, change, () => true);
    expect(await document(machine, watch)).toMatchObject({
      outcome: "rolled_back",
      violations: expect.arrayContaining([expect.stringMatching(/the gate judged/)]),
    });
    expect(machine.dropIn, "the drop-in").toBeNull();
  });

  test.each(SWAPS)("a %s swapped before a promotion: it is undone", async (_what, change) => {
    const machine = await eligibleMachine();
    swapOnDisk(machine, change);
    expect(await document(machine, (context) => promotion(context, 0.5))).toMatchObject({
      exitCode: 2,
      reasons: [expect.stringMatching(/the gate judged/)],
    });
    expect(machine.dropIn, "the drop-in").toBeNull();
  });

  describe.each(["patchtst", "xgb"])("the file of %s is gone, so that it answers nothing", (model) => {
    test.each([
      ["an activation", baselineMachine, activation],
      ["a promotion", eligibleMachine, (context: OperationContext) => promotion(context, 0.5)],
    ] as const)("%s is undone", async (_what, start, act) => {
      const machine = await start();
      swapOnDisk(machine, notLoaded(model));
      expect(await document(machine, act)).toMatchObject({
        exitCode: 2,
        codes: expect.arrayContaining(["canary_not_proven"]),
        reasons: expect.arrayContaining([expect.stringMatching(`no decision in which ${model} names its file`)]),
      });
      expect(machine.dropIn, "the drop-in").toBeNull();
    });
  });

  test.each(["patchtst", "xgb"])("%s, which needs a while before it answers, is proven once it does", async (model) => {
    const machine = await baselineMachine();
    let left = 3;
    swap(machine, notLoaded(model), () => machine.starts > 1 && left-- > 0);
    const { steps } = (await document(machine, activation)) as ActivateDocument;
    expect(steps).toContainEqual(expect.objectContaining({ name: "proof", outcome: "done" }));
    expect(left).toBeLessThan(0);
  });

  test("another policy than the activation's promotes nothing", async () => {
    const machine = await eligibleMachine();
    const { starts } = machine;
    const other = (context: OperationContext): OperationContext => {
      const { policy } = context.judgement;
      const changed = { ...policy, minEvents: { ...policy.minEvents, canary: policy.minEvents.canary + 1 } };
      return { ...context, judgement: { ...context.judgement, policy: changed } };
    };
    expect(await document(machine, (context) => promotion(other(context), 0.5))).toMatchObject({
      exitCode: 2,
      codes: ["policy_changed"],
      reasons: [expect.stringMatching(/^Nothing is promoted: the policy model is not the one/)],
    });
    expect(machine.starts, "starts of the engine").toBe(starts);
    expect(await document(machine, (context) => promotion(context, 0.5))).toMatchObject({ exitCode: 0 });
  });

  test("a promotion is refused if the state does not say what was judged", async () => {
    const machine = await eligibleMachine();
    const state = JSON.parse(machine.disk.read(PATHS.state) ?? "") as { canary: Record<string, unknown> };
    delete state.canary["served"];
    machine.disk.put(PATHS.state, JSON.stringify(state));
    const { starts } = machine;
    expect(await document(machine, (context) => promotion(context, 0.5))).toMatchObject({
      exitCode: 2,
      reasons: [expect.stringMatching(/does not say .* judged/)],
    });
    expect(machine.starts, "starts of the engine").toBe(starts);
  });
});

describe("the cutover of an activation is the start of the unit's process", () => {
  const START_MS = Date.UTC(2026, 0, 5, 9);
  test.each([
    [13_000, 2],
    [1500, 2],
    [-13_000, 2],
    [-999, 0],
    [0, 0],
  ])("%i ms after it: exit %i", async (lateMs, exitCode) => {
    const machine = await baselineMachine();
    const { starts } = machine;
    const found = await document(machine, (context) => activation(context, undefined, START_MS + lateMs));
    expect(found).toMatchObject({
      exitCode,
      ...(exitCode === 2 && { reasons: [expect.stringMatching(/started at 2026-01-05T09:00:00.000Z/)] }),
    });
    expect(machine.starts > starts, "whether the engine was restarted").toBe(exitCode === 0);
  });
});
