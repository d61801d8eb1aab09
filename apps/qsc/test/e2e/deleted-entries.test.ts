import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startRedis,
  temporaryDirectory,
  writeStream,
  type Entry,
  type RedisServer,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { iso, type GateDocument, type SanityDocument } from "@qsc/contract";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { document } from "./support/qsc.js";

const STEP = 1000;
const COUNT = 500;
const COLLAPSED = 275;
const GATE = ["quality-gate", "--mode", "canary"];

/** Telemetry in which the second entry to the one before the newest may be a collapse: one answer, repeated. */
function telemetry(collapsed: readonly [from: number, to: number] | null, startMs: number): readonly Entry[] {
  return seededTelemetry({
    version: 2,
    count: COUNT,
    intervalMs: STEP,
    startMs,
    mutate: (draft, index) => {
      if (collapsed === null || index < collapsed[0] || index >= collapsed[1]) return;
      for (const answer of Object.values(draft.modelBreakdown))
        Object.assign(answer, { action: "BUY", confidence: 0.5 });
    },
  }).entries;
}

describeRequiring(requireRedis(), "entries of a stream that were deleted", () => {
  let directory: TemporaryDirectory;
  let redis: RedisServer;
  let client: Redis;
  let streams = 0;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    redis = await startRedis();
    client = new Redis(redis.url);
  });
  afterAll(async () => {
    client.disconnect();
    await redis.stop();
    await directory.remove();
  });

  async function stream(
    entries: readonly Entry[],
  ): Promise<{ key: string; remove: (...at: number[]) => Promise<unknown> }> {
    const key = `stream:${streams++}`;
    await writeStream(redis.url, key, entries);
    return { key, remove: (...at) => client.xdel(key, ...at.map((index) => entries[index]?.id ?? "")) };
  }
  const judge = <T extends GateDocument | SanityDocument = GateDocument>(key: string, ...args: readonly string[]) =>
    document<T>(
      [...(args[0]?.startsWith("--") === false ? [] : GATE), ...args, "--source", redis.url, "--stream", key],
      { cwd: directory.path },
    );

  test("hide no collapse, whatever is deleted after it or wherever the range ends", async () => {
    const startMs = Date.now() - COUNT * STEP;
    const entries = telemetry([200, 200 + COLLAPSED], startMs);
    const { key, remove } = await stream(entries);
    expect((await judge(key)).code).toBe(2);
    await remove(...Array.from({ length: COLLAPSED }, (_, at) => 200 + at), COUNT - 1);
    const asOf = iso(startMs + (COUNT - 5) * STEP);
    for (const args of [
      [],
      ["--as-of", asOf],
      ["--count", "210"],
      ["--count", "210", "--as-of", asOf],
      ["--after", iso(startMs + 50 * STEP)],
      ["--after", iso(startMs + 50 * STEP), "--as-of", asOf],
    ]) {
      const found = await judge(key, ...args);
      expect(found.code, args.join(" ")).toBe(2);
      expect(found.reasons.join("\n"), args.join(" ")).toMatch(
        /stream_gap: .*was deleted.*judge only later entries, with --after/,
      );
    }
    const features = await judge<SanityDocument>(key, "feature-sanity", "--as-of", asOf);
    expect(features.code).toBe(2);
    expect(features.reasons.join()).toContain("stream_gap");
  });

  test("are not a gap if nothing was deleted, nor before the time that the message says to judge from", async () => {
    const startMs = Date.now() - COUNT * STEP;
    const entries = telemetry(null, startMs);
    const { key, remove } = await stream(entries);
    expect((await judge(key)).code).toBe(0);
    await remove(100);
    const whole = await judge(key);
    expect(whole.code).toBe(2);
    const after = /--after (\S+) or later/.exec(whole.reasons.join())?.[1] ?? "";
    const later = await judge(key, "--after", after);
    expect({ code: later.code, reasons: later.reasons }).toEqual({ code: 0, reasons: [] });
    expect((await judge(key, "--count", "390")).code).toBe(0);
  });

  test("are a gap if only the newest was deleted: it was to be judged", async () => {
    const { key, remove } = await stream(telemetry(null, Date.now() - COUNT * STEP));
    await remove(COUNT - 1);
    const found = await judge(key);
    expect(found.code).toBe(2);
    expect(found.reasons.join()).toContain("stream_gap");
  });
});
