import { idTime, type Canary, type CanaryState, type Dependence, type MonitorDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import type { MonitorRequest } from "../../src/monitor.js";
import { baselineProblems, canaryProblems } from "./model/invariants.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process } from "./model/process.js";
import { run } from "./model/run.js";
import { canaryMachine, watchWith } from "./model/scenarios.js";

const HOUR_MS = 3_600_000;

async function watched(machine: Machine, options: Partial<MonitorRequest> = {}): Promise<MonitorDocument> {
  const outcome = await run(machine, new Process(machine), (context) => watchWith(context, options));
  if (outcome.kind !== "done") throw new Error("the watch came to no end", { cause: outcome });
  return outcome.document;
}

function later(machine: Machine, ms: number, what: () => void): void {
  machine.sleepUntil(machine.monotonicMs + ms, machine, what);
}

/** A baseline of 2,000 decisions, one a second, each independent of those before. */
const LONG_BASELINE: Dependence = {
  decisions: 2000,
  observations: 2000,
  spanMs: 2_000_000,
  labels: ["BUY", "SELL", "HOLD"].map((label) => ({
    labels: [label],
    afterThese: { cases: 222, n: 667 },
    afterOthers: { cases: 444, n: 1332 },
    within: 0,
  })),
  equalConfidences: { cases: 0, n: 1999 },
  confidences: { autocorrelation: 0, n: 1999 },
};

/** A canary whose gate has judged for long, so that its evidence sees faults in time. */
async function seenMachine(given: Partial<Dependence> = {}): Promise<Machine> {
  const machine = await canaryMachine();
  const state = stateOf(machine);
  if (state.phase !== "canary") throw new Error("there is a canary");
  const models = Object.entries(state.canary.models).map(([name, model]) => [
    name,
    { ...model, dependence: { ...LONG_BASELINE, ...given } },
  ]);
  const canary = { ...state.canary, models: Object.fromEntries(models) as Canary["models"] };
  // What the activation has gathered is of tests that allow for less: the watch begins at the first decision again.
  const began = Date.parse(state.watch.cutover);
  const cursor = machine.entries.find(({ id }) => id !== null && idTime(id) >= began)?.id;
  const watch = { ...state.watch, cursor, events: 0, mark: undefined };
  machine.disk.put(PATHS.state, JSON.stringify({ ...state, canary, watch, evidence: null }));
  return machine;
}

function buyingFrom(machine: Machine, ms: number): void {
  later(machine, ms, () => {
    machine.engineFaults.add("buys alone");
  });
}

/** Seven of ten decisions are one answer, published again and again as one decision. */
function frozenFrom(machine: Machine, ms: number): void {
  later(machine, ms, () => {
    machine.engineFaults.add("is frozen within its candle");
  });
}

function stateOf({ disk }: Machine): CanaryState {
  return JSON.parse(disk.read(PATHS.state) ?? "null") as CanaryState;
}

describe("the rule of a watch", () => {
  test("strict: a point estimate above its limit ends the watch before there is proof", async () => {
    const machine = await canaryMachine();
    buyingFrom(machine, 120_000);
    const document = await watched(machine, { durationMs: HOUR_MS, rule: "strict", window: 10 });
    expect(document).toMatchObject({ outcome: "rolled_back", rule: "strict" });
    expect(document.violations[0]).toMatch(/action_(bias|collapse): share of BUY is/);
    expect(document.evidence.some(({ conclusive }) => conclusive)).toBe(false);
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("strict: proof also ends the watch, even if the point estimate of a long window is still within its limit", async () => {
    const machine = await seenMachine();
    buyingFrom(machine, 600_000);
    const document = await watched(machine, { durationMs: HOUR_MS, rule: "strict", window: 100_000 });
    expect(document.outcome).toBe("rolled_back");
    expect(document.violations[0]).toMatch(/action_(bias|collapse): a violation is proven since answer \d+/);
    expect(document.violations.join()).not.toContain("share of BUY is");
  });

  test("evidence: only proof ends the watch", async () => {
    const machine = await seenMachine();
    buyingFrom(machine, 120_000);
    const document = await watched(machine, { durationMs: HOUR_MS, rule: "evidence", window: 10 });
    expect(document).toMatchObject({ outcome: "rolled_back", rule: "evidence" });
    expect(document.violations.every((violation) => violation.includes("a violation is proven since answer"))).toBe(
      true,
    );
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test("evidence: proof from all entries ends the watch of a frozen model whose answers look like repetitions", async () => {
    const machine = await seenMachine();
    frozenFrom(machine, 120_000);
    const document = await watched(machine, { durationMs: HOUR_MS, rule: "evidence", window: 10 });
    expect(document).toMatchObject({ outcome: "rolled_back", rule: "evidence" });
    expect(document.violations[0]).toMatch(/: a violation is proven since answer \d+.* \(counting repeated entries\)$/);
    expect(document.evidence.some(({ conclusive }) => conclusive)).toBe(true);
    expect(await baselineProblems(machine)).toEqual([]);
  });

  test.each([40, 12])(
    "strict: a point estimate over all of the newest %i entries also ends the watch, however few are distinct",
    async (window) => {
      const machine = await seenMachine();
      frozenFrom(machine, 120_000);
      const document = await watched(machine, { durationMs: HOUR_MS, rule: "strict", window });
      expect(document.outcome).toBe("rolled_back");
      expect(document.violations[0]).toMatch(/collapse: share of .*\(counting repeated entries\)$/);
      expect(document.watch?.worst[0]?.margin).toBeLessThan(0);
    },
  );

  test("evidence: a canary that is not proven when the watch ends is not eligible", async () => {
    const machine = await seenMachine();
    buyingFrom(machine, 1_200_000 - 15_000);
    const document = await watched(machine, { durationMs: 1_200_000, rule: "evidence", window: 10 });
    expect(document.outcome).toBe("rolled_back");
    expect(document.watch?.watchedMs).toBeGreaterThanOrEqual(1_200_000);
    expect(document.evidence.some(({ conclusive }) => conclusive)).toBe(false);
    expect(document.violations.join()).toMatch(/action_collapse: share of BUY is/);
  });

  test("evidence: a point estimate ends the watch where the gate has judged too little for proof in time", async () => {
    const machine = await canaryMachine();
    buyingFrom(machine, 120_000);
    const document = await watched(machine, { durationMs: HOUR_MS, rule: "evidence", window: 10 });
    expect(document).toMatchObject({ outcome: "rolled_back", rule: "evidence" });
    expect(document.violations[0]).toMatch(/action_(bias|collapse): share of BUY is/);
    expect(document.power?.rows.find(({ limit }) => limit === "action_collapse.largestShare")).toMatchObject({
      inTime: false,
    });
  });

  test("evidence: a point estimate ends the watch of a stream that is far slower than the gate's", async () => {
    const machine = await seenMachine({ spanMs: 20_000 });
    buyingFrom(machine, 120_000);
    const document = await watched(machine, { durationMs: 600_000, rule: "evidence", window: 10 });
    expect(document).toMatchObject({ outcome: "rolled_back", rule: "evidence" });
    // At the gate's rate of a hundred decisions a second it is seen in time; at this stream's it is not.
    expect(document.power?.rows.find(({ limit }) => limit === "action_collapse.largestShare")).toMatchObject({
      inTime: true,
    });
    expect(document.violations[0]).toMatch(/action_(bias|collapse): share of BUY is/);
  });

  test("a healthy watch ends eligible under both rules", async () => {
    for (const rule of ["strict", "evidence"] as const) {
      const machine = await seenMachine();
      expect(await watched(machine, { durationMs: 600_000, rule })).toMatchObject({ outcome: "eligible", rule });
      expect(await canaryProblems(machine, ["eligible"])).toEqual([]);
    }
  });
});

describe("the evidence of a watch", () => {
  test("continues where it was when the watch restarts, with each decision counted once", async () => {
    const machine = await seenMachine();
    const interruption = new AbortController();
    later(machine, 61_000, () => {
      interruption.abort();
    });
    const first = await watched(machine, { signal: interruption.signal, durationMs: HOUR_MS });
    const state = stateOf(machine);
    if (state.phase !== "canary") throw new Error("it is still a canary");
    expect(state.evidence).toMatchObject({ decisions: state.watch.events });
    const second = await watched(machine, { durationMs: 180_000 });
    expect(second.outcome).toBe("eligible");
    expect(second.watch?.events).toBeGreaterThan(first.watch?.events ?? Infinity);
    // The newest decision is tested when the next one shows that no other symbol decides with it.
    for (const { n } of second.evidence) expect(n).toBe((second.watch?.events ?? 0) - 1);
  });

  test("counts a decision that is published twice once", async () => {
    const machine = await seenMachine();
    later(machine, 20_000, () => {
      machine.repeat();
    });
    const document = await watched(machine, { durationMs: 60_000 });
    const [{ n } = { n: Number.NaN }] = document.evidence;
    // The newest decision is not tested yet.
    expect(n).toBe((document.watch?.events ?? 0) - 2);
  });

  test("continues where it was with repeated entries, too", async () => {
    const options = { durationMs: HOUR_MS, rule: "evidence", window: 10 } as const;
    const proven = async (interruptedAfter: number | null): Promise<MonitorDocument> => {
      const machine = await seenMachine();
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

  test("that was changed ends the watch without a pass, and leaves the rest to the dead-man", async () => {
    const machine = await seenMachine();
    await watched(machine, { durationMs: HOUR_MS, signal: abortedAfter(machine, 30_000) });
    machine.disk.put(PATHS.state, JSON.stringify({ ...stateOf(machine), evidence: { version: 1, setup: "another" } }));
    const outcome = await run(machine, new Process(machine), (context) => watchWith(context, {}));
    expect(outcome).toMatchObject({ kind: "rejected", error: { code: "evidence_unusable" } });
  });
});

function abortedAfter(machine: Machine, ms: number): AbortSignal {
  const interruption = new AbortController();
  later(machine, ms, () => {
    interruption.abort();
  });
  return interruption.signal;
}
