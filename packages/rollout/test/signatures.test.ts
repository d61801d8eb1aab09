import { DEFAULT_POLICY, parsePolicy } from "@qsc/violations";
import { memorySource } from "@qsc/stream-reader";
import { expect, test } from "vitest";
import { newestDecision } from "../src/operation/engine-now.js";
import { hostClock } from "../src/index.js";
import {
  featureSanity,
  qualityGate,
  scoreboard,
  diagnose,
  waitForEvents,
  type JudgementContext,
} from "../src/judging.js";
import { TelemetryFeed } from "../src/watch/telemetry-feed.js";

const policy = await parsePolicy("require: [signature]", "p.yaml");
const judgementContext: JudgementContext = {
  policy,
  policySource: "p.yaml",
  unit: null,
  host: "h",
  toolVersion: "0",
  now: () => 1_000_000,
};
const window = { afterMs: null, count: null, asOf: null };
const refused = {
  code: "invalid_policy",
  message: expect.stringContaining("The policy requires signatures, but there is no key to verify those of memory:"),
};

test("every judge refuses a policy that requires signatures if the source does not verify them", async () => {
  const source = memorySource([]);
  await expect(qualityGate(source, { ...window, mode: "canary", model: null }, judgementContext)).rejects.toMatchObject(
    refused,
  );
  await expect(scoreboard(source, window, judgementContext)).rejects.toMatchObject(refused);
  await expect(featureSanity(source, { ...window, manifest: null }, judgementContext)).rejects.toMatchObject(refused);
  await expect(
    diagnose(source, { ...window, model: null, journal: { skipped: "not asked for" } }, judgementContext),
  ).rejects.toMatchObject(refused);
  const waiting = {
    policy,
    model: null,
    need: 1,
    now: () => 0,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  };
  await expect(waitForEvents(source, window, waiting)).rejects.toMatchObject(refused);
});

test("such a source is an outage for a watch, which says so, and never names a serving process", async () => {
  const openSource = () => Promise.resolve(memorySource([], { live: true }));
  const entries = new TelemetryFeed(
    { openSource, clock: hostClock, judgement: judgementContext },
    "2026-01-05T09:00:00Z",
    new AbortController().signal,
  );
  try {
    expect(await entries.next(100)).toEqual([]);
    expect(entries.outage).toMatchObject(refused);
  } finally {
    await entries.close();
  }
  await expect(newestDecision(memorySource([]), policy)).rejects.toMatchObject(refused);
});

test("a policy that does not require them takes any source", async () => {
  const judged = await scoreboard(memorySource([]), window, { ...judgementContext, policy: DEFAULT_POLICY });
  expect(judged.exitCode).toBe(2);
});
