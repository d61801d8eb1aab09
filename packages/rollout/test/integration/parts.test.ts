import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startRedis,
  writeStream,
  type Draft,
  type Entry,
} from "@qsc-tooling/testkit";
import { firstIdAt, lastIdAt, MAX_ID, MIN_ID, parseEntryId, type EntryId, type GateDocument } from "@qsc/contract";
import { openPart, openSource, type EventSource, type IdRange, type SourcePart } from "@qsc/stream-reader";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { qualityGate, type GateRequest } from "../../src/index.js";
import { ALL, judgementContext } from "../support.js";

const START = Date.UTC(2026, 0, 5, 9);
const COUNT = 400;
const MIDDLE = START + (COUNT / 2) * 1000;
const END = START + COUNT * 1000;
const REQUEST: GateRequest = { ...ALL, asOf: { firstMs: END, lastMs: END }, mode: "canary", model: null };
const STREAM = "parts";

/** The source, read in the parts that `divide` returns. */
function inParts(source: EventSource, divide: EventSource["parts"] & object): EventSource {
  return {
    label: source.label,
    stream: source.stream,
    ordering: source.ordering,
    live: source.live,
    state: () => source.state(),
    pages: (range, order, limit) => source.pages(range, order, limit),
    follow: (after, options) => source.follow(after, options),
    gaps: () => source.gaps(),
    close: () => source.close(),
    parts: divide,
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

function halvesOf(url: string): (range: IdRange) => Promise<readonly SourcePart[]> {
  return async (whole) => {
    await using source = await openSource(url, { stream: STREAM });
    // Only what is known of the stream is taken from these.
    const [divided] = (await source.parts?.({ from: MIN_ID, to: MAX_ID }, 2, 0)) ?? [];
    if (divided?.kind !== "ids") throw new Error("the stream cannot be divided");
    const { seen } = divided;
    const partOf = (from: EntryId, to: EntryId): SourcePart => ({
      kind: "ids",
      url,
      options: { stream: STREAM },
      range: { from, to },
      whole,
      seen,
    });
    return [partOf(whole.from, lastIdAt(MIDDLE - 1)), partOf(firstIdAt(MIDDLE), whole.to)];
  };
}

function telemetry(mutate?: (draft: Draft, index: number) => void): Entry[] {
  return seededTelemetry({
    seed: 3,
    version: 2,
    count: COUNT,
    startMs: START,
    intervalMs: 1000,
    ...(mutate === undefined ? {} : { mutate }),
  }).entries;
}

async function judgedBothWays(url: string): Promise<readonly [whole: GateDocument, parts: GateDocument]> {
  await using source = await openSource(url, { stream: STREAM });
  await using another = await openSource(url, { stream: STREAM });
  const divided = inParts(another, halvesOf(url));
  return [
    await qualityGate(
      inParts(source, () => Promise.resolve(null)),
      REQUEST,
      judgementContext(END),
    ),
    await qualityGate(divided, REQUEST, judgementContext(END)),
  ];
}

describeRequiring(requireRedis(), "a range that two threads read", () => {
  test("is judged as by one thread, to the last bit", async () => {
    await using redis = await startRedis();
    await writeStream(
      redis.url,
      STREAM,
      telemetry((draft, index) => {
        if (index % 97 === 5) draft.fields["payload"] = "{";
      }),
    );
    const [whole, parts] = await judgedBothWays(redis.url);
    expect(parts).toEqual(whole);
    expect(parts.counts).toEqual({ read: COUNT, rejected: 5, duplicates: 0, judged: COUNT - 5 });
  });

  test("shows a decision that is in both parts as one thread does", async () => {
    await using redis = await startRedis();
    await writeStream(
      redis.url,
      STREAM,
      telemetry((draft, index) => {
        if (index % 300 === 10) draft.payload["decision_id"] = "the same";
      }),
    );
    const [whole, parts] = await judgedBothWays(redis.url);
    expect(parts).toEqual(whole);
    expect(parts.counts.duplicates).toBe(1);
    expect(parts.reasons.join()).toContain("published again with another content");
  });

  test.each([
    ["in the first half, hidden by one in the second", [100, 101, 102, COUNT - 5]],
    ["in the second half", [COUNT - 5]],
    ["in the first half", [3, 4]],
    ["at the very end", [3, COUNT - 1]],
  ])("with entries deleted %s has the same gap as with one reader", async (_, deleted) => {
    await using redis = await startRedis();
    const entries = telemetry();
    await writeStream(redis.url, STREAM, entries);
    const client = new Redis(redis.url);
    await client.xdel(STREAM, ...deleted.map((at) => entries[at]?.id ?? ""));
    client.disconnect();
    const [whole, parts] = await judgedBothWays(redis.url);
    expect(parts).toEqual(whole);
    expect(whole.reasons.join()).toContain("stream_gap");
    expect(whole.verdict).toBe("fail");
  });

  test("is not judged if one of them cannot read it", async () => {
    await using redis = await startRedis();
    await writeStream(redis.url, STREAM, telemetry());
    await using source = await openSource(redis.url, { stream: STREAM });
    const halves = halvesOf(redis.url);
    const divided = inParts(source, async (range) => {
      const [first, second] = await halves(range);
      return first === undefined || second === undefined ? [] : [first, { ...second, url: "redis://127.0.0.1:1" }];
    });
    await expect(qualityGate(divided, REQUEST, judgementContext(END))).rejects.toMatchObject({
      code: "source_unreachable",
      message: expect.stringContaining("127.0.0.1:1") as string,
    });
  });

  test("has a gap if it is not the same stream any longer", async () => {
    await using redis = await startRedis();
    await writeStream(redis.url, STREAM, telemetry());
    await using source = await openSource(redis.url, { stream: STREAM });
    const divided = inParts(source, async (range) => {
      const client = new Redis(redis.url);
      await client.del(STREAM);
      client.disconnect();
      await writeStream(redis.url, STREAM, telemetry().slice(0, COUNT - 10));
      return halvesOf(redis.url)(range);
    });
    const { reasons, verdict } = await qualityGate(divided, REQUEST, judgementContext(END));
    expect(verdict).toBe("fail");
    expect(reasons.join()).toMatch(/stream_gap: .*deleted or replaced by another/);
  });

  test("equals the source's own parts of a long stream, put together", async () => {
    await using redis = await startRedis();
    const client = new Redis(redis.url);
    const script = "for i = 1, 200000 do redis.call('XADD', KEYS[1], i .. '-0', 'f', 'v') end";
    await client.eval(script, 1, STREAM);
    client.disconnect();
    await using source = await openSource(redis.url, { stream: STREAM });
    const range = { from: parseEntryId("0-0") ?? firstIdAt(0), to: lastIdAt(300_000) };
    const parts = (await source.parts?.(range, 2)) ?? [];
    expect(parts).toHaveLength(2);
    const lengths: number[] = [];
    let last = 0;
    for (const part of parts) {
      await using its = await openPart(part);
      let length = 0;
      for await (const page of its.pages(part.range)) {
        for (const { id } of page) expect(Number(id?.split("-")[0])).toBe((last += 1));
        length += page.length;
      }
      lengths.push(length);
    }
    expect(lengths).toEqual([99_999, 100_001]);
  });
});
