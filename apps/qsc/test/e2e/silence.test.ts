import { describeRequiring, requireRedis, seededTelemetry, type Draft, type Entry } from "@qsc-tooling/testkit";
import type { DiagnosisDocument, ScoreboardDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { documentHere } from "./support/here.js";

const START_MS = Date.UTC(2026, 0, 5, 9);
const MINUTE_MS = 60_000;
const GATE = ["quality-gate", "--mode", "canary"];
const iso = (ms: number): string => new Date(ms).toISOString();

describeRequiring(
  requireRedis(),
  "telemetry in which something fell silent, as an event log and in a real Redis",
  () => {
    const sources = sourcePair();

    /** What a command says about the entries as of the last one, from both kinds of source, which must agree. */
    async function judged<T extends { readonly code: number | null; readonly reasons: readonly string[] }>(
      entries: readonly Entry[],
      ...args: readonly string[]
    ): Promise<T> {
      const [log, stream] = await Promise.all(
        (await sources.write(entries)).map((source) => documentHere([...args, ...source], { cwd: sources.directory })),
      );
      if (log === undefined || stream === undefined) throw new Error("no document");
      expect([stream.code, stream.reasons]).toEqual([log.code, log.reasons]);
      return log as unknown as T;
    }

    describe("a model", () => {
      test("that has been inactive for the newest 45 min of 24 h fails, although 3.1 % is few", async () => {
        const { entries } = seededTelemetry({
          count: 24 * 60,
          intervalMs: MINUTE_MS,
          startMs: START_MS,
          mutate: ({ modelBreakdown }, index) => {
            if (index >= 24 * 60 - 45)
              modelBreakdown["nhits"] = {
                status: "inactive",
                inactive_reason: "model_missing",
                artifact_sha256: null,
                feature_dim: null,
              };
          },
        });
        const { code, reasons } = await judged(entries, ...GATE, "--model", "nhits");
        expect([code, reasons.join("\n")]).toEqual([
          2,
          expect.stringMatching(
            /^nhits: fail: model_silence: its newest prediction, of .*, is 45 min old as of .*; at most 15 min is allowed$/,
          ),
        ]);
        expect((await judged(entries, ...GATE, "--model", "xgboost")).code).toBe(0);
      });

      test("of version 1 that has been gone since the cutover is named by scoreboard, gate and diagnosis", async () => {
        const cutover = START_MS + 300 * 20_000;
        const { entries } = seededTelemetry({
          version: 1,
          count: 600,
          startMs: START_MS,
          mutate: (draft: Draft, index) => {
            if (index >= 300) Reflect.deleteProperty(draft.modelBreakdown, "patchtst");
          },
        });
        const board = await judged<ScoreboardDocument & { readonly code: number | null }>(
          entries,
          "scoreboard",
          "--after",
          iso(cutover),
        );
        expect([board.code, board.verdict]).toEqual([2, "fail"]);
        expect(board.models.map(({ model, status }) => [model, status])).toEqual([
          ["lightgbm", "GO"],
          ["nhits", "GO"],
          ["patchtst", "NO-GO"],
          ["xgboost", "GO"],
        ]);
        expect(board.reasons.join("\n")).toMatch(/patchtst: NO-GO: .*model_silence: it made no prediction since /);
        const gate = await judged(entries, ...GATE, "--after", iso(cutover), "--model", "patchtst");
        expect(gate.code).toBe(2);
        const diagnosis = await judged<DiagnosisDocument & { readonly code: number | null }>(
          entries,
          "diagnose",
          "--after",
          iso(cutover),
        );
        const found = diagnosis.models.find(({ model }) => model === "patchtst");
        expect([diagnosis.verdict, found?.verdict, found?.cause]).toEqual([
          "fail",
          "fail",
          expect.stringContaining("it appeared before the cutover"),
        ]);
      });

      test("that one event of 300 does not name is absent there, and passes", async () => {
        const { entries } = seededTelemetry({
          version: 1,
          mutate: (draft, index) => {
            if (index === 7) Reflect.deleteProperty(draft.modelBreakdown, "nhits");
          },
        });
        const [log] = await sources.write(entries);
        const gate = await documentHere([...GATE, "--model", "nhits", ...log], { cwd: sources.directory });
        expect([gate.code, gate.models.find(({ model }) => model === "nhits")?.stats.absent]).toEqual([0, 1]);
        expect(gate.models.find(({ model }) => model === "nhits")?.nonPredictionReasons).toEqual([
          { what: "absent", count: 1, sample: null },
        ]);
      });
    });

    describe("the stream", () => {
      const { entries } = seededTelemetry({ count: 300, startMs: START_MS });

      test.each([
        [15 * MINUTE_MS, 0],
        [15 * MINUTE_MS + 1, 2],
        [6 * 60 * MINUTE_MS, 2],
      ])("%i ms from the cutover to the first event: exit %i", async (ms, exit) => {
        for (const command of [[...GATE], ["feature-sanity"]]) {
          const { code, reasons } = await judged(entries, ...command, "--after", iso(START_MS - ms));
          expect(code, reasons.join("\n")).toBe(exit);
          if (exit === 2) expect(reasons.join("\n")).toContain("telemetry_silence: for ");
        }
      });

      test("entries that a count leaves out do not count as silence", async () => {
        expect((await judged(entries, ...GATE, "--after", iso(START_MS - 60 * MINUTE_MS), "--count", "250")).code).toBe(
          0,
        );
        expect((await judged(entries, ...GATE, "--after", iso(START_MS - 60 * MINUTE_MS), "--count", "301")).code).toBe(
          2,
        );
      });
    });

    describe("the models' files", () => {
      const first = "ab".repeat(32);
      const second = "cd".repeat(32);
      /** The same telemetry with a hash in each half of it. */
      const halves = (before: unknown, after: unknown): readonly Entry[] =>
        seededTelemetry({
          mutate: ({ modelBreakdown }, index) => {
            for (const answer of Object.values(modelBreakdown))
              answer["artifact_sha256"] = index < 150 ? before : after;
          },
        }).entries;

      test.each([
        ["plain hex", first, second],
        ["with a prefix", `sha256:${first}`, `sha256:${second}`],
        ["MD5", first.slice(0, 32), second.slice(0, 32)],
        ["base64", Buffer.from(first, "hex").toString("base64"), Buffer.from(second, "hex").toString("base64")],
        ["a number", 1, 2],
        ["none in one half", first, null],
        ["none in the other", null, second],
        ["an empty text", first, ""],
      ])("swapped halfway do not pass: %s", async (_, before, after) => {
        const gate = await judged(halves(before, after), ...GATE);
        expect([gate.code, gate.reasons.join("\n")]).toEqual([2, expect.stringContaining("mixed_artifact: ")]);
      });

      test.each([
        ["a prefix in one half", first, `sha256:${first}`],
        ["another case", first, first.toUpperCase()],
        ["no hash at all", null, null],
      ])("that stay the same pass: %s", async (_, before, after) => {
        expect((await judged(halves(before, after), ...GATE)).code).toBe(0);
      });
    });

    describe("features", () => {
      const withFeaturesAt = (change: (atMs: number, index: number) => unknown): readonly Entry[] =>
        seededTelemetry({
          startMs: START_MS,
          mutate: ({ payload, id }, index) => {
            payload["features_at"] = change(Number(id.split("-")[0]), index);
          },
        }).entries;

      test.each<[string, (atMs: number, index: number) => unknown, RegExp]>([
        [
          "an hour old in one decision",
          (atMs, index) => iso(atMs - (index === 100 ? 60 * MINUTE_MS : 0)),
          /stale_features: decision 1767605600000-0 was made from features that were 1 h old/,
        ],
        [
          "from after the decision",
          (atMs, index) => iso(atMs + (index === 100 ? MINUTE_MS : 0)),
          /stale_features: decision 1767605600000-0 names features of 1 min after it/,
        ],
        [
          "not a time",
          (atMs, index) => (index === 100 ? "yesterday" : iso(atMs)),
          /stale_features: features_at is a time .*, not "yesterday"/,
        ],
        [
          "a number",
          (atMs, index) => (index === 100 ? atMs : iso(atMs)),
          /stale_features: features_at is a time .*, not 1767605600000/,
        ],
        [
          "not there",
          (atMs, index) => (index === 100 ? undefined : iso(atMs)),
          /stale_features: decisions do not say how old their features were/,
        ],
      ])("%s: exit 2", async (_, change, words) => {
        for (const command of [[...GATE], ["feature-sanity"], ["scoreboard"]]) {
          const { code, reasons } = await judged(withFeaturesAt(change), ...command);
          expect([code, reasons.join("\n")]).toEqual([2, expect.stringMatching(words)]);
        }
      });
    });
  },
);
