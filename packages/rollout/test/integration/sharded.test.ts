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
import { expect, onTestFinished, test } from "vitest";
import {
  diagnose,
  featureSanity,
  qualityGate,
  scoreboard,
  verify,
  type GateRequest,
  type WindowRequest,
} from "../../src/index.js";
import { ALL, judgementContext } from "../support.js";

const START = Date.UTC(2026, 0, 5, 9);
const MINUTE = 60_000;
const COUNT = 300;
const END = START + COUNT * 1000;
const WINDOW: WindowRequest = { ...ALL, asOf: { firstMs: END, lastMs: END } };
const WHOLE: GateRequest = { ...WINDOW, mode: "canary", model: null };
const CONTEXT = judgementContext(END);

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
function unplaced(judgement: GateDocument): unknown {
  const document = { ...judgement, digest: null, source: null, stream: null };
  const integrity = document.integrity.filter(({ id }) => id !== "shard_coverage");
  return JSON.parse(JSON.stringify({ ...document, integrity }).replace(/\b(?:intent:\d\/\d+ )?(\d{13})-\d+/g, "$1"));
}

function coverageOf({ integrity }: Pick<EvidenceHead, "integrity">): EvidenceHead["integrity"][number] | undefined {
  return integrity.find(({ id }) => id === "shard_coverage");
}

describeRequiring(requireRedis(), "a stream in shards", () => {
  test("is judged as the same stream in one key; without one of its shards it never passes", async () => {
    await using redis = await startRedis();
    const client = new Redis(redis.url, { retryStrategy: () => null });
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
        const ofShard = keys.map((_, at) =>
          entries.filter((_entry, index) => (drawn.split[index] ?? 0) % drawn.shards === at),
        );
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

  test("counts a decision that is published to two shards as a repetition, and two contents of one as a contradiction", async () => {
    await using redis = await startRedis();
    const entries = healthy();
    const [even, odd] = halves(entries);
    const later = entries.slice(0, 20).map(({ id, fields }) => ({ id: `${Number(id.split("-")[0]) + 500}-0`, fields }));
    await writeStream(redis.url, "a", even);
    await writeStream(redis.url, "b", byId([...odd, ...later]));
    await using source = await openSource(redis.url, { stream: ["a", "b"] });
    const document = await qualityGate(source, WHOLE, CONTEXT);
    expect(document.counts).toMatchObject({ read: COUNT + 20, duplicates: 20, judged: COUNT });
    expect(document.verdict).toBe("pass");
    const [first] = later;
    const breakdown = JSON.parse(first?.fields["model_breakdown"] ?? "{}") as Record<string, object>;
    const changed = { ...breakdown, xgboost: { ...breakdown["xgboost"], confidence: 0.123 } };
    const fields = { ...first?.fields, model_breakdown: JSON.stringify(changed) };
    await writeStream(redis.url, "b", [{ id: `${END - 1}-0`, fields }]);
    const contradicted = await qualityGate(source, WHOLE, CONTEXT);
    expect(contradicted.verdict).toBe("fail");
    expect(contradicted.codes).toContain("duplicate_events");
  });

  test("keeps decisions of one millisecond apart, and those of a shard that answers as another did", async () => {
    await using redis = await startRedis();
    const entries = healthy(1);
    const [even, odd] = halves(entries);
    await writeStream(redis.url, "a", even);
    await writeStream(
      redis.url,
      "b",
      odd.map(({ fields }, at) => ({ id: even[at]?.id ?? "", fields })),
    );
    await using source = await openSource(redis.url, { stream: ["a", "b"] });
    const document = await qualityGate(source, WHOLE, CONTEXT);
    expect(document.counts).toEqual({ read: COUNT, rejected: 0, duplicates: 0, judged: COUNT });
    expect(document.verdict).toBe("pass");
  });

  test("fails when a shard was silent: before its first decision, between two, or up to now", async () => {
    await using redis = await startRedis();
    const [even, odd] = halves(healthy());
    await writeStream(redis.url, "a", even);
    const shift = (entries: readonly Entry[], ms: number): Entry[] =>
      entries.map(({ id, fields }) => ({ id: `${Number(id.split("-")[0]) + ms}-0`, fields }));
    const [early, late] = [shift(odd.slice(0, 75), -20 * MINUTE), odd.slice(75)];
    await writeStream(redis.url, "b", [...early, ...late]);
    await writeStream(redis.url, "c", early);
    const verdictOf = async (stream: readonly string[], more: Partial<GateRequest> = {}): Promise<GateDocument> => {
      await using source = await openSource(redis.url, { stream });
      return await qualityGate(source, { ...WHOLE, ...more }, CONTEXT);
    };
    const between = await verdictOf(["a", "b"]);
    expect(between.verdict).toBe("fail");
    expect(between.reasons.join()).toMatch(/shard_coverage: 1 of 2 shards: 'b' was silent for 20 min/);
    expect((await verdictOf(["a", "c"])).reasons.join()).toMatch(/shard_coverage: 1 of 2 shards: 'c' was silent/);
    const before = await verdictOf(["a", "b"], { afterMs: START - 18 * MINUTE });
    expect(before.reasons.join()).toMatch(/shard_coverage: .*'b' was silent/);
    // The newest decisions are all of one shard: the other still has to be alive.
    const newest = await verdictOf(["a", "c"], { count: 50 });
    expect(newest.reasons.join()).toMatch(/shard_coverage: 1 of 2 shards: 'c' was silent/);
  });

  test("with a count, a shard that only repeats an old decision shows no life", async () => {
    await using redis = await startRedis();
    const { entries } = seededTelemetry({ seed: 8, version: 2, count: 600, startMs: END - 600_000, intervalMs: 1000 });
    const [old] = seededTelemetry({
      seed: 9,
      version: 2,
      count: 1,
      startMs: END - 3_600_000,
      intervalMs: 1000,
    }).entries;
    if (old === undefined) throw new Error("there is one");
    const again = entries.map(({ id }) => ({ ...old, id: id.replace(/-0$/, "-1") }));
    await writeStream(redis.url, "alive", entries);
    await writeStream(redis.url, "repeats", [old, ...again]);
    await using source = await openSource(redis.url, { stream: ["alive", "repeats"] });
    for (const count of [null, 600]) {
      const { verdict, integrity } = await qualityGate(source, { ...WHOLE, count }, CONTEXT);
      expect(verdict).not.toBe("pass");
      expect(integrity.find(({ id }) => id === "shard_coverage")?.status).not.toBe("pass");
    }
  });

  test("is judged by every command, on one Redis and on a cluster, by one thread and by several", async () => {
    await using redis = await startRedis();
    await using cluster = await startCluster(3);
    const keys = streamKeys("{intent:{0..3},audit}");
    const entries = healthy();
    const client = new Cluster(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
    // The test stops a node.
    client.on("error", () => undefined);
    onTestFinished(() => {
      client.disconnect();
    });
    for (const [at, { id, fields }] of entries.entries())
      await client.xadd(keys[at % keys.length] ?? "", id, ...Object.entries(fields).flat());
    expect(new Set(await Promise.all(keys.map((key) => cluster.ownerOf(key)))).size).toBeGreaterThan(1);
    await writeStream(redis.url, "one", entries);
    await using one = await openSource(redis.url, { stream: "one" });
    await using sharded = await openSource(cluster.url, { stream: keys });
    const gate = await qualityGate(sharded, { ...WHOLE, afterMs: START + 50_000 }, CONTEXT);
    expect(unplaced(gate)).toEqual(unplaced(await qualityGate(one, { ...WHOLE, afterMs: START + 50_000 }, CONTEXT)));
    expect(gate).toMatchObject({ verdict: "pass", stream: "intent:0,intent:1,intent:2,intent:3,audit" });
    expect(coverageOf(gate)).toMatchObject({ status: "pass", reason: "each of the 5 shards has its own decisions" });
    const threads = {
      ...sharded,
      parts: (...[range, count]: Parameters<NonNullable<typeof sharded.parts>>) =>
        sharded.parts?.(range, count, 1) ?? Promise.resolve(null),
    };
    expect(await qualityGate(threads, { ...WHOLE, afterMs: START + 50_000, threads: 3 }, CONTEXT)).toEqual(gate);
    const report = { path: "gate.json", text: JSON.stringify(gate) };
    expect(await verify(sharded, report, CONTEXT)).toMatchObject({ verdict: "pass", differences: [] });
    const documents = [
      await scoreboard(sharded, WINDOW, CONTEXT),
      await featureSanity(sharded, { ...WINDOW, manifest: null }, CONTEXT),
      await diagnose(sharded, { ...WINDOW, model: null, journal: { skipped: "no unit" } }, CONTEXT),
    ];
    for (const { integrity } of documents) expect(coverageOf({ integrity })).toMatchObject({ status: "pass" });
    await client.del("intent:2");
    const less = [
      await qualityGate(sharded, WHOLE, CONTEXT),
      await scoreboard(sharded, WINDOW, CONTEXT),
      await featureSanity(sharded, { ...WINDOW, manifest: null }, CONTEXT),
    ];
    for (const { integrity, exitCode } of less) {
      expect(coverageOf({ integrity })?.reason).toBe("1 of 5 shards: 'intent:2' is missing: there is no such key");
      expect(exitCode).toBe(2);
    }
    const owner = await cluster.ownerOf("intent:3");
    await owner.stop();
    await expect(qualityGate(sharded, WHOLE, CONTEXT)).rejects.toMatchObject({
      code: expect.stringMatching(/^source_/) as string,
    });
  });
});

/** Healthy decisions, one a second. */
function healthy(version: 1 | 2 = 2): readonly Entry[] {
  return seededTelemetry({ seed: 7, version, count: COUNT, startMs: START, intervalMs: 1000 }).entries;
}

function halves(entries: readonly Entry[]): readonly [Entry[], Entry[]] {
  return [entries.filter((_, at) => at % 2 === 0), entries.filter((_, at) => at % 2 === 1)];
}

function byId(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => Number(a.id.split("-")[0]) - Number(b.id.split("-")[0]));
}
