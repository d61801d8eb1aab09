import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  describeRequiring,
  repositoryRoot,
  requireRedis,
  seededTelemetry,
  temporaryDirectory,
  writeEventLog,
  writeStream,
  type Draft,
} from "@qsc-tooling/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SpreadProgress } from "../../src/index.js";
import { alone, COUNT, filled, spread } from "../support/judged.js";
import { leftIn, place } from "../support/place.js";

/** What may be wrong with a decision. */
const TROUBLES: readonly ((draft: Draft, index: number) => void)[] = [
  (draft) => {
    draft.fields["payload"] = "{";
  },
  (draft) => {
    delete draft.modelBreakdown["nhits"];
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["xgboost"] ?? {}, { confidence: Number.NaN });
  },
  (draft, index) => {
    Object.assign(draft.modelBreakdown["lightgbm"] ?? {}, { action: `HODL ${index}` });
  },
  (draft) => {
    Object.assign(draft.modelBreakdown["patchtst"] ?? {}, { status: "inactive" });
  },
  (draft) => {
    draft.payload["decision_id"] = "the same";
  },
];

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

  test("is judged as by one process, whatever is wrong with it and wherever it is divided", async () => {
    await using there = await place();
    await Promise.all([there.work(), there.work(), there.work()]);
    const verdicts = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.constantFrom(1 as const, 2 as const),
        fc.integer({ min: 2, max: 30 }),
        fc.array(fc.tuple(fc.nat(COUNT - 1), fc.nat(TROUBLES.length - 1)), { maxLength: 60 }),
        async (seed, version, parts, troubles) => {
          await there.clear();
          const mutate = (draft: Draft, index: number): void => {
            for (const [at, kind] of troubles) if (at === index) TROUBLES[kind]?.(draft, index);
          };
          await filled(there, mutate, { seed, version });
          const document = await spread(there, { parts });
          expect(JSON.stringify(document)).toBe(JSON.stringify(await alone(there)));
          verdicts.add(document.verdict);
        },
      ),
      { numRuns: 12, examples: [[1, 2, 7, []]] },
    );
    expect(verdicts.size).toBeGreaterThan(1);
    expect(await leftIn(there.client)).toEqual([]);
  });

  test("may be lines of an event log", async () => {
    await using there = await place();
    await using home = await temporaryDirectory();
    const path = join(home.path, "log.ndjson");
    await writeEventLog(path, seededTelemetry({ seed: 4, version: 2, count: COUNT, intervalMs: 1000 }).entries);
    const source = { url: `file:${path}` };
    await there.work({ source });
    const steps: SpreadProgress[] = [];
    const document = await spread(there, { source, parts: 4, onProgress: (step) => steps.push(step) });
    expect(JSON.stringify(document)).toBe(JSON.stringify(await alone(there, source)));
    expect([document.counts.read, steps.length]).toEqual([COUNT, 4]);
  });

  test("may be the shards of a stream", async () => {
    await using there = await place();
    const { entries } = seededTelemetry({ seed: 4, version: 2, count: COUNT, intervalMs: 1000 });
    const streams = ["intents-0", "intents-1", "intents-2"];
    for (const [shard, stream] of streams.entries())
      await writeStream(
        there.telemetry.url,
        stream,
        entries.filter((_, index) => index % streams.length === shard),
      );
    const source = { url: there.telemetry.url, options: { stream: streams } };
    await there.work({ source });
    const steps: SpreadProgress[] = [];
    const document = await spread(there, { source, parts: 4, onProgress: (step) => steps.push(step) });
    expect(JSON.stringify(document)).toBe(JSON.stringify(await alone(there, source)));
    expect([document.counts.read, steps.length]).toEqual([COUNT, 4]);
    await there.work({ source: { ...source, options: { stream: streams.slice(1) } } });
    const other = { ...source, options: { stream: streams.toReversed() } };
    await expect(spread(there, { source: other, parts: 4 })).rejects.toMatchObject({ code: "parts_unread" });
  });

  test("needs no more rights in the queue than the README says", async () => {
    const readme = await readFile(join(repositoryRoot, "packages/workers/README.md"), "utf8");
    const rule = /ACL SETUSER qsc on >PASSWORD (.*)\n/.exec(readme)?.[1] ?? "";
    await using there = await place();
    await filled(there);
    await there.client.call("ACL", "SETUSER", "qsc", "on", ">secret", ...rule.split(" "));
    const queue = there.queue.url.replace("redis://", "redis://qsc:secret@");
    const worker = await there.work({ queue });
    const document = await spread(there, { queue });
    expect(document.verdict).toBe("pass");
    expect(worker.said.join("\n")).not.toMatch(/NOPERM|secret/);
    const refused = spread(there, { queue: queue.replace("secret", "wrong") });
    await expect(refused).rejects.toMatchObject({ code: "queue_failed" });
    await expect(refused).rejects.not.toThrow("wrong");
    expect(await leftIn(there.client)).toEqual([]);
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
