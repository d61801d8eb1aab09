import { describeRequiring, requireRedis, seededTelemetry, type Draft, type Entry } from "@qsc-tooling/testkit";
import { iso, type SanityDocument, type ScoreboardDocument } from "@qsc/contract";
import { expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { document } from "./support/qsc.js";

const START = Date.UTC(2026, 0, 5, 9);
const INTERVAL = 1000;
const GATE = ["quality-gate", "--mode", "canary"];

/** Good decisions that collapse from one on; then the first ones are added again. */
function addedAgain(count: number, collapsedFrom: number, copies: number): readonly Entry[] {
  const mutate = (draft: Draft, index: number): void => {
    if (index < collapsedFrom) return;
    for (const answer of Object.values(draft.modelBreakdown)) Object.assign(answer, { action: "BUY", confidence: 0.5 });
  };
  const { entries } = seededTelemetry({ seed: 5, version: 2, count, startMs: START, intervalMs: INTERVAL, mutate });
  return [
    ...entries,
    ...entries.slice(0, copies).map((entry, at) => ({ ...entry, id: `${START + (count + at) * INTERVAL}-1` })),
  ];
}

describeRequiring(requireRedis(), "good decisions that are added again", () => {
  const sources = sourcePair();

  test("are not evidence for any command if a count leaves out their first time", async () => {
    for (const source of await sources.write(addedAgain(700, 600, 300))) {
      const options = { cwd: sources.directory };
      const gate = await document([...GATE, "--count", "300", ...source], options);
      expect([gate.code, gate.counts.judged, gate.counts.duplicates]).toEqual([2, 0, 300]);
      expect(gate.earlier).toEqual({ entries: 700, firstId: `${START}-0`, missing: [] });
      const board = await document<ScoreboardDocument>(["scoreboard", "--count", "300", ...source], options);
      expect([board.code, board.counts.judged]).toEqual([2, 0]);
      const sanity = await document<SanityDocument>(["feature-sanity", "--count", "300", ...source], options);
      expect([sanity.code, sanity.counts.judged]).toEqual([2, 0]);
    }
  });

  test("are not evidence after a cutover that is thousands of entries later", async () => {
    for (const source of await sources.write(addedAgain(5060, 5000, 440))) {
      const gate = await document([...GATE, "--after", iso(START + 5000 * INTERVAL), ...source], {
        cwd: sources.directory,
      });
      expect([gate.code, gate.counts.judged, gate.counts.duplicates]).toEqual([2, 60, 440]);
      expect(gate.earlier?.entries).toBe(5000);
    }
  });
});
