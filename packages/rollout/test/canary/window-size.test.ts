import { DEFAULT_POLICY } from "@qsc/violations";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OperationContext } from "../../src/operation/context.js";
import { promote } from "../../src/promote.js";
import { activate } from "../../src/activate.js";
import { leastWindow, WATCH_WINDOW } from "../../src/canary/window-size.js";
import { unprovenOf } from "../../src/watch/violations.js";
import type { Machine } from "./model/machine.js";
import { MODEL } from "./model/engine.js";
import { PATHS, POLICY, Process } from "./model/process.js";
import { PROOF_MS, run } from "./model/run.js";
import { baselineMachine, canaryMachine, eligibleMachine, watchWith } from "./model/scenarios.js";

const QUIET = new AbortController().signal;

/** What a command reports, and what it left behind: files, drop-in, dead-man, starts of the engine. */
async function told(machine: Machine, act: (context: OperationContext) => Promise<unknown>): Promise<string> {
  const outcome = await run(machine, new Process(machine), act);
  if (outcome.kind === "rejected") return String(outcome.error);
  if (outcome.kind !== "done") throw new Error("it died");
  return (outcome.document as { readonly reasons: readonly string[] }).reasons.join(" ");
}

function traceOf({ disk, dropIn, starts, guard }: Machine): string {
  return JSON.stringify([Object.values(PATHS).map((path) => disk.read(path)), dropIn, starts, guard.running]);
}

describe("a watch whose window can never hold the events that its policy needs", () => {
  const SMALL = POLICY.minEvents.canary;
  const refusal = new RegExp(
    `the newest ${SMALL} entries can never have the ${SMALL} events that minEvents\\.canary of the policy model asks for.*--window ${leastWindow(POLICY)} or more`,
  );

  test("is refused by the watch itself, before it does anything", async () => {
    const machine = await canaryMachine();
    const before = traceOf(machine);
    expect(await told(machine, (context) => watchWith(context, { window: SMALL }))).toMatch(refusal);
    expect(traceOf(machine)).toBe(before);
  });

  test.each([true, false])("is refused before the canary begins; as a dry run: %s", async (dryRun) => {
    const machine = await baselineMachine();
    const cutoverMs = machine.engine?.startedMs ?? 0;
    const before = traceOf(machine);
    const act = (context: OperationContext) =>
      activate(context, {
        model: MODEL,
        cutoverMs,
        dryRun,
        durationMs: 13_000,
        watchUnit: null,
        window: SMALL,
        proofMs: PROOF_MS,
        signal: QUIET,
      });
    expect(await told(machine, act)).toMatch(refusal);
    expect(traceOf(machine)).toBe(before);
  });

  test("is refused before a promotion", async () => {
    const machine = await eligibleMachine();
    const before = traceOf(machine);
    const act = (context: OperationContext) =>
      promote(context, {
        to: 0.5,
        durationMs: 13_000,
        watchUnit: null,
        window: SMALL,
        proofMs: PROOF_MS,
        signal: QUIET,
      });
    expect(await told(machine, act)).toMatch(refusal);
    expect(traceOf(machine)).toBe(before);
  });

  test("a healthy watch with the smallest allowed window proves its canary", async () => {
    const machine = await canaryMachine();
    expect(
      await run(machine, new Process(machine), (context) => watchWith(context, { window: leastWindow(POLICY) })),
    ).toMatchObject({ document: { outcome: "eligible" } });
  });

  test("also for policies whose minimum is above the default window", () => {
    const policy = { ...DEFAULT_POLICY, minEvents: { collection: 100, canary: 3000 } };
    expect(leastWindow(policy)).toBeGreaterThan(WATCH_WINDOW);
    expect(leastWindow(DEFAULT_POLICY)).toBeLessThan(WATCH_WINDOW);
  });
});

test("a window of the smallest size has enough events, even if the most allowed are rejected or lack a model", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 200, max: 500_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (canary, rejected, missing) => {
        const least = leastWindow({ ...DEFAULT_POLICY, minEvents: { collection: 100, canary } });
        const events = least - Math.floor(least * 0.01 * rejected);
        expect(events - Math.floor(events * 0.05 * missing)).toBeGreaterThanOrEqual(canary);
      },
    ),
    { seed: Date.now() % 1_000_000 },
  );
});

test("if repetitions crowd out decisions, the end of a watch says that a larger window helps", () => {
  // The part of a judgement that a window is judged by.
  const look = {
    integrity: [],
    models: [],
    events: 1000,
    repeated: { events: 2000, models: [] },
  } as unknown as Parameters<typeof unprovenOf>[0];
  expect(unprovenOf(look, [], 1500)).toEqual([
    "the watch ends with 1000 decisions; at least 1500 are needed: 1000 of the newest 2000 entries repeat a decision, and a larger --window would hold more of the others",
  ]);
  expect(unprovenOf({ ...look, repeated: null }, [], 1500)).toEqual([
    "the watch ends with 1000 decisions; at least 1500 are needed",
  ]);
});
