import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startCluster,
  startRedis,
  writeStream,
  type Draft,
  type Entry,
} from "@qsc-tooling/testkit";
import type { EvidenceHead, GateDocument } from "@qsc/contract";
import { openSource, streamKeys } from "@qsc/stream-reader";
import fc from "fast-check";
import { Cluster, Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { diagnose, featureSanity, qualityGate, scoreboard, verify, type GateRequest } from "../../src/index.js";
import { ALL, judgementContext } from "../support.js";

const START = Date.UTC(2026, 0, 5, 9);
const MINUTE = 60_000;

/** What may be wrong with a decision. */
const TROUBLES: readonly ((draft: Draft) => void)[] = [
  (draft) => {
    draft.fields["payload"] = "{";
  },
  (draft) => {
    delete draft.modelBreakdown["nhits"];
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["xgboost"] ?? {}, { confidence: Number.NaN });
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["patchtst"] ?? {}, { status: "inactive" });
  },
  (draft) => {
    draft.payload["decision_id"] = "the same";
  },
  (draft) => {
    draft.features["x"] = Number.POSITIVE_INFINITY;
  },
];

const telemetries = fc.record({
  seed: fc.integer({ min: 0, max: 1_000_000 }),
  version: fc.constantFrom(1 as const, 2 as const),
  count: fc.integer({ min: 180, max: 350 }),
  frozen: fc.boolean(),
  troubles: fc.array(fc.tuple(fc.nat(349), fc.nat(TROUBLES.length - 1)), { maxLength: 4 }),
  /** Of each decision, the shard; some decisions are also published in another one. */
  shards: fc.integer({ min: 2, max: 5 }),
  split: fc.array(fc.nat(), { minLength: 350, maxLength: 350 }),
  order: fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
  newest: fc.option(fc.integer({ min: 1, max: 400 })),
  cutover: fc.option(fc.integer({ min: 0, max: 350 })),
  /** A shard that is taken away, and how. */
  victim: fc.nat(4),
  how: fc.constantFrom("removed", "emptied", "retyped"),
});
type Drawn = typeof telemetries extends fc.Arbitrary<infer T> ? T : never;

function entriesOf({ seed, version, count, frozen, troubles }: Drawn): readonly Entry[] {
  const mutate = (draft: Draft, index: number): void => {
    if (frozen) for (const answer of Object.values(draft.modelBreakdown)) Object.assign(answer, { confidence: 0.5 });
    for (const [at, kind] of troubles) if (at === index) TROUBLES[kind]?.(draft);
  };
  return seededTelemetry({ seed, version, count, startMs: START, intervalMs: 1000, mutate }).entries;
}

function requestOf({ count, newest, cutover }: Drawn): GateRequest {
  const end = START + count * 1000;
  return {
    ...ALL,
    mode: "canary",
    model: null,
    count: newest,
    afterMs: cutover === null ? null : START + cutover * 1000,
    asOf: { firstMs: end, lastMs: end },
  };
}

async function judged(url: string, stream: string | readonly string[], drawn: Drawn): Promise<GateDocument> {
  await using source = await openSource(url, { stream });
  return await qualityGate(source, requestOf(drawn), judgementContext(START + drawn.count * 1000));
}

/** A document without what names the place: the source, sequence numbers of IDs, and the check of shards. */
function unplaced({ digest: _, source: __, stream: ___, ...document }: GateDocument): unknown {
  const integrity = document.integrity.filter(({ id }) => id !== "shard_coverage");
  return JSON.parse(JSON.stringify({ ...document, integrity }).replace(/\b(?:intent:\d\/\d+ )?(\d{13})-\d+/g, "$1"));
}

function coverageOf({ integrity }: Pick<EvidenceHead, "integrity">): EvidenceHead["integrity"][number] | undefined {
  return integrity.find(({ id }) => id === "shard_coverage");
}

describeRequiring(requireRedis(), "a stream in shards", () => {
  test("is judged as the same stream in one key; without one of its shards it never passes", async () => {
    await using redis = await startRedis();
    const client = new Redis(redis.url);
    onTestFinished(() => {
      client.disconnect();
    });
    let round = 0;
    let compared = 0;
    const verdicts = new Set<string>();
    await fc.assert(
      fc.asyncProperty(telemetries, async (drawn) => {
        round += 1;
        const entries = entriesOf(drawn);
        const keys = Array.from({ length: drawn.shards }, (_, at) => `intent:${at}/${round}`);
        const ofShard = keys.map((_, at) => entries.filter((_entry, index) => (drawn.split[index] ?? 0) % drawn.shards === at));
        const order = keys.map((_, at) => at).sort((a, b) => (drawn.order[a] ?? 0) - (drawn.order[b] ?? 0));
        for (const at of order) await writeStream(redis.url, keys[at] ?? "", ofShard[at] ?? []);
        await writeStream(redis.url, `one/${round}`, entries);
        const [one, sharded] = [await judged(redis.url, `one/${round}`, drawn), await judged(redis.url, keys, drawn)];
        verdicts.add(one.verdict);
        const coverage = coverageOf(sharded);
        expect(coverageOf(one)).toBeUndefined();
        if (coverage?.status === "pass") {
          compared += 1;
          expect(unplaced(sharded)).toEqual(unplaced(one));
        } else {
          // A cutover near the end leaves a shard without a decision.
          expect(sharded.verdict).not.toBe("pass");
          expect(coverage?.reason).toMatch(/'intent:\d\/\d+' is empty/);
        }
        const victim = keys[drawn.victim % drawn.shards] ?? "";
        if (drawn.how === "emptied") await client.xtrim(victim, "MAXLEN", 0);
        else await client.del(victim);
        if (drawn.how === "retyped") await client.set(victim, "text");
        const less = await judged(redis.url, keys, drawn);
        expect(less.verdict).not.toBe("pass");
        expect(coverageOf(less)).toMatchObject({ status: drawn.how === "emptied" ? "unknown" : "violation" });
        expect(coverageOf(less)?.reason).toContain(`'${victim}'`);
      }),
      { numRuns: 40, endOnFailure: true, seed: 19 },
    );
    expect(compared).toBeGreaterThan(25);
    expect([...verdicts].sort()).toEqual(["fail", "pass", "unknown"].filter((verdict) => verdicts.has(verdict)));
    expect(verdicts.size).toBeGreaterThan(1);
  });
});
