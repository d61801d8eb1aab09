import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compilePolicy,
  DEFAULT_POLICY,
  judgeTelemetry,
  ShardTally,
  TelemetryCard,
  type ShardContext,
  type TelemetryContext,
} from "../src/index.js";
import { intent, prediction } from "./support.js";

const MINUTE = 60_000;
const AS_OF = 60 * MINUTE;
const ALIVE: ShardContext = {
  stream: "intent:0",
  problem: null,
  sinceMs: null,
  firstMs: AS_OF - 10 * MINUTE,
  lastMs: AS_OF - MINUTE,
  silence: { ms: 0, from: 0 },
  lateMs: 0,
};
const compiled = await compilePolicy(DEFAULT_POLICY);

function coverage(shards: readonly Partial<ShardContext>[] | null) {
  const card = new TelemetryCard(DEFAULT_POLICY);
  for (let at = 0; at < 5; at += 1) card.add(intent(at, [prediction()]));
  const context: TelemetryContext = {
    asOfMs: AS_OF,
    nowMs: AS_OF,
    sinceMs: null,
    sourceClockOffsetMs: null,
    gaps: [],
    minEvents: 1,
    shards: shards?.map((shard) => ({ ...ALIVE, ...shard })) ?? null,
  };
  return judgeTelemetry(card, compiled, context).integrity.find(({ id }) => id === "shard_coverage");
}

describe("the shards of a stream", () => {
  test("are not judged in one stream", () => {
    expect(coverage(null)).toBeUndefined();
  });

  test("pass if each has its own decisions", () => {
    expect(coverage([{}, { stream: "intent:1", sinceMs: AS_OF - 20 * MINUTE }])).toMatchObject({
      status: "pass",
      value: 0,
      limit: 0,
      n: 5,
      reason: "each of the 2 shards has its own decisions",
    });
  });

  test.each([
    ["violation", { problem: "missing" as const }, "'b' is missing: there is no such key"],
    ["violation", { problem: "wrong_type" as const }, "'b' is not a stream but a key of another type"],
    ["violation", { lateMs: 5001 }, "'b' is behind: an entry came"],
    ["pass", { lateMs: 5000 }, ""],
    ["violation", { lastMs: AS_OF - 15 * MINUTE - 1 }, "'b' was silent for"],
    ["pass", { lastMs: AS_OF - 15 * MINUTE }, ""],
    ["violation", { sinceMs: AS_OF - 26 * MINUTE }, "'b' was silent for 16 min from 1970-01-01T00:34:00.000Z on"],
    ["pass", { sinceMs: AS_OF - 25 * MINUTE }, ""],
    ["violation", { silence: { ms: 16 * MINUTE, from: MINUTE } }, "'b' was silent for 16 min"],
    ["unknown", { firstMs: null, lastMs: null }, "'b' is empty: it has no decision of the time that is judged"],
    ["unknown", { firstMs: null, lastMs: null, sinceMs: AS_OF - 15 * MINUTE }, "'b' is empty"],
    ["violation", { firstMs: null, lastMs: null, sinceMs: AS_OF - 16 * MINUTE }, "'b' was silent for 16 min"],
  ])("are a %s with %j", (status, shard, reason) => {
    const found = coverage([{}, { stream: "b", ...shard }, {}]);
    expect(found?.status).toBe(status);
    expect(found?.reason).toContain(reason);
    expect(found?.value).toBe(status === "pass" ? 0 : 1);
  });

  test("are named, violations first, and at most five of them", () => {
    const missing = Array.from({ length: 6 }, (_, at) => ({ stream: `m${at}`, problem: "missing" as const }));
    const found = coverage([{ stream: "e", lastMs: null }, ...missing]);
    expect(found).toMatchObject({ status: "violation", value: 7 });
    expect(found?.reason).toMatch(/^7 of 7 shards: 'm0' .*'m4' is missing: there is no such key; and 2 more$/);
  });
});

test("the tallies of parts, taken in any order, equal the tally of the whole", () => {
  const event = fc.tuple(fc.nat(3), fc.nat(100));
  fc.assert(
    fc.property(fc.array(fc.array(event)), (parts) => {
      const whole = new ShardTally(10);
      const joined = new ShardTally(10);
      for (const [shard, ms] of parts.flat()) whole.add(shard, ms);
      for (const part of parts.toReversed()) {
        const own = new ShardTally(10);
        for (const [shard, ms] of part) own.add(shard, ms);
        joined.take(own.state());
      }
      for (const shard of [0, 1, 2, 3]) expect(joined.of(shard)).toEqual(whole.of(shard));
      const times = parts.flat().flatMap(([shard, ms]) => (shard === 0 ? [ms] : []));
      expect(whole.of(0).lastMs).toBe(times.length === 0 ? null : Math.max(...times));
    }),
  );
});
