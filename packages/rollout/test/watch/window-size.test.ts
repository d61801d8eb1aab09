import { DEFAULT_POLICY } from "@qsc/violations";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CanaryWorld } from "../../src/canary/world.js";
import { promote } from "../../src/promote.js";
import { activate } from "../../src/activate.js";
import { leastWindow, WATCH_WINDOW } from "../../src/watch/window-size.js";
import { unprovenOf } from "../../src/watch/violations.js";
import type { Machine } from "../canary/model/machine.js";
import { MODEL } from "../canary/model/engine.js";
import { PATHS, POLICY, Process } from "../canary/model/process.js";
import { PROOF_MS, run } from "../canary/model/run.js";
import { baselineMachine, canaryMachine, eligibleMachine, watchWith } from "../canary/model/scenarios.js";

const QUIET = new AbortController().signal;

/** What a command is told, and what it left behind: files, drop-in, dead-man, starts of the engine. */
async function told(machine: Machine, act: (world: CanaryWorld) => Promise<unknown>): Promise<string> {
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
  const refusal = new RegExp(`the newest ${SMALL} entries can never have the ${SMALL} events that minEvents\\.canary of the policy model asks for.*--window ${leastWindow(POLICY)} or more`);

  test("is refused by the watch itself, before it does anything", async () => {
    const machine = await canaryMachine();
    const before = traceOf(machine);
    expect(await told(machine, (world) => watchWith(world, { window: SMALL }))).toMatch(refusal);
    expect(traceOf(machine)).toBe(before);
  });

  test.each([true, false])("is refused before the canary begins, as a dry run: %s", async (dryRun) => {
    const machine = await baselineMachine();
    const cutoverMs = machine.engine?.startedMs ?? 0;
    const before = traceOf(machine);
    const act = (world: CanaryWorld) => activate(world, { model: MODEL, cutoverMs, dryRun, durationMs: 13_000, watchUnit: null, window: SMALL, proofMs: PROOF_MS, signal: QUIET });
    expect(await told(machine, act)).toMatch(refusal);
    expect(traceOf(machine)).toBe(before);
  });

  test("is refused before a promotion", async () => {
    const machine = await eligibleMachine();
    const before = traceOf(machine);
    const act = (world: CanaryWorld) => promote(world, { to: 0.5, durationMs: 13_000, watchUnit: null, window: SMALL, proofMs: PROOF_MS, signal: QUIET });
    expect(await told(machine, act)).toMatch(refusal);
    expect(traceOf(machine)).toBe(before);
  });

  test("with the smallest window that is allowed, a healthy watch proves its canary", async () => {
    const machine = await canaryMachine();
    expect(await run(machine, new Process(machine), (world) => watchWith(world, { window: leastWindow(POLICY) }))).toMatchObject({ document: { outcome: "eligible" } });
  });

  test("holds for policies whose minimum is above the default window", () => {
    const policy = { ...DEFAULT_POLICY, minEvents: { collection: 100, canary: 3000 } };
    expect(leastWindow(policy)).toBeGreaterThan(WATCH_WINDOW);
    expect(leastWindow(DEFAULT_POLICY)).toBeLessThan(WATCH_WINDOW);
  });
});

test("a window of the smallest size has enough events, however many of those that may be are rejected, or lack a model", () => {
  fc.assert(fc.property(fc.integer({ min: 200, max: 500_000 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (canary, rejected, missing) => {
    const least = leastWindow({ ...DEFAULT_POLICY, minEvents: { collection: 100, canary } });
    const events = least - Math.floor(least * 0.01 * rejected);
    expect(events - Math.floor(events * 0.05 * missing)).toBeGreaterThanOrEqual(canary);
  }), { seed: Date.now() % 1_000_000 });
});

test("where repetitions take the place of decisions, the end of a watch says that a larger window helps", () => {
  // Of a look, what the judgement of a window reads.
  const look = { integrity: [], models: [], events: 1000, repeated: { events: 2000, models: [] } } as unknown as Parameters<typeof unprovenOf>[0];
  expect(unprovenOf(look, [], 1500)).toEqual(["the watch ends with 1000 decisions; at least 1500 are needed: 1000 of the newest 2000 entries repeat a decision, and a larger --window would hold more of the others"]);
  expect(unprovenOf({ ...look, repeated: null }, [], 1500)).toEqual(["the watch ends with 1000 decisions; at least 1500 are needed"]);
});
