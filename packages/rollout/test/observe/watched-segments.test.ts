import { digestOf, type CanaryState, type Policy } from "@qsc/contract";
import { DEFAULT_POLICY, EntryMonitor } from "@qsc/violations";
import { describe, expect, test } from "vitest";
import { watchedSegments } from "../../src/observe/watched-segments.js";
import { PATHS } from "../canary/model/process.js";
import { canaryMachine } from "../canary/model/scenarios.js";

/** The state of a canary whose watch has judged three decisions of a symbol. */
async function judgedState(policy: Policy = DEFAULT_POLICY): Promise<CanaryState> {
  const machine = await canaryMachine();
  const state = JSON.parse(machine.disk.read(PATHS.state) ?? "") as CanaryState;
  if (state.phase !== "canary") throw new Error("a canary");
  const { models } = state.canary;
  const monitor = new EntryMonitor({ policy, models: Object.keys(models), baselines: new Map(Object.entries(models)) });
  for (const ms of [0, 60_000, 120_000]) monitor.take([], { ms, symbol: "BTC" });
  return { ...state, canary: { ...state.canary, policyHash: digestOf(policy) }, evidence: { ...monitor.state() } };
}

describe("what a watch has seen of each symbol", () => {
  test("is read from its state", async () => {
    const state = await judgedState();
    const { models, problem } = watchedSegments({ kind: "state", state }, DEFAULT_POLICY);
    expect(problem).toBeNull();
    expect(models.map(({ model }) => model).sort()).toEqual(Object.keys(state.canary?.models ?? {}).sort());
    for (const { segments } of models)
      expect(segments).toMatchObject({ decides: false, rows: [{ symbol: "BTC", decisions: 3, predictions: 0 }] });
  });

  test("is unknown under another policy, or if it is not as it was written, or the state is not", async () => {
    const state = await judgedState();
    const other: Policy = { ...DEFAULT_POLICY, segments: { by: "symbol" } };
    const spoilt = { ...state, evidence: { version: 2 } } as CanaryState;
    expect([
      watchedSegments({ kind: "state", state }, other),
      watchedSegments({ kind: "state", state: spoilt }, DEFAULT_POLICY),
      watchedSegments({ kind: "broken", detail: "it is not JSON" }, DEFAULT_POLICY),
    ]).toEqual([
      { models: [], problem: expect.stringContaining("another policy") as string },
      { models: [], problem: expect.stringContaining("not as this version writes it") as string },
      { models: [], problem: "it is not JSON" },
    ]);
  });

  test("is nothing before a decision was judged, and without a canary", async () => {
    const state = { ...(await judgedState()), evidence: null } as CanaryState;
    const none = { models: [], problem: null };
    expect(watchedSegments({ kind: "state", state }, DEFAULT_POLICY)).toEqual(none);
    expect(watchedSegments({ kind: "absent" }, DEFAULT_POLICY)).toEqual(none);
  });
});
