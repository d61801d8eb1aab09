import type { CanaryState, PromoteDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { run } from "./model/run.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process } from "./model/process.js";
import { eligibleMachine, promotion, watch } from "./model/scenarios.js";

function stateOf(machine: Machine): CanaryState & { readonly evidence?: { readonly decisions?: number } | null } {
  return JSON.parse(machine.disk.read(PATHS.state) ?? "null");
}

async function promoted(machine: Machine, to: 0.5 | 1): Promise<PromoteDocument> {
  const outcome = await run(machine, new Process(machine), (context) => promotion(context, to));
  if (outcome.kind !== "done") throw new Error("it ended without a document", { cause: outcome });
  return outcome.document;
}

async function watched(machine: Machine): Promise<void> {
  expect(await run(machine, new Process(machine), watch)).toMatchObject({ kind: "done", document: { exitCode: 0 } });
}

describe("a ramp of 10, 50 and 100 % has one budget of false alarms", () => {
  test("each watch continues the evidence of the one before", async () => {
    const machine = await eligibleMachine();
    const counts: number[] = [];
    /** Also of what was published until the promotion's own process. */
    const count = (): void => void counts.push(stateOf(machine).evidence?.decisions ?? Number.NaN);
    count();
    for (const share of [0.5, 1] as const) {
      expect(await promoted(machine, share)).toMatchObject({ exitCode: 0 });
      count();
      await watched(machine);
      count();
    }
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(new Set(counts).size).toBe(5);
  });

  test.each([
    ["is of another policy", (evidence: object) => ({ ...evidence, setup: "0".repeat(64) })],
    ["is not there", () => null],
  ])("nothing is promoted where the evidence so far %s", async (_, spoil) => {
    const machine = await eligibleMachine();
    const state = stateOf(machine);
    const spoilt = { ...state, evidence: spoil(state.evidence ?? {}) };
    machine.disk.put(PATHS.state, `${JSON.stringify(spoilt)}\n`);
    const before = machine.dropIn;
    const document = await promoted(machine, 0.5);
    expect(document).toMatchObject({ exitCode: 2, codes: ["evidence_unusable"] });
    expect(document.reasons.join(" ")).toMatch(/roll back/i);
    expect(machine.dropIn).toBe(before);
    expect(stateOf(machine)).toMatchObject({ phase: "eligible" });
  });
});
