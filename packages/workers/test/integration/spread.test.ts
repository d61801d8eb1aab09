import { describeRequiring, requireRedis, seededTelemetry, writeStream, type Draft } from "@qsc-tooling/testkit";
import type { GateDocument } from "@qsc/contract";
import { qualityGate, type GateRequest, type JudgementContext } from "@qsc/rollout/judging";
import { openSource } from "@qsc/stream-reader";
import { DEFAULT_POLICY } from "@qsc/violations";
import { expect, test } from "vitest";
import { spreadReaders, type SpreadProgress, type SpreadRequest } from "../../src/index.js";
import { leftIn, place, STREAM, VERSION, type Place } from "../support.js";

const START = Date.UTC(2026, 0, 5, 9);
const COUNT = 900;
const END = START + COUNT * 1000;
const ASKED: GateRequest = {
  afterMs: null,
  count: null,
  asOf: { firstMs: END, lastMs: END },
  mode: "canary",
  model: null,
};
const CONTEXT: JudgementContext = {
  policy: DEFAULT_POLICY,
  policySource: "built-in",
  unit: null,
  host: "test",
  toolVersion: VERSION,
  now: () => END,
};

async function filled(there: Place, mutate?: (draft: Draft, index: number) => void): Promise<void> {
  const { entries } = seededTelemetry({
    seed: 7,
    version: 2,
    count: COUNT,
    startMs: START,
    intervalMs: 1000,
    ...(mutate !== undefined && { mutate }),
  });
  await writeStream(there.telemetry.url, STREAM, entries);
}

async function alone({ telemetry }: Place): Promise<GateDocument> {
  await using source = await openSource(telemetry.url, { stream: STREAM });
  return await qualityGate(source, ASKED, CONTEXT);
}

async function spread(there: Place, changed: Partial<SpreadRequest> = {}): Promise<GateDocument> {
  const { telemetry, queue } = there;
  const source = { url: telemetry.url, options: { stream: STREAM } };
  await using opened = await openSource(source.url, source.options);
  await using readers = await spreadReaders({
    queue: queue.url,
    source,
    version: VERSION,
    parts: 5,
    leastEntries: 0,
    signal: new AbortController().signal,
    ...changed,
  });
  return await qualityGate(opened, { ...ASKED, readers }, CONTEXT);
}

describeRequiring(requireRedis(), "a range that workers read", () => {
  test("is judged as by one process, in every byte, and leaves nothing in the queue", async () => {
    await using there = await place();
    await filled(there, (draft, index) => {
      if (index % 97 === 5) draft.fields["payload"] = "{";
    });
    await Promise.all([there.work(), there.work()]);
    const progress: SpreadProgress[] = [];
    const document = await spread(there, { onProgress: (step) => progress.push(step) });
    expect(JSON.stringify(document)).toBe(JSON.stringify(await alone(there)));
    expect(document.counts).toMatchObject({ read: COUNT, rejected: 10 });
    expect(progress.at(-1)).toEqual({ read: 5, parts: 5, workers: 2 });
    expect(await leftIn(there.client)).toEqual([]);
  });

  test("shows a decision that is in two parts as one process does", async () => {
    await using there = await place();
    await filled(there, (draft, index) => {
      if (index % 500 === 10) draft.payload["decision_id"] = "the same";
    });
    await there.work();
    const document = await spread(there);
    expect(JSON.stringify(document)).toBe(JSON.stringify(await alone(there)));
    expect(document.counts.duplicates).toBe(1);
  });

  test("is not judged without a worker, and that is said at once", async () => {
    await using there = await place();
    await filled(there);
    await expect(spread(there)).rejects.toMatchObject({
      code: "no_workers",
      message: expect.stringContaining("qsc worker") as string,
    });
  });

  test("is not judged by a worker of another version", async () => {
    await using there = await place();
    await filled(there);
    await there.work({ version: "1.2.4" });
    await expect(spread(there)).rejects.toMatchObject({
      code: "parts_unread",
      message: expect.stringContaining("version 1.2.4 does not read for version 1.2.3") as string,
    });
    expect(await leftIn(there.client)).toEqual([]);
  });
});
