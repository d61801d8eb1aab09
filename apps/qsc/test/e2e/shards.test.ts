import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startRedis,
  temporaryDirectory,
  writeStream,
  type RedisServer,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import type { GateDocument } from "@qsc/contract";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { document, qsc } from "./support/qsc.js";

const START = Date.UTC(2026, 0, 5, 9);
const COUNT = 300;
const KEYS = ["{e}:0", "{e}:1", "{e}:2"];
const GATE = ["quality-gate", "--mode", "canary", "--as-of", new Date(START + COUNT * 1000).toISOString()];

describeRequiring(requireRedis(), "a stream in shards", () => {
  let home: TemporaryDirectory;
  let redis: RedisServer;
  beforeAll(async () => {
    home = await temporaryDirectory();
    redis = await startRedis();
    const { entries } = seededTelemetry({ seed: 5, version: 2, count: COUNT, startMs: START, intervalMs: 1000 });
    for (const [shard, key] of KEYS.entries())
      await writeStream(
        redis.url,
        key,
        entries.filter((_, at) => at % KEYS.length === shard),
      );
  });
  afterAll(async () => {
    await redis.stop();
    await home.remove();
  });

  const gate = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<GateDocument> =>
    document([...GATE, "--source", redis.url, ...args], { cwd: home.path, env });

  test("is named by a pattern, by commas, by the flag repeated, by the variable, and in the config file", async () => {
    await writeFile(join(home.path, "shards.yaml"), 'stream: "{e}:{0..2}"\n', { mode: 0o600 });
    const documents = [
      await gate(["--stream", "{e}:{0..2}"]),
      await gate(["--stream", KEYS.join(",")]),
      await gate(KEYS.flatMap((key) => ["--stream", key])),
      await gate([], { QSC_STREAM: "{e}:0,{e}:{1..2}" }),
      await gate(["--config", "shards.yaml"]),
    ];
    for (const { verdict, stream, counts, integrity } of documents) {
      expect({ verdict, stream, counts }).toEqual({
        verdict: "pass",
        stream: "{e}:0,{e}:1,{e}:2",
        counts: { read: COUNT, rejected: 0, duplicates: 0, judged: COUNT },
      });
      expect(integrity.find(({ id }) => id === "shard_coverage")?.status).toBe("pass");
    }
  });

  test("is refused with a shard that is missing, by a sentence that names it", async () => {
    const missing = await gate(["--stream", "{e}:{0..3}"]);
    const words = "shard_coverage: 1 of 4 shards: '{e}:3' is";
    expect(missing).toMatchObject({ code: 2, verdict: "fail", codes: ["shard_coverage"] });
    expect(missing.reasons).toEqual([`${words} missing: there is no such key`]);
    const client = new Redis(redis.url);
    await client.set("{e}:3", "text").finally(() => {
      client.disconnect();
    });
    const retyped = await gate(["--stream", "{e}:{0..3}"]);
    expect(retyped).toMatchObject({ code: 2, verdict: "fail" });
    expect(retyped.reasons).toEqual([`${words} not a stream but a key of another type`]);
  });

  test.each([
    ["{e}:{0..300}", "names more than 256 keys"],
    ["a,,b", "has an empty key"],
    ["a,{a,b}", "names the key 'a' twice"],
  ])("named %s is refused", async (stream, words) => {
    const { code, err } = await qsc([...GATE, "--source", redis.url, "--stream", stream], { cwd: home.path });
    expect(code).not.toBe(0);
    expect(err).toContain(words);
  });
});
