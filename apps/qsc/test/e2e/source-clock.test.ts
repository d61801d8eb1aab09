import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startRedis,
  startTimeProxy,
  temporaryDirectory,
  writeStream,
  type RedisServer,
  type TemporaryDirectory,
  type TimeProxyOptions,
} from "@qsc-tooling/testkit";
import type { CheckResult, GateDocument, SanityDocument } from "@qsc/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { document } from "./support/qsc.js";

const KEY = "quantum:stream:trade.intent";

describeRequiring(requireRedis(), "the clock of a Redis", () => {
  let directory: TemporaryDirectory;
  let redis: RedisServer;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    redis = await startRedis();
    const { entries } = seededTelemetry({ version: 2, count: 250, intervalMs: 1000, startMs: Date.now() - 250_000 });
    await writeStream(redis.url, KEY, entries);
  });
  afterAll(async () => {
    await redis.stop();
    await directory.remove();
  });

  async function clockOf(
    args: readonly string[],
    options: TimeProxyOptions,
  ): Promise<{ code: number | null; clock: CheckResult | undefined; asked: number }> {
    await using proxy = await startTimeProxy(redis.port, options);
    const found = await document<GateDocument | SanityDocument>(
      [...args, "--source", `redis://127.0.0.1:${proxy.port}`],
      { cwd: directory.path },
    );
    return { code: found.code, clock: found.integrity.find(({ id }) => id === "clock_skew"), asked: proxy.asked };
  }

  describe.each([
    ["the gate", ["quality-gate", "--mode", "canary"]],
    ["feature sanity", ["feature-sanity"]],
  ])("%s", (_, args) => {
    test("the same clock, answered late once, is asked again, and passes", async () => {
      expect(await clockOf(args, { delaysMs: [5600] })).toMatchObject({ clock: { status: "pass" }, asked: 2 });
    });

    test("8 s behind, answered 4 s late: a violation", async () => {
      const { code, clock } = await clockOf(args, { delaysMs: [4000], aheadSeconds: -8 });
      expect({ code, status: clock?.status }).toEqual({ code: 2, status: "violation" });
      expect(clock?.reason).toMatch(/differ by/);
    });

    test("always answered late: the offset is unknown, which is not waived, and says what to do", async () => {
      const { code, clock, asked } = await clockOf(args, { delaysMs: [5600, 5600, 5600] });
      expect({ code, status: clock?.status, waived: clock?.waived, asked }).toEqual({
        code: 2,
        status: "unknown",
        waived: false,
        asked: 3,
      });
      expect(clock?.reason).toMatch(/took 6 s to tell its time.*try again/);
    });
  });
});
