import {
  describeRequiring,
  requireRedis,
  seededTelemetry,
  startRedis,
  temporaryDirectory,
  writeEventLog,
  writeStream,
  type Entry,
} from "@qsc-tooling/testkit";
import type { DiagnosisDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { document } from "./support/qsc.js";

const START = Date.UTC(2026, 0, 5, 9);
const CUTOVER = "2026-01-05T09:05:00Z";

/** 300 decisions before the cutover with one confidence, and 300 after it with every other. */
function thawed(version: 1 | 2): readonly Entry[] {
  return seededTelemetry({
    seed: 8,
    version,
    count: 600,
    startMs: START,
    intervalMs: 1000,
    mutate: (draft, index) => {
      if (index < 300) Object.assign(draft.modelBreakdown["nhits"] ?? {}, { confidence: 0.2 });
    },
  }).entries;
}

async function diagnosisOf(source: readonly string[], after: string, cwd: string) {
  const { models, code } = await document<DiagnosisDocument>(
    ["diagnose", ...source, "--after", after, "--as-of", "2026-01-05T09:10:00Z", "--model", "nhits"],
    { cwd },
  );
  expect(code).toBe(0);
  return models[0];
}

/** What the command says about it, from either kind of source. */
async function expectDrift(source: readonly string[], cwd: string): Promise<void> {
  const moved = await diagnosisOf(source, CUTOVER, cwd);
  expect(moved?.drift?.confidence).toBeGreaterThan(0.25);
  expect(moved?.cause).toContain("has drifted since the cutover");
  const alone = await diagnosisOf(source, "2026-01-05T09:00:00Z", cwd);
  expect(alone?.drift).toMatchObject({ labels: null, confidence: null });
  expect(JSON.stringify(alone)).not.toContain("nothing wrong");
}

describe("qsc diagnose, of a model that was constant before the cutover", () => {
  test("says that it has drifted, of an event log", async () => {
    await using directory = await temporaryDirectory();
    await writeEventLog(`${directory.path}/thawed.ndjson`, thawed(2));
    await expectDrift(["--source", "file:thawed.ndjson"], directory.path);
  });

  test("says what is unknown but not required, if everything else is sound", async () => {
    await using directory = await temporaryDirectory();
    await writeEventLog(
      `${directory.path}/sound.ndjson`,
      seededTelemetry({ seed: 8, version: 1, count: 600, startMs: START, intervalMs: 1000 }).entries,
    );
    const found = await diagnosisOf(["--source", "file:sound.ndjson"], CUTOVER, directory.path);
    expect(found?.cause).toBe(
      "The model's own output is within its limits as far as they could be checked; " +
        "unknown, but not required: mixed_artifact, latency_spike.",
    );
  });
});

describeRequiring(requireRedis(), "qsc diagnose, of the same in Redis", () => {
  test("says that it has drifted", async () => {
    await using redis = await startRedis();
    await using directory = await temporaryDirectory();
    await writeStream(redis.url, "thawed", thawed(2));
    await expectDrift(["--source", redis.url, "--stream", "thawed"], directory.path);
  });
});
