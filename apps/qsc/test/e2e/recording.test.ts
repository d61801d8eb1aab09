import {
  describeRequiring,
  recordingOrSkip,
  requireRedis,
  startRedis,
  temporaryDirectory,
  writeEventLog,
  writeStream,
  type RedisServer,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { isIntact, type GateDocument, type SanityDocument, type ScoreboardDocument } from "@qsc/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { document, qsc } from "./support/qsc.js";
import { recordedEntries } from "./support/recorded.js";

const KEY = "quantum:stream:trade.intent";
const END = "2025-11-22T15:39:56.008Z";

describeRequiring(recordingOrSkip(), "the real recording", (path) => {
  describeRequiring(requireRedis(), "as a journal and in a real Redis", () => {
    const entries = recordedEntries(path);
    let directory: TemporaryDirectory;
    let redis: RedisServer;
    const endOf = (n: number) => new Date(Number(entries[n - 1]?.id.split("-")[0])).toISOString();
    /** The options that read the first n events of the recording, in each kind of source. */
    const sources: Record<string, (n: number) => string[]> = {
      journal: (n) => ["--source", `file:${directory.path}/${n}.ndjson.gz`],
      redis: (n) => ["--source", redis.url, "--stream", `${KEY}:${n}`, "--as-of", endOf(n)],
    };

    beforeAll(async () => {
      directory = await temporaryDirectory();
      redis = await startRedis();
      for (const n of [60, 150, 330]) {
        await writeEventLog(`${directory.path}/${n}.ndjson.gz`, entries.slice(0, n));
        await writeStream(redis.url, `${KEY}:${n}`, entries.slice(0, n));
      }
      await writeStream(redis.url, KEY, entries);
    });
    afterAll(async () => {
      await redis.stop();
      await directory.remove();
    });

    describe.each(["journal", "redis"])("%s", (kind) => {
      const from = (n = 330) => sources[kind]?.(n) ?? [];
      const gate = (mode: string, n?: number, ...further: string[]) =>
        document(["quality-gate", "--mode", mode, ...from(n), ...further], { cwd: directory.path });

      test("the statistics are those of the specification, to 6 decimals", async () => {
        const { models, verdict, code, counts } = await gate("canary");
        const rows = models.map(({ model, verdict: own, stats }) => {
          const { n, nonPredictions, shares, std, p10, p90 } = stats;
          const six = (value: number | null | undefined) => (value === null ? null : Number(value?.toFixed(6)));
          return [
            model,
            own,
            n,
            nonPredictions,
            six(shares["BUY"]),
            six(shares["SELL"]),
            six(shares["HOLD"]),
            six(std),
            six(p10),
            six(p90),
          ];
        });
        expect(rows).toEqual([
          ["lightgbm", "pass", 330, 0, 0.193939, 0.545455, 0.260606, 0.15572, 0.44, 0.8633],
          ["nhits", "fail", 0, 330, null, null, null, null, null, null],
          ["patchtst", "fail", 0, 330, null, null, null, null, null, null],
          ["xgboost", "pass", 330, 0, 0.218182, 0.239394, 0.542424, 0.175875, 0.418104, 0.899791],
        ]);
        expect(counts).toEqual({ read: 330, rejected: 0, duplicates: 0, judged: 330 });
        expect([verdict, code]).toEqual(["pass", 0]);
      });

      test.each([
        ["canary", 330, [], 0, "pass"],
        ["canary", 330, ["--model", "xgboost"], 0, "pass"],
        ["canary", 330, ["--model", "lightgbm"], 0, "pass"],
        ["canary", 330, ["--model", "nhits"], 2, "fail"],
        ["canary", 330, ["--model", "patchtst"], 2, "fail"],
        ["collection", 330, [], 3, "collected"],
        ["collection", 330, ["--model", "nhits"], 2, "fail"],
        ["canary", 150, [], 2, "fail"],
        ["collection", 150, [], 3, "collected"],
        ["canary", 60, [], 2, "fail"],
        ["collection", 60, [], 2, "fail"],
      ])("%s over %i events %j exits %i", async (mode, n, further, code, verdict) => {
        const judged = await gate(mode, n, ...further);
        expect([judged.code, judged.exitCode, judged.verdict]).toEqual([code, code, verdict]);
        if (n < 200 && code === 2) {
          expect(judged.integrity.find(({ id }) => id === "insufficient_data")?.status).toBe("violation");
        }
      });

      test("silent fallbacks are the reason, by name", async () => {
        const { models } = await gate("canary");
        const nhits = models.find(({ model }) => model === "nhits");
        expect(nhits?.reasons.join()).toContain("error_rate_spike");
        expect(nhits?.nonPredictionReasons).toEqual([
          { what: "fallback: nhits_insufficient_history", count: 330, sample: "1763818338282-0" },
        ]);
      });

      test("the evidence is bound by a digest", async () => {
        const { out } = await qsc(["quality-gate", "--mode", "canary", "--json", ...from()], { cwd: directory.path });
        const sealed = JSON.parse(out) as GateDocument;
        expect(isIntact(sealed)).toBe(true);
        expect(isIntact(Object.assign({}, sealed, { verdict: "fail" }))).toBe(false);
        expect(sealed).toMatchObject({ firstId: "1763818338282-0", lastId: "1763825996008-0", asOf: END });
      });

      test("feature-sanity refuses, because there are no features, and says so", async () => {
        const { code, reasons } = await document<SanityDocument>(["feature-sanity", ...from()], {
          cwd: directory.path,
        });
        expect(code).toBe(2);
        expect(reasons.join()).toContain("the telemetry carries no features");
      });

      test("scoreboard: agreement over all four voters, and over the active ones", async () => {
        const board = await document<ScoreboardDocument>(["scoreboard", ...from()], { cwd: directory.path });
        const percent = (share: number | null) => ((share ?? 0) * 100).toFixed(2);
        expect(board.code).toBe(2);
        expect([percent(board.ensemble.agreement), percent(board.ensemble.hardDisagree)]).toEqual(["70.08", "16.36"]);
        expect([percent(board.ensemble.active.agreement), percent(board.ensemble.active.hardDisagree)]).toEqual([
          "51.67",
          "16.36",
        ]);
        expect(board.models.map(({ model, status }) => [model, status])).toEqual([
          ["lightgbm", "GO"],
          ["nhits", "NO-GO"],
          ["patchtst", "NO-GO"],
          ["xgboost", "GO"],
        ]);
      });

      test("diagnose names the cause and the next step", async () => {
        const { code, out } = await qsc(["diagnose", ...from()], { cwd: directory.path });
        expect(code).toBe(0);
        expect(out).toContain("it lacks history");
        expect(out).toContain("fallback: patchtst_insufficient_history");
      });
    });

    test("both kinds of source give the same judgement", async () => {
      const judged = async (kind: string): Promise<Partial<GateDocument>> => {
        const { models, ensemble, counts, verdict, reasons, integrity } = await document(
          ["quality-gate", "--mode", "canary", ...(sources[kind]?.(330) ?? [])],
          { cwd: directory.path },
        );
        return { models, ensemble, counts, verdict, reasons, integrity };
      };
      expect(await judged("redis")).toEqual(await judged("journal"));
    });

    test("in Redis without --as-of it is stale", async () => {
      const { code, reasons } = await document(["quality-gate", "--mode", "canary", "--source", redis.url], {
        cwd: directory.path,
      });
      expect(code).toBe(2);
      expect(reasons.join()).toMatch(/telemetry_silence: the newest event, of 2025-11-22T15:39:56\.008Z, is \d+ d/);
    });

    test("--as-of covers the whole of the second that it names", async () => {
      const args = ["quality-gate", "--mode", "canary", "--source", redis.url, "--as-of", "2025-11-22T15:39:56Z"];
      const { counts, code } = await document(args, { cwd: directory.path });
      expect([counts.judged, code]).toEqual([330, 0]);
    });

    test("events before the cutover are compared with those after it, and the newest N are the newest", async () => {
      const after = ["--after", "2025-11-22T14:00:00Z"];
      for (const kind of ["journal", "redis"]) {
        const cut = await document(
          ["quality-gate", "--mode", "collection", ...(sources[kind]?.(330) ?? []), ...after],
          { cwd: directory.path },
        );
        const newer = entries.filter(({ id }) => Number(id.split("-")[0]) >= Date.parse("2025-11-22T14:00:00Z"));
        expect(cut.counts.judged).toBe(newer.length);
        expect(cut.deltas?.map(({ model, before }) => [model, before.n])).toContainEqual([
          "xgboost",
          330 - newer.length,
        ]);
        const counted = await document(
          ["quality-gate", "--mode", "canary", ...(sources[kind]?.(330) ?? []), "--count", "200"],
          { cwd: directory.path },
        );
        expect([counted.counts.judged, counted.firstId]).toEqual([200, entries[130]?.id]);
      }
    });
  });
});
