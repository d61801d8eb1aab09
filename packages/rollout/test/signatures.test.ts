import { DEFAULT_POLICY, parsePolicy } from "@qsc/violations";
import { memorySource } from "@qsc/stream-reader";
import { expect, test } from "vitest";
import { newestDecision } from "../src/canary/engine-now.js";
import { hostClock } from "../src/index.js";
import { featureSanity, qualityGate, scoreboard, diagnose, waitForEvents, type Setting } from "../src/judging.js";
import { Entries } from "../src/watch/entries.js";

const policy = await parsePolicy("require: [signature]", "p.yaml");
const setting: Setting = { policy, policySource: "p.yaml", unit: null, host: "h", toolVersion: "0", now: () => 1_000_000 };
const window = { afterMs: null, count: null, asOf: null };
const refused = { code: "invalid_policy", message: expect.stringContaining("The policy requires signatures, and no key verifies those of memory:") };

test("a policy that requires signatures is refused by every judge of a source that verifies none", async () => {
  const source = memorySource([]);
  await expect(qualityGate(source, { ...window, mode: "canary", model: null }, setting)).rejects.toMatchObject(refused);
  await expect(scoreboard(source, window, setting)).rejects.toMatchObject(refused);
  await expect(featureSanity(source, { ...window, manifest: null }, setting)).rejects.toMatchObject(refused);
  await expect(diagnose(source, { ...window, model: null, journal: { skipped: "not asked for" } }, setting)).rejects.toMatchObject(refused);
  const waiting = { policy, model: null, need: 1, now: () => 0, signal: new AbortController().signal, onProgress: () => undefined };
  await expect(waitForEvents(source, window, waiting)).rejects.toMatchObject(refused);
});

test("a watch of such a source is an outage that says so, and it tells no process that serves", async () => {
  const openSource = () => Promise.resolve(memorySource([], { live: true }));
  const entries = new Entries({ openSource, clock: hostClock, setting }, "2026-01-05T09:00:00Z", new AbortController().signal);
  try {
    expect(await entries.next(100)).toEqual([]);
    expect(entries.outage).toMatchObject(refused);
  } finally {
    await entries.close();
  }
  await expect(newestDecision(memorySource([]), policy)).rejects.toMatchObject(refused);
});

test("a policy that does not require them takes any source", async () => {
  const judged = await scoreboard(memorySource([]), window, { ...setting, policy: DEFAULT_POLICY });
  expect(judged.exitCode).toBe(2);
});
