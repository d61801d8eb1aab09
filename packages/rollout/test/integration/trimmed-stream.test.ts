import { compareIds, MIN_ID, type EntryId, type GateDocument } from "@qsc/contract";
import { openSource, type EventSource } from "@qsc/stream-reader";
import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startRedis,
  writeStream,
  type RedisServer,
} from "@qsc-tooling/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { qualityGate } from "../../src/index.js";
import { ALL, judgementContext } from "../support.js";

const STEP = 1000;
const COUNT = 1500;
const CUTOVER = 1000;

describeRequiring(requireRedis(), "a stream that is trimmed while it is judged", () => {
  let redis: RedisServer;
  let client: Redis;
  let streams = 0;

  beforeAll(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
  });
  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });

  const startMs = Date.now() - COUNT * STEP;
  const { entries } = seededTelemetry({ seed: 5, version: 2, count: COUNT, startMs, intervalMs: STEP });
  const afterMs = startMs + CUTOVER * STEP;
  const lastJudged = (entries.at(-1)?.id ?? MIN_ID) as EntryId;
  const idOf = (index: number): string => entries[index]?.id ?? "";

  interface Case {
    readonly request: Partial<typeof ALL>;
    /** Done after the first page of what came before, or of what is judged. */
    readonly during?: { readonly what: "earlier" | "judged"; readonly act: (key: string) => Promise<unknown> };
    readonly first?: number;
  }

  async function judge({ request, during, first = 0 }: Case): Promise<GateDocument> {
    const key = `stream:${streams++}`;
    await writeStream(redis.url, key, entries.slice(first));
    const source = await openSource(redis.url, { stream: key });
    const acting = new Proxy(source, {
      get: (of, name) => {
        if (name !== "pages") {
          const value: unknown = Reflect.get(of, name, of);
          return typeof value === "function" ? (value.bind(of) as unknown) : value;
        }
        return async function* (...[range, ...rest]: Parameters<EventSource["pages"]>) {
          const isEarlier = range.from === MIN_ID && compareIds(range.to, lastJudged) < 0;
          let isDone = false;
          for await (const page of of.pages(range, ...rest)) {
            yield page;
            if (!isDone && isEarlier === (during?.what === "earlier")) await during?.act(key);
            isDone = true;
          }
        };
      },
    });
    try {
      return await qualityGate(
        acting,
        { ...ALL, ...request, mode: "canary", model: null },
        judgementContext(Date.now()),
      );
    } finally {
      await source.close();
    }
  }
  const trimTo = (index: number) => (key: string) => client.xtrim(key, "MINID", idOf(index));

  test("far from what is judged shortens the comparison, which says where it begins, but is not a gap", async () => {
    const document = await judge({ request: { afterMs }, during: { what: "earlier", act: trimTo(700) } });
    expect([document.exitCode, document.reasons]).toEqual([0, []]);
    expect(document.earlier?.entries).toBeLessThan(CUTOVER);
    expect(document.earlier?.firstId).toBe(idOf(CUTOVER - (document.earlier?.entries ?? 0)));
  });

  test("up to the last entry before the cutover is not a gap either", async () => {
    const document = await judge({ request: { afterMs }, during: { what: "judged", act: trimTo(CUTOVER - 1) } });
    expect([document.exitCode, document.reasons]).toEqual([0, []]);
  });

  test("into what is judged is a gap", async () => {
    const document = await judge({ request: { afterMs }, during: { what: "earlier", act: trimTo(CUTOVER + 100) } });
    expect(document.exitCode).toBe(2);
    expect(document.reasons.join()).toContain("stream_gap");
  });

  test("before the oldest counted entry is not a gap, even if the stream has no more entries than the count", async () => {
    const document = await judge({
      request: { count: 600 },
      first: COUNT - 600,
      during: { what: "judged", act: trimTo(COUNT - 590) },
    });
    expect([document.exitCode, document.reasons]).toEqual([0, []]);
    expect(document.counts.read).toBeGreaterThan(500);
  });

  test("by a single entry of the old process is mentioned by the comparison", async () => {
    const document = await judge({
      request: { afterMs },
      during: { what: "earlier", act: (key) => client.xdel(key, idOf(100)) },
    });
    expect([document.exitCode, document.reasons]).toEqual([0, []]);
    const before = await judge({
      request: { afterMs, count: 400 },
      during: { what: "judged", act: (key) => client.xdel(key, idOf(100)) },
    });
    expect([before.exitCode, before.reasons]).toEqual([0, []]);
    expect(before.earlier?.missing.join()).toContain(`entry ${idOf(100)}, within the range read, was deleted`);
  });

  test("by an entry to be judged is a gap", async () => {
    const document = await judge({
      request: { afterMs },
      during: { what: "earlier", act: (key) => client.xdel(key, idOf(CUTOVER + 10)) },
    });
    expect(document.reasons.join()).toContain("stream_gap");
  });
});
