import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seededTelemetry, temporaryDirectory, writeEventLog, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { MAX_ID, MIN_ID } from "@qsc/contract";
import { readPart, type PartTask } from "@qsc/rollout/judging";
import { openSource } from "@qsc/stream-reader";
import { DEFAULT_POLICY } from "@qsc/violations";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isSameRedis, queueLabel } from "../src/connection.js";
import { ownSource, type OwnSource } from "../src/own-source.js";
import { jobsOf, readJob, receiptFor, requireReceipt, taskOf, type PartJob, type Receipt } from "../src/part-job.js";
import { packed, unpacked } from "../src/result.js";

const VERSION = "1.2.3";
const RANGE = { from: MIN_ID, to: MAX_ID };
const WANTED = { policy: DEFAULT_POLICY, features: null, byLabel: true, recent: true, shadow: null };

let home: TemporaryDirectory;
let source: OwnSource;
let tasks: readonly PartTask[];
let jobs: readonly PartJob[];

beforeAll(async () => {
  home = await temporaryDirectory();
  const path = join(home.path, "log.ndjson");
  await writeEventLog(path, seededTelemetry({ seed: 3, version: 2, count: 300, intervalMs: 1000 }).entries);
  const url = `file:${path}`;
  await using log = await openSource(url);
  tasks = ((await log.parts?.(RANGE, 3, 0)) ?? []).map((part) => ({ part, wanted: WANTED }));
  source = await ownSource({ url });
  jobs = jobsOf(tasks, { run: randomUUID(), version: VERSION, expiresAt: Date.now() + 60_000, source });
});
afterAll(() => home.remove());

/** A job as it comes out of the queue. */
function sent(at: number, changed: Readonly<Record<string, unknown>> = {}): PartJob {
  return readJob({ ...(JSON.parse(JSON.stringify(jobs[at])) as object), ...changed });
}

const unread = (words: string): object => ({
  code: "parts_unread",
  message: expect.stringContaining(words) as string,
});

describe("the job of a part", () => {
  test("asks a worker for what the judging process meant, by the worker's own way to the telemetry", () => {
    expect(jobs).toHaveLength(3);
    const own = { stream: "its own", timeoutMs: 99 };
    const meant = tasks.map(({ part, wanted }) => ({ part: { ...part, options: own }, wanted }));
    expect(jobs.map((_, at) => taskOf(sent(at), VERSION, { ...source, options: own }))).toEqual(meant);
  });

  test("has no URL, no password and no path of a key", async () => {
    const secret = await ownSource({ url: "redis://user:hunter2@127.0.0.1:6379" });
    const given = { url: "redis://user:hunter2@127.0.0.1:6379", options: { key: "/etc/qsc/client.pem" } };
    const part = { kind: "ids", ...given, range: RANGE, whole: RANGE, seen: [] } as const;
    const words = { run: randomUUID(), version: VERSION, expiresAt: 1, source: secret };
    const [job] = jobsOf([{ part, wanted: WANTED }], words);
    const bytes = Buffer.from(job?.task ?? "", "base64").toString("latin1");
    for (const text of [JSON.stringify(job), bytes]) expect(text).not.toMatch(/hunter2|client\.pem/);
  });

  test.each([
    ["another version", { version: "1.2.4" }, "a worker of version 1.2.3 does not read for version 1.2.4"],
    ["another source", { source: { label: "file:/elsewhere", stream: null } }, "file:/elsewhere is judged"],
    ["another stream", { source: { label: "redis://a", stream: "b" } }, "redis://a b is judged"],
    ["other keys", { keys: ["a".repeat(64)] }, "verifies signatures with other keys"],
    ["another policy than its digest names", { policyHash: "0".repeat(64) }, "its policy is not the one"],
  ])("of %s is not read", (_, changed, words) => {
    expect(() => taskOf(sent(0, changed), VERSION, source)).toThrow(expect.objectContaining(unread(words)));
  });

  test.each([
    ["of another protocol", { protocol: 2 }],
    ["with an unknown key", { further: 1 }],
    ["with a part number that is none", { index: -1 }],
    ["without a task", { task: undefined }],
    ["with a task that is no base64", { task: "%" }],
  ])("%s is not read", (_, changed) => {
    expect(() => sent(0, changed)).toThrow(expect.objectContaining(unread("its job is not one of this version")));
  });

  test.each([null, 1, "job", [], {}])("is not %j", (data) => {
    expect(() => readJob(data)).toThrow(expect.objectContaining({ code: "parts_unread" }));
  });
});

describe("the answer of a worker", () => {
  async function answered(at: number): Promise<{ readonly receipt: Receipt; readonly bytes: Buffer }> {
    const job = sent(at);
    const bytes = await packed(await readPart(taskOf(job, VERSION, source)));
    return { receipt: receiptFor(job, VERSION, bytes, "host-a"), bytes };
  }

  test("gives back what was collected, in every bit", async () => {
    const { receipt, bytes } = await answered(1);
    const [, task] = tasks;
    if (task === undefined) throw new Error("there are three parts");
    expect(await unpacked(bytes, requireReceipt(receipt, sent(1)))).toEqual(await readPart(task));
  });

  test.each([
    ["run", { run: "00000000-0000-4000-8000-000000000000" }, "has another run"],
    ["part", { index: 2 }, "has another index"],
    ["version", { version: "9" }, "has another version"],
    ["policy", { policyHash: "1".repeat(64) }, "has another policyHash"],
    ["task", { task: "1".repeat(64) }, "has another task"],
    ["protocol", { protocol: 0 }, "is not one"],
    ["form", { bytes: "many" }, "is not one"],
  ])("for another %s does not count", async (_, changed, words) => {
    const { receipt } = await answered(0);
    expect(() => requireReceipt({ ...receipt, ...changed }, sent(0))).toThrow(expect.objectContaining(unread(words)));
  });

  test("does not count if its result is gone, cut off, or changed in one byte", async () => {
    const { receipt, bytes } = await answered(0);
    await expect(unpacked(null, receipt)).rejects.toMatchObject(unread("is no longer there"));
    await expect(unpacked(bytes.subarray(1), receipt)).rejects.toMatchObject(unread("is not as it was sent"));
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(40) ^ 1, 40);
    await expect(unpacked(changed, receipt)).rejects.toMatchObject(unread("is not as it was sent"));
  });
});

describe("a worker's own source", () => {
  test("names the keys that it verifies with by their content", async () => {
    const [one, same] = ["one.pem", "same.pem"].map((name) => join(home.path, name));
    await writeFile(one ?? "", "key\n");
    await writeFile(same ?? "", "key\n");
    const [a, b] = await Promise.all(
      [one, same].map((key) => ownSource({ url: "file:/x", options: { verifyKeys: [key ?? ""] } })),
    );
    expect(a?.keys).toEqual(b?.keys);
    await expect(
      ownSource({ url: "file:/x", options: { verifyKeys: [join(home.path, "none")] } }),
    ).rejects.toMatchObject({ code: "invalid_option" });
  });
});

describe("a queue", () => {
  test("is named without its password", () => {
    expect(queueLabel("rediss://me:hunter2@10.0.0.7:6380/3")).toBe("rediss://10.0.0.7:6380/3");
  });

  test.each(["", "localhost:6379", "http://localhost", "redis://", "redis+sentinel://a:1/x"])("%j is none", (url) => {
    expect(() => queueLabel(url)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });

  test.each([
    ["redis://127.0.0.1:6379", "redis://127.0.0.1:6379", true],
    ["redis://127.0.0.1", "rediss://u:p@localhost:6379/2", true],
    ["redis://127.0.0.1:6379", "redis+cluster://10.0.0.1:6379,[::1]:6379", true],
    ["redis://127.0.0.1:6379", "REDIS://u:p@localhost", true],
    ["redis://10.0.0.7:6380", "redis+cluster://10.0.0.7:6379,10.0.0.8:6380", false],
    ["redis://127.0.0.1:6380", "redis://127.0.0.1:6379", false],
    ["redis://127.0.0.1:6379", "file:/a", false],
  ])("%s is the Redis of %s: %s", (queue, telemetry, is) => {
    expect(isSameRedis(queue, telemetry)).toBe(is);
  });
});
