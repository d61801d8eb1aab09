import type { CanaryState, MonitorDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import type { MonitorRequest } from "../../src/monitor.js";
import { baselineProblems, canaryProblems } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process } from "./model/process.js";
import { run } from "./model/run.js";
import { canaryMachine, watchWith } from "./model/scenarios.js";

const HOUR_MS = 3_600_000;

async function watched(machine: Machine, options: Partial<MonitorRequest> = {}): Promise<MonitorDocument> {
  const outcome = await run(machine, new Process(machine), (world) => watchWith(world, options));
  if (outcome.kind !== "done") throw new Error("the watch came to no end", { cause: outcome });
  return outcome.document;
}

function later(machine: Machine, ms: number, what: () => void): void {
  machine.sleepUntil(machine.monotonicMs + ms, machine, what);
}

function buyingFrom(machine: Machine, ms: number): void {
  later(machine, ms, () => { machine.engineFaults.add("buys alone"); });
}

/** Seven of ten decisions are one answer, published again and again as one decision. */
function frozenFrom(machine: Machine, ms: number): void {
  later(machine, ms, () => { machine.engineFaults.add("is frozen within its candle"); });
}

function stateOf({ disk }: Machine): CanaryState {
  return JSON.parse(disk.read(PATHS.state) ?? "null") as CanaryState;
}

describe("the rule of a watch", () => {
  test("strict: a point estimate over its limit ends it before anything is proven", async () => {
    const machine = await canaryMachine();
    buyingFrom(machine, 120_000);
    const document = await watched(machine, { durationMs: HOUR_MS, rule: "strict", window: 10 });
    expect(document).toMatchObject({ outcome: "rolled_back", rule: "strict" });
    expect(document.violations[0]).toMatch(/action_(bias|collapse): share of BUY is/);
    expect(document.evidence.some(({ conclusive }) => conclusive)).toBe(false);
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("strict: what is proven ends it too, where the point estimate of a long window still lies within", async () => {
    const machine = await canaryMachine();
    buyingFrom(machine, 600_000);
    const document = await watched(machine, { durationMs: HOUR_MS, rule: "strict", window: 100_000 });
    expect(document.outcome).toBe("rolled_back");
    expect(document.violations[0]).toMatch(/action_(bias|collapse): a violation is proven since answer \d+/);
    expect(document.violations.join()).not.toContain("share of BUY is");
  });

  test("evidence: only what is proven ends it", async () => {
    const machine = await canaryMachine();
    buyingFrom(machine, 120_000);
    const document = await watched(machine, { durationMs: HOUR_MS, rule: "evidence", window: 10 });
    expect(document).toMatchObject({ outcome: "rolled_back", rule: "evidence" });
    expect(document.violations.every((violation) => violation.includes("a violation is proven since answer"))).toBe(true);
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("evidence: what only all entries prove ends it: a frozen model whose answers look like repetitions", async () => {
    const machine = await canaryMachine();
    frozenFrom(machine, 120_000);
    const document = await watched(machine, { durationMs: HOUR_MS, rule: "evidence", window: 10 });
    expect(document).toMatchObject({ outcome: "rolled_back", rule: "evidence" });
    expect(document.violations[0]).toMatch(/: a violation is proven since answer \d+.* \(counting repeated entries\)$/);
    expect(document.evidence.some(({ conclusive }) => conclusive)).toBe(true);
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test.each([40, 12])("strict: a point estimate over all of the newest %i entries ends it too, however few are distinct", async (window) => {
    const machine = await canaryMachine();
    frozenFrom(machine, 120_000);
    const document = await watched(machine, { durationMs: HOUR_MS, rule: "strict", window });
    expect(document.outcome).toBe("rolled_back");
    expect(document.violations[0]).toMatch(/collapse: share of .*\(counting repeated entries\)$/);
    expect(document.watch?.worst[0]?.margin).toBeLessThan(0);
  });

  test("evidence: what is only not proven yet when the watch ends is not eligible", async () => {
    const machine = await canaryMachine();
    buyingFrom(machine, 600_000 - 15_000);
    const document = await watched(machine, { durationMs: 600_000, rule: "evidence", window: 10 });
    expect(document.outcome).toBe("rolled_back");
    expect(document.watch?.watchedMs).toBeGreaterThanOrEqual(600_000);
    expect(document.evidence.some(({ conclusive }) => conclusive)).toBe(false);
    expect(document.violations.join()).toMatch(/action_collapse: share of BUY is/);
  });

  test("neither ends a healthy watch", async () => {
    for (const rule of ["strict", "evidence"] as const) {
      const machine = await canaryMachine();
      expect(await watched(machine, { durationMs: 600_000, rule })).toMatchObject({ outcome: "eligible", rule });
      expect(await canaryProblems(machine, ["eligible"])).toEqual([]);
    }
  });
});

describe("the evidence of a watch", () => {
  test("goes on where it was when the watch is started again, each decision counted once", async () => {
    const machine = await canaryMachine();
    const interruption = new AbortController();
    later(machine, 61_000, () => { interruption.abort(); });
    const first = await watched(machine, { signal: interruption.signal, durationMs: HOUR_MS });
    const state = stateOf(machine);
    if (state.phase !== "canary") throw new Error("it is still a canary");
    expect(state.evidence).toMatchObject({ decisions: state.watch.events });
    const second = await watched(machine, { durationMs: 180_000 });
    expect(second.outcome).toBe("eligible");
    expect(second.watch?.events).toBeGreaterThan(first.watch?.events ?? Infinity);
    for (const { n } of second.evidence) expect(n).toBe(second.watch?.events);
  });

  test("counts a decision that is published twice once", async () => {
    const machine = await canaryMachine();
    later(machine, 20_000, () => { machine.repeat(); });
    const document = await watched(machine, { durationMs: 60_000 });
    const [{ n } = { n: Number.NaN }] = document.evidence;
    expect(n).toBe((document.watch?.events ?? 0) - 1);
  });

  test("goes on with repeated entries where it was, too", async () => {
    const options = { durationMs: HOUR_MS, rule: "evidence", window: 10 } as const;
    const proven = async (interruptedAfter: number | null): Promise<MonitorDocument> => {
      const machine = await canaryMachine();
      frozenFrom(machine, 10_000);
      if (interruptedAfter !== null) {
        await watched(machine, { ...options, signal: abortedAfter(machine, interruptedAfter) });
        const state = stateOf(machine);
        if (state.phase !== "canary") throw new Error("it is still a canary");
        expect(state.evidence).toMatchObject({ repeated: { decisions: state.watch.events } });
      }
      return watched(machine, options);
    };
    const [whole, resumed] = [await proven(null), await proven(60_000)];
    expect(whole.outcome).toBe("rolled_back");
    expect(resumed.violations).toEqual(whole.violations);
  });

  test("that is not as it was written ends the watch without a word of good: the dead-man has the rest", async () => {
    const machine = await canaryMachine();
    await watched(machine, { durationMs: HOUR_MS, signal: abortedAfter(machine, 30_000) });
    machine.disk.put(PATHS.state, JSON.stringify({ ...stateOf(machine), evidence: { version: 1, setup: "another" } }));
    const outcome = await run(machine, new Process(machine), (world) => watchWith(world, {}));
    expect(outcome).toMatchObject({ kind: "rejected", error: { code: "evidence_unusable" } });
  });
});

function abortedAfter(machine: Machine, ms: number): AbortSignal {
  const interruption = new AbortController();
  later(machine, ms, () => { interruption.abort(); });
  return interruption.signal;
}
