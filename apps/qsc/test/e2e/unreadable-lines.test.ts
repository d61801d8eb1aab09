import { readFile, writeFile } from "node:fs/promises";
import { seededTelemetry, temporaryDirectory, writeEventLog } from "@qsc-tooling/testkit";
import { iso, type SanityDocument, type ScoreboardDocument } from "@qsc/contract";
import { describe, expect, onTestFinished, test } from "vitest";
import { document } from "./support/qsc.js";

const START = Date.UTC(2026, 0, 5, 9);
const STEP = 1000;

/** A log of 900 good decisions, with a line that is not an entry after the first `after` of them. */
async function log(after: number): Promise<string> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = `${directory.path}/events.ndjson`;
  await writeEventLog(
    path,
    seededTelemetry({ seed: 5, version: 2, count: 900, startMs: START, intervalMs: STEP }).entries,
  );
  const lines = (await readFile(path, "utf8")).split("\n");
  await writeFile(path, lines.toSpliced(after, 0, "\u0000\u0000garbage").join("\n"));
  return directory.path;
}

describe("a line of a log that is not an entry", () => {
  const requests = [
    ["--after", iso(START + 300 * STEP)],
    ["--count", "350"],
    ["--after", iso(START + 300 * STEP), "--count", "350"],
  ];

  test.each([
    ["at its head", 0],
    ["between entries that are not judged", 200],
  ])("%s does not harm a later judgement", async (_, after) => {
    const cwd = await log(after);
    const source = ["--source", "file:events.ndjson"];
    for (const request of requests) {
      const gate = await document(["quality-gate", "--mode", "canary", ...request, ...source], { cwd });
      expect([request, gate.code, gate.reasons, gate.counts.rejected]).toEqual([request, 0, [], 0]);
    }
    const [request = []] = requests;
    const board = await document<ScoreboardDocument>(["scoreboard", ...request, ...source], { cwd });
    const sanity = await document<SanityDocument>(["feature-sanity", ...request, ...source], { cwd });
    expect([board.counts.rejected, sanity.counts.rejected]).toEqual([0, 0]);
  });

  test.each([
    ["among those that are judged", 600],
    ["right before the first of them", 550],
    ["at the end", 900],
  ])("%s counts", async (_, after) => {
    const cwd = await log(after);
    const gate = await document(
      ["quality-gate", "--mode", "canary", "--count", "350", "--source", "file:events.ndjson"],
      { cwd },
    );
    expect(gate.counts.rejected).toBe(1);
  });
});

describe("a file that is one JSON document", () => {
  const judged = async (change: (objects: readonly unknown[]) => string) => {
    const cwd = await log(900);
    const lines = (await readFile(`${cwd}/events.ndjson`, "utf8")).split("\n").slice(0, 900);
    await writeFile(`${cwd}/events.json`, change(lines.map((line) => JSON.parse(line) as unknown)));
    return document(["quality-gate", "--mode", "canary", "--source", "file:events.json"], { cwd });
  };

  test.each([
    ["on one line", undefined],
    ["pretty", 2],
  ])("an array of entries, %s, is read as a log of them", async (_, indent) => {
    const { code, reasons, counts } = await judged((objects) => JSON.stringify(objects, null, indent));
    expect([code, reasons, counts.judged]).toEqual([0, [], 900]);
  });

  test("anything else on one line is rejected with a reason, not taken for an unfinished line", async () => {
    const { code, reasons, counts } = await judged((objects) => JSON.stringify({ entries: objects }));
    expect([code, counts.rejected, reasons.join()]).toEqual([
      2,
      1,
      expect.stringContaining("rejected_events: 1 of 1 entries were rejected: invalid_id (1 x, first line 1)"),
    ]);
  });
});
