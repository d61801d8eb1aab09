import { describeRequiring, requireRedis, seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import type { DiagnosisDocument, ScoreboardDocument } from "@qsc/contract";
import { expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { documentHere } from "./support/here.js";

const START = Date.UTC(2026, 0, 5, 9);
const INTERVAL = 6000;
const COUNT = 1000;
/** Long enough for several decisions, like the candles of engines in the field. */
const CANDLE = 300_000;

/** What an engine may write as the time of its decision. */
const STAMPS: Record<string, (atMs: number) => unknown> = {
  "the minute": (atMs) => new Date(atMs - (atMs % 60_000)).toISOString(),
  "the start of its candle, as a number": (atMs) => atMs - (atMs % CANDLE),
  null: () => null,
  "an empty text": () => "",
  nothing: () => undefined,
};

/** Seven of ten decisions are the same frozen answers, as long as their stamp is the same; the rest vary. */
function frozen(stamp: (atMs: number) => unknown) {
  const mutate = (draft: Draft, index: number): void => {
    Object.assign(draft.payload, {
      symbol: "BTCUSDC",
      timestamp: stamp(START + index * INTERVAL),
      confidence: 0.5,
      consensus_count: 3,
    });
    draft.features = { atr_value: 0.02 };
    if (index % 10 >= 7) return;
    Object.keys(draft.modelBreakdown).forEach((model, at) => {
      Object.assign(draft.modelBreakdown[model] ?? {}, { action: at === 3 ? "HOLD" : "BUY", confidence: 0.5 });
    });
  };
  return seededTelemetry({ seed: 13, version: 1, count: COUNT, startMs: START, intervalMs: INTERVAL, mutate }).entries;
}

describeRequiring(requireRedis(), "a frozen ensemble whose decisions look like repetitions", () => {
  const sources = sourcePair();

  test.each(Object.entries(STAMPS))("is refused by every command if their time is %s", async (_, stamp) => {
    const written = await sources.write(frozen(stamp));
    const options = { cwd: sources.directory };
    for (const source of written) {
      const gate = await documentHere(["quality-gate", "--mode", "canary", ...source], options);
      expect([gate.code, gate.verdict]).toEqual([2, "fail"]);
      for (const { reasons } of gate.models) {
        expect(reasons.join()).toMatch(/action_collapse: share of (BUY|HOLD) is \d+(\.\d+)? % of 1000 predictions/);
        expect(reasons.join()).toMatch(
          /confidence_collapse: share of the one confidence 0\.5000 is 7\d(\.\d+)? % of 1000/,
        );
      }
      const board = await documentHere<ScoreboardDocument>(["scoreboard", ...source], options);
      expect(board.code).toBe(2);
      expect(board.models.map(({ status }) => status)).toEqual(["NO-GO", "NO-GO", "NO-GO", "NO-GO"]);
      const diagnosis = await documentHere<DiagnosisDocument>(["diagnose", ...source], options);
      expect([diagnosis.code, diagnosis.verdict]).toEqual([0, "fail"]);
      for (const { cause, actions } of diagnosis.models) {
        expect(cause).toContain("The answers collapsed to one label");
        expect(Math.max(...actions.map(({ share }) => share))).toBeGreaterThan(0.7);
      }
    }
  });
});
