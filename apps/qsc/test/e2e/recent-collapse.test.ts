import type { DiagnosisDocument, GateDocument, QscDocument, ScoreboardDocument } from "@qsc/contract";
import { describeRequiring, requireRedis, seededTelemetry, type Draft, type Entry } from "@qsc-tooling/testkit";
import { expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { judgedAlike } from "./support/judged-alike.js";

const SOUND = 4800;
const COLLAPSED = 200;
const LATELY = "The answers were varied and have collapsed: the newest ones are nearly all alike, or missing.";

/** 5,000 decisions of which a model collapses in the newest 200: 4 %. */
const telemetry = (collapse: (answer: Record<string, unknown>) => void): readonly Entry[] =>
  seededTelemetry({
    seed: 21,
    count: SOUND + COLLAPSED,
    intervalMs: 2000,
    mutate: ({ modelBreakdown }: Draft, index) => {
      const answer = modelBreakdown["nhits"];
      if (index >= SOUND && answer !== undefined) collapse(answer);
    },
  }).entries;

describeRequiring(requireRedis(), "a model that collapsed lately, as an event log and in a real Redis", () => {
  const sources = sourcePair();

  const judged = <T extends QscDocument = GateDocument>(entries: readonly Entry[], ...args: readonly string[]) =>
    judgedAlike<T>(sources, entries, args);

  test.each<[string, (answer: Record<string, unknown>) => void, RegExp, string]>([
    [
      "one answer",
      (answer) => Object.assign(answer, { action: "HOLD", confidence: 0.6 }),
      /share of neutral answers is 100 % of 200 predictions; at most 99.5 % is allowed/,
      LATELY,
    ],
    [
      "one confidence with varied labels",
      (answer) => Object.assign(answer, { confidence: 0.6 }),
      /standard deviation of confidence is 0 \(n = 200\); at least 0.01 is needed/,
      LATELY,
    ],
    [
      "no prediction, with errors in few of all",
      (answer) => Object.assign(answer, { status: "inactive", inactive_reason: "model_missing" }),
      /share of non-predictions is 100 % of 200 answers; at most 50 % is allowed/,
      LATELY,
    ],
  ])("fails gate, scoreboard and diagnosis: %s", async (_, collapse, reason, cause) => {
    const entries = telemetry(collapse);
    const gate = await judged(entries, "quality-gate", "--mode", "canary", "--model", "nhits");
    expect([gate.code, gate.reasons.join("\n")]).toEqual([2, expect.stringMatching(reason)]);
    expect((await judged(entries, "quality-gate", "--mode", "canary", "--model", "xgboost")).code).toBe(0);

    const board = await judged<ScoreboardDocument>(entries, "scoreboard");
    expect(board.code).toBe(2);
    expect(board.models.find(({ model }) => model === "nhits")?.status).toBe("NO-GO");

    const diagnosis = await judged<DiagnosisDocument>(entries, "diagnose");
    expect(diagnosis.models.find(({ model }) => model === "nhits")?.cause).toBe(cause);
  });

  test("that collapsed earlier and has recovered passes", async () => {
    const { entries } = seededTelemetry({
      seed: 21,
      count: SOUND,
      mutate: ({ modelBreakdown }, index) => {
        if (index >= 1000 && index < 1200)
          Object.assign(modelBreakdown["nhits"] ?? {}, { action: "HOLD", confidence: 0.6 });
      },
    });
    expect((await judged(entries, "quality-gate", "--mode", "canary", "--model", "nhits")).code).toBe(0);
  });
});
