import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startRedis,
  temporaryDirectory,
  writeJournal,
  writeStream,
  type Draft,
  type Entry,
  type RedisServer,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import type { SanityDocument } from "@qsc/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { document } from "./support/qsc.js";

const EVERY_THIRD = (change: (draft: Draft) => void) => (draft: Draft, index: number) => {
  if (index % 3 === 0) change(draft);
};
const telemetry = (version: 1 | 2, mutate?: (draft: Draft, index: number) => void): Entry[] =>
  seededTelemetry({ seed: 8, version, count: 300, intervalMs: 1000, ...(mutate && { mutate }) }).entries;

const TEXTS = ["NaN", "nan", "NAN", "Infinity", "-Infinity", "inf", "-inf", "+Inf", " -INFINITY "];
/** What a writer makes of a number that is not finite, and what Python writes. */
const WRITTEN: readonly unknown[] = [Number.NaN, Number.NEGATIVE_INFINITY, null, ...TEXTS];

/** Where the number stood: the telemetry, and how the gate names the place. */
const PLACES: Readonly<Record<string, { readonly of: (value: unknown) => Entry[]; readonly named: string }>> = {
  "version 1, a promised number": { of: (value) => telemetry(1, EVERY_THIRD((draft) => { draft.features["atr_value"] = value; })), named: "atr_value" },
  "version 1, a promised number, everywhere": { of: (value) => telemetry(1, (draft) => { draft.features["funding_rate"] = value; }), named: "funding_rate" },
  "version 1, another number of the payload": {
    of: (value) => telemetry(1, (draft, index) => { draft.payload["spread_bps"] = index % 3 === 0 ? value : 1 + (index % 7); }),
    named: "spread_bps",
  },
  "version 2, a feature": { of: (value) => telemetry(2, EVERY_THIRD((draft) => { draft.features["macd"] = value; })), named: "features.macd" },
  "version 2, a feature of one model": {
    of: (value) => telemetry(2, (draft, index) => { draft.features = { xgboost: { a: index % 3 === 0 ? value : index % 11 }, nhits: { b: index % 13 } }; }),
    named: "features.xgboost.a",
  },
};

describeRequiring(requireRedis(), "a number that a writer turned into null or text", () => {
  let directory: TemporaryDirectory;
  let redis: RedisServer;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis.stop();
    await directory.remove();
  });

  let number = 0;
  /** The documents over the entries from both kinds of source, which must agree. */
  async function judged(entries: readonly Entry[]) {
    number += 1;
    const stream = `stream-${number}`;
    await writeJournal(`${directory.path}/${stream}.ndjson`, entries);
    await writeStream(redis.url, stream, entries);
    const end = new Date(Number(entries.at(-1)?.id.split("-")[0])).toISOString();
    const sources = [["--source", `file:${stream}.ndjson`], ["--source", redis.url, "--stream", stream, "--as-of", end]];
    const [gate, gateOfRedis] = await Promise.all(sources.map((source) => document(["quality-gate", "--mode", "canary", ...source], { cwd: directory.path })));
    const [sanity, sanityOfRedis] = await Promise.all(sources.map((source) => document<SanityDocument>(["feature-sanity", ...source], { cwd: directory.path })));
    if (gate === undefined || sanity === undefined) throw new Error("no document");
    expect([gateOfRedis?.code, gateOfRedis?.reasons]).toEqual([gate.code, gate.reasons]);
    expect([sanityOfRedis?.code, sanityOfRedis?.reasons]).toEqual([sanity.code, sanity.reasons]);
    return { gate, sanity };
  }

  test.each([1, 2] as const)("healthy telemetry of version %i passes, and the gate says that every number is finite", async (version) => {
    const { gate, sanity } = await judged(telemetry(version));
    expect([gate.code, sanity.code]).toEqual([0, 0]);
    expect(gate.integrity.find(({ id }) => id === "feature_not_finite")?.reason).toBe("every number beside the models' answers is finite");
  });

  test("members that are always null, and texts that only begin like one, are as healthy", async () => {
    const { gate, sanity } = await judged(telemetry(1, (draft) => {
      Object.assign(draft.payload, { regime: "informed", stop_loss: null, reason: null, symbol: "INF", note: "nano", tags: ["info"] });
    }));
    expect([gate.reasons, sanity.reasons]).toEqual([[], []]);
    const second = await judged(telemetry(2, (draft, index) => {
      Object.assign(draft.payload, { no_decision_reason: index % 2 === 0 ? null : "quorum", symbol: "NAN", take_profit: index % 2 === 0 ? null : 3 });
    }));
    expect([second.gate.reasons, second.sanity.reasons]).toEqual([[], []]);
  });

  describe.each(Object.entries(PLACES))("%s", (_, { of, named }) => {
    test.each(WRITTEN)("%j is refused by the gate and by feature sanity", async (value) => {
      const { gate, sanity } = await judged(of(value));
      expect([gate.code, sanity.code]).toEqual([2, 2]);
      expect(gate.reasons.join()).toMatch(new RegExp(`feature_not_finite: [^;]*${named}`));
      expect(sanity.reasons.join()).toMatch(/feature_not_finite|missing_feature/);
    });
  });

  test.each(TEXTS)("%j elsewhere in a payload, however deep, is refused by the gate", async (text) => {
    for (const version of [1, 2] as const) {
      const { gate } = await judged(telemetry(version, EVERY_THIRD((draft) => { draft.payload["trade"] = { levels: [1, { stop: text }] }; })));
      expect([gate.code, gate.reasons.join()]).toEqual([2, expect.stringContaining("trade.levels.1.stop")]);
    }
  });

  test("a confidence that is null, NaN or text is an invalid confidence", async () => {
    for (const value of WRITTEN) {
      const { gate } = await judged(telemetry(2, EVERY_THIRD((draft) => { Object.assign(draft.modelBreakdown["xgboost"] ?? {}, { confidence: value }); })));
      expect([gate.code, gate.reasons.join()]).toEqual([2, expect.stringContaining("a confidence is a number in [0, 1]")]);
    }
  });
});
