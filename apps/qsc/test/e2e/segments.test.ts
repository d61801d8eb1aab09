import type { DiagnosisDocument, GateDocument, ModelSegments, QscDocument, ScoreboardDocument } from "@qsc/contract";
import { describeRequiring, requireRedis, seededTelemetry, type Draft, type Entry } from "@qsc-tooling/testkit";
import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { sourcePair } from "./support/both-sources.js";
import { judgedAlike } from "./support/judged-alike.js";
import { qsc } from "./support/qsc.js";

const GATE = ["quality-gate", "--mode", "canary", "--model", "nhits"];
const DECISIONS = 800;

/** One decision every 2 s, four symbols in turn; nhits gives one answer for one of them. */
const frozen: readonly Entry[] = seededTelemetry({
  seed: 31,
  count: DECISIONS,
  intervalMs: 2000,
  mutate: ({ payload, modelBreakdown }: Draft) => {
    if (payload["symbol"] === "SOLUSDC")
      Object.assign(modelBreakdown["nhits"] ?? {}, { action: "HOLD", confidence: 0.6 });
  },
}).entries;

describeRequiring(
  requireRedis(),
  "a model that is frozen for one of four symbols, as an event log and in a real Redis",
  () => {
    const sources = sourcePair();

    const judged = <T extends QscDocument>(entries: readonly Entry[], ...args: readonly string[]) =>
      judgedAlike<T>(sources, entries, args);

    const deciding = async (): Promise<readonly string[]> => {
      await writeFile(`${sources.directory}/by-symbol.yaml`, "segments: {by: symbol}\n");
      return ["--policy", "by-symbol.yaml"];
    };
    const statusOf = (segments: ModelSegments | undefined) =>
      Object.fromEntries((segments?.rows ?? []).map(({ symbol, status }) => [symbol, status]));

    test("is named by gate, scoreboard and diagnosis, and passes unless the policy lets symbols decide", async () => {
      const gate = await judged<GateDocument>(frozen, ...GATE);
      const board = await judged<ScoreboardDocument>(frozen, "scoreboard");
      const diagnosis = await judged<DiagnosisDocument>(frozen, "diagnose");
      expect([gate.code, board.code, diagnosis.code]).toEqual([0, 0, 0]);
      for (const { models } of [gate, board, diagnosis]) {
        const found = Object.fromEntries(models.map(({ model, segments }) => [model, statusOf(segments)]));
        const sound = { BTCUSDC: "pass", ETHUSDC: "pass", SOLUSDC: "pass", XRPUSDC: "pass" };
        expect(found).toEqual({
          lightgbm: sound,
          nhits: { ...sound, SOLUSDC: "violation" },
          patchtst: sound,
          xgboost: sound,
        });
      }
    });

    test("fails all three where the policy lets symbols decide; a model that is sound for each symbol passes", async () => {
      const policy = await deciding();
      const gate = await judged<GateDocument>(frozen, ...GATE, ...policy);
      expect([gate.code, gate.reasons.join()]).toEqual([
        2,
        expect.stringMatching(
          /nhits: fail: segment_collapse: the model is dead for SOLUSDC \(confidence unchanged in 100 %/,
        ),
      ]);
      expect(
        (await judged<GateDocument>(frozen, "quality-gate", "--mode", "canary", "--model", "xgboost", ...policy)).code,
      ).toBe(0);
      const board = await judged<ScoreboardDocument>(frozen, "scoreboard", ...policy);
      expect([board.code, board.models.find(({ model }) => model === "nhits")?.status]).toEqual([2, "NO-GO"]);
      const diagnosis = await judged<DiagnosisDocument>(frozen, "diagnose", "--model", "nhits", ...policy);
      expect(diagnosis.models[0]?.cause).toBe(
        "The answers are sound on the whole, and the model is dead for a symbol.",
      );
    });

    test("decisions that name no symbol are unknown to a policy that lets symbols decide", async () => {
      const nameless = seededTelemetry({
        seed: 31,
        count: DECISIONS,
        intervalMs: 2000,
        mutate: ({ payload }: Draft) => {
          delete payload["symbol"];
        },
      }).entries;
      const gate = await judged<GateDocument>(nameless, ...GATE, ...(await deciding()));
      expect([gate.code, gate.verdict]).toEqual([2, "unknown"]);
      expect(gate.reasons.join()).toContain(`segment_collapse: decisions that name no symbol: ${DECISIONS}`);
      const informed = await judged<GateDocument>(nameless, ...GATE);
      expect(informed.code).toBe(0);
      expect(informed.models[0]?.segments).toMatchObject({ rows: [], withoutSymbol: DECISIONS });
    });

    test("stands in a line of each report, and in a table that a terminal folds unless asked", async () => {
      const [log] = await sources.write(frozen);
      const run = (...args: readonly string[]) => qsc([...GATE, ...log, ...args], { cwd: sources.directory });
      const folded = await run();
      expect(folded.out).toMatch(/^Symbols, for information alone {2}\(--verbose shows each\)$/m);
      expect(folded.out).toMatch(/^ {2}violation {2}nhits: dead for SOLUSDC \(one confidence\); 3 pass$/m);
      expect(folded.out).not.toContain("Symbols of nhits");
      const verbose = await run("--verbose");
      expect(verbose.out).toMatch(/^Symbols of nhits$/m);
      expect(verbose.out).toMatch(/^ {2}SOLUSDC +dead: one confidence +200 +200 .* since decision \d+$/m);
      const [, path = ""] = /^report +(\S+\.md)/m.exec(verbose.out + verbose.err) ?? [];
      for (const name of [path, path.replace(/md$/, "html")])
        expect(await readFile(`${sources.directory}/${name}`, "utf8")).toMatch(
          /Symbols of nhits[\s\S]*dead: one confidence/,
        );
    });
  },
);
