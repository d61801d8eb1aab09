import { join } from "node:path";
import { seededTelemetry, temporaryDirectory, writeEventLog, type TemporaryDirectory } from "@qsc-tooling/testkit";
import type { GateDocument, ScoreboardDocument } from "@qsc/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { document, qsc } from "./support/qsc.js";

const GATE = ["quality-gate", "--mode", "canary", "--source", "file:long.ndjson"];

describe("a long range, read by several threads", () => {
  let home: TemporaryDirectory;
  beforeAll(async () => {
    home = await temporaryDirectory();
    const { entries } = seededTelemetry({ seed: 5, version: 2, count: 21_000, intervalMs: 1000 });
    await writeEventLog(join(home.path, "long.ndjson"), entries);
  });
  afterAll(() => home.remove());

  /** What the command says, without when. */
  async function said<Document extends GateDocument | ScoreboardDocument>(args: readonly string[]) {
    const { judgedAt, digest, ...rest } = await document<Document>(args, { cwd: home.path });
    expect([typeof judgedAt, typeof digest]).toEqual(["string", "string"]);
    return rest;
  }

  test("is judged as if one had read it", async () => {
    const byOne = await said([...GATE, "--threads", "1"]);
    expect(byOne).toMatchObject({ verdict: "pass", counts: { read: 21_000 } });
    for (const threads of ["2", "5"]) expect(await said([...GATE, "--threads", threads])).toEqual(byOne);
    expect(await said(GATE)).toEqual(byOne);
  });

  test.each([
    ["0", "--threads '0' is not a number of threads; write a whole number from 1 to 64."],
    ["65", "--threads '65' is not"],
    ["1.5", "--threads '1.5' is not"],
    ["all", "--threads 'all' is not"],
  ])("--threads %s is refused", async (threads, words) => {
    const { code, err } = await qsc([...GATE, "--threads", threads], { cwd: home.path });
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
  });

  test("--threads is refused with --count, and by a command that reads with one", async () => {
    const counted = await qsc([...GATE, "--count", "300", "--threads", "2"], { cwd: home.path });
    expect([counted.code, counted.err]).toEqual([1, expect.stringContaining("--threads has no effect with --count")]);
    const sanity = await qsc(["feature-sanity", "--source", "file:long.ndjson", "--threads", "2"], { cwd: home.path });
    expect([sanity.code, sanity.err]).toEqual([1, expect.stringContaining("Unknown argument: threads")]);
  });
});
