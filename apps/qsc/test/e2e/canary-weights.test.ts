import { describeRequiring, requireRedis, seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { document } from "./support/qsc.js";

type Canary = { readonly model: string; readonly weight: number } | null;

/** What an engine reports about its canary, with models of weight 0.25 each, and what the gate says about that. */
const CONTRADICTIONS: readonly (readonly [string, Canary, string])[] = [
  [
    "another weight",
    { model: "xgboost", weight: 0.1 },
    "the canary xgboost has the weight 0.1, and among the weights 0.25 (300 x, first",
  ],
  [
    "a weight just outside the tolerance",
    { model: "xgboost", weight: 0.250002 },
    "the canary xgboost has the weight 0.250002",
  ],
  ["a model that has no weight", { model: "catboost", weight: 0.25 }, "the canary catboost has no weight"],
  ["a model without weight, and the share 0", { model: "catboost", weight: 0 }, "the canary catboost has no weight"],
];

describeRequiring(requireRedis(), "a canary that contradicts its weights", () => {
  const sources = sourcePair();
  const every = (canary: Canary, first = 0, last = 299) =>
    seededTelemetry({
      seed: 8,
      count: 300,
      intervalMs: 1000,
      mutate: (draft: Draft, index) => {
        if (index >= first && index <= last) draft.payload["canary"] = canary;
      },
    }).entries;
  const judged = async (command: readonly string[], canary: Canary) => {
    const written = await sources.write(every(canary));
    return Promise.all(written.map((source) => document([...command, ...source], { cwd: sources.directory })));
  };

  test.each(CONTRADICTIONS)("%s is refused by the gate, over a log and over a stream", async (_, canary, words) => {
    for (const { code, reasons } of await judged(["quality-gate", "--mode", "canary"], canary)) {
      expect([code, reasons]).toEqual([
        2,
        [expect.stringMatching(/^weights_mismatch: the engine reports .*, which contradict each other: /)],
      ]);
      expect(reasons.join()).toContain(words);
    }
  });

  test.each(["feature-sanity", "scoreboard"])("%s refuses it, too", async (command) => {
    for (const { code, reasons } of await judged([command], { model: "xgboost", weight: 0.1 })) {
      expect([code, reasons.join()]).toEqual([2, expect.stringContaining("weights_mismatch: the engine reports")]);
    }
  });

  test("diagnose names it", async () => {
    for (const { reasons } of await judged(["diagnose"], { model: "xgboost", weight: 0.1 })) {
      expect(reasons.join()).toContain("weights_mismatch: the engine reports");
    }
  });

  test.each<[string, Canary]>([
    ["the same weight", { model: "xgboost", weight: 0.25 }],
    ["the same weight within the tolerance", { model: "xgboost", weight: 0.2500009 }],
  ])("%s passes", async (_, canary) => {
    for (const { code, reasons } of await judged(["quality-gate", "--mode", "canary"], canary))
      expect([code, reasons]).toEqual([0, []]);
  });
});
