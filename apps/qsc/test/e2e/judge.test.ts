import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { JudgeDocument } from "@qsc/contract";
import { csvOf, fraudRows, temporaryDirectory, type FraudRow, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentHere } from "./support/here.js";
import { qsc } from "./support/qsc.js";

const BIN = fileURLToPath(new URL("../../bin/qsc.js", import.meta.url));
const COLUMNS = ["--label", "decision", "--score", "p"];
const LEARNT = [...COLUMNS, "--reference", "approved.csv"];
const TODAY = fraudRows(600, { seed: 2 });

let directory: TemporaryDirectory;
beforeAll(async () => {
  directory = await temporaryDirectory();
  put("approved.csv", csvOf(fraudRows(1500, { seed: 1 })));
  put("today.csv", csvOf(TODAY));
});
afterAll(() => directory.remove());

function put(name: string, content: string | Uint8Array): string {
  writeFileSync(join(directory.path, name), content);
  return name;
}

const judge = (...args: readonly string[]) => documentHere<JudgeDocument>(["judge", ...args], { cwd: directory.path });
/** The error that a process ends with, as its document says. */
async function errorOf(...args: readonly string[]): Promise<object> {
  const { code, out } = await run(...args, "--json");
  const error = JSON.parse(out) as { readonly exitCode: number };
  expect(error).toMatchObject({ kind: "error", verdict: "unknown", exitCode: code });
  return error;
}
const run = (...args: readonly string[]) => qsc(["judge", ...args], { cwd: directory.path });

/** A file as Parquet. */
function parquet(rows: readonly FraudRow[], rowGroupSize = 250): Uint8Array {
  const column = (name: keyof FraudRow, type: "STRING" | "DOUBLE") => ({
    name,
    type,
    data: rows.map((row) => row[name]),
  });
  const times = { name: "at", type: "TIMESTAMP" as const, data: rows.map(({ at }) => new Date(at)) };
  const columnData = [column("decision", "STRING"), column("p", "DOUBLE"), column("country", "STRING"), times];
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize }));
}

const jsonLines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** What a verdict says of the predictions, whatever file they come from. */
const judgement = ({ verdict, reasons, counts, profile, models }: JudgeDocument) => ({
  verdict,
  reasons,
  counts,
  profile,
  models,
});

describe("qsc judge", () => {
  test("passes a day like the approved run, writes a report, and says under which limits", async () => {
    const { code, out } = await run("today.csv", ...LEARNT, "--time", "at", "--segment", "country");
    expect(code).toBe(0);
    expect(out).toMatch(/^PASS {2}predictions of model, profile learnt \(exit 0\)\n/);
    for (const words of ["Laxer than the built-in limits", "action_collapse.largestShare", "learnt from approved.csv"])
      expect(out).toContain(words);
    const files = readdirSync(join(directory.path, "reports/safety")).filter((name) => name.startsWith("judge_"));
    expect(files.map((name) => name.split(".").at(-1)).sort()).toEqual(["html", "json", "md"]);
    const json = files.find((name) => name.endsWith(".json")) ?? "";
    expect(JSON.parse(readFileSync(join(directory.path, "reports/safety", json), "utf8"))).toMatchObject({
      kind: "judge",
      source: "today.csv",
      oldest: "2026-01-11T08:00:00.000Z",
      reference: { source: "approved.csv", predictions: 1500 },
    });
  });

  test("judges CSV, JSON Lines, a JSON list and Parquet, compressed or not, from a file or standard input, alike", async () => {
    const expected = judgement(await judge("today.csv", ...LEARNT));
    expect(expected.verdict).toBe("pass");
    const files = [
      put("today.csv.gz", gzipSync(csvOf(TODAY))),
      put("misnamed.csv", gzipSync(csvOf(TODAY))),
      put("members.gz", Buffer.concat([gzipSync(csvOf(TODAY).slice(0, 900)), gzipSync(csvOf(TODAY).slice(900))])),
      put("bom.csv", `\ufeff${csvOf(TODAY)}`),
      put("crlf.csv", csvOf(TODAY).replaceAll("\n", "\r\n")),
      put("today.tsv", csvOf(TODAY).replaceAll(",", "\t")),
      put("today.jsonl", jsonLines(TODAY)),
      put("today.jsonl.gz", gzipSync(jsonLines(TODAY))),
      put("today.json", JSON.stringify(TODAY, null, 2)),
      put("today.json.gz", gzipSync(JSON.stringify(TODAY))),
      put("today.parquet", parquet(TODAY)),
    ];
    for (const file of files) expect(judgement(await judge(file, ...LEARNT)), file).toEqual(expected);
    for (const file of ["today.csv", "today.csv.gz", "today.jsonl", "today.parquet"]) {
      const input = readFileSync(join(directory.path, file));
      const { status, stdout } = spawnSync(process.execPath, [BIN, "judge", "-", ...LEARNT, "--json"], {
        cwd: directory.path,
        input,
        encoding: "utf8",
      });
      expect(status, file).toBe(0);
      expect(judgement(JSON.parse(stdout) as JudgeDocument), file).toEqual(expected);
    }
  });

  test("sorts the rows by their times, in whatever form those are", async () => {
    const sorted = judgement(await judge("today.csv", ...LEARNT, "--time", "at"));
    const backwards = TODAY.toReversed();
    const forms: readonly (readonly [string, (row: FraudRow) => unknown])[] = [
      ["iso", ({ at }) => at],
      ["without-zone", ({ at }) => at.slice(0, 19).replace("T", " ")],
      ["seconds", ({ at }) => Date.parse(at) / 1000],
      ["milliseconds", ({ at }) => Date.parse(at)],
    ];
    for (const [name, at] of forms) {
      const file = put(`${name}.csv`, csvOf(backwards.map((row) => ({ ...row, at: at(row) }))));
      expect(judgement(await judge(file, ...LEARNT, "--time", "at")), name).toEqual(sorted);
    }
    const file = put("backwards.parquet", parquet(backwards));
    expect(judgement(await judge(file, ...LEARNT, "--time", "at"))).toEqual(sorted);
  });

  test("fails a collapse, with the check as the code of each reason", async () => {
    const file = put("collapsed.csv", csvOf(fraudRows(600, { seed: 3, denied: 0 })));
    for (const limits of [
      ["--reference", "approved.csv"],
      ["--profile", "imbalanced", "--labels", "approve,deny"],
    ]) {
      const { code, verdict, codes, exitCode } = await judge(file, ...COLUMNS, ...limits);
      expect({ code, verdict, exitCode }).toEqual({ code: 2, verdict: "fail", exitCode: 2 });
      expect(codes).toContain("action_collapse");
    }
    const frozen = put("frozen.csv", csvOf(TODAY.map((row) => ({ ...row, p: 0.02 }))));
    expect((await judge(frozen, ...LEARNT)).codes).toContain("constant_output");
  });

  test("judges a regression by its score alone, and says what is not judged then", async () => {
    const file = put("prices.csv", csvOf(TODAY.map(({ p }) => ({ price: 100 + 300 * p }))));
    const reference = put(
      "prices-before.csv",
      csvOf(fraudRows(1500, { seed: 4 }).map(({ p }) => ({ price: 100 + 300 * p }))),
    );
    const args = ["--score", "price", "--reference", reference];
    expect(await judge(file, ...args)).toMatchObject({
      code: 0,
      profile: { notJudged: expect.arrayContaining(["dead_zone"]) },
    });
    const moved = put("prices-moved.csv", csvOf(TODAY.map(({ p }) => ({ price: 180 + 300 * p }))));
    expect((await judge(moved, ...args)).codes).toEqual(["score_drift"]);
    const profile = put("prices.yaml", "name: prices\nlabels: none\nscore: {low: 100, high: 400}\n");
    expect(await judge(file, "--score", "price", "--profile", profile)).toMatchObject({
      code: 0,
      profile: { name: "prices", source: "prices.yaml", score: { low: 100, high: 400 } },
      warnings: ["nothing was given to compare with, so drift was not judged"],
    });
  });

  test("a profile of your own is compared with a reference, and keeps its limits", async () => {
    const profile = put("fraud.yaml", "name: fraud\nbase: imbalanced\nlabels: [approve, deny]\nminPredictions: 700\n");
    const found = await judge("today.csv", ...COLUMNS, "--profile", profile, "--reference", "approved.csv");
    expect(found).toMatchObject({ code: 2, codes: ["insufficient_data"], reference: { predictions: 1500 } });
    const readyMade = await judge("today.csv", ...COLUMNS, "--profile", "imbalanced", "--reference", "approved.csv");
    expect(readyMade).toMatchObject({ code: 0, profile: { name: "imbalanced", source: "ready made" } });
    expect(readyMade.models[0]?.checks.map(({ id }) => id)).toContain("score_drift");
  });
});

describe("a row that is not a prediction is counted, named, and taken as the worst", () => {
  test.each([
    ["a row that is too short", `${csvOf(TODAY)}approve,0.1\n`, "a row with 2 cells, not 4", "line 602"],
    ["a row that is too long", `${csvOf(TODAY)}x,approve,0.1,DE,5\n`, "a row with 5 cells, not 4", "line 602"],
    ["an empty line", `${csvOf(TODAY)}\nx,approve,0.1,DE\n`, "a row with 1 cells, not 4", "line 602"],
    [
      "a line that is not JSON",
      `${jsonLines(TODAY)}{"decision": "app\n`,
      "a line that is not one JSON object",
      "line 601",
    ],
    [
      "a line with a key twice",
      `${jsonLines(TODAY)}{"p":0.1,"p":0.2,"decision":"deny"}\n`,
      "not one JSON object",
      "line 601",
    ],
    ["a line that lacks a column", `${jsonLines(TODAY)}{"decision":"deny"}\n`, "a line without 'p'", "line 601"],
    ["a label that is an object", `${jsonLines(TODAY)}{"decision":{},"p":0.1}\n`, "a label or segment", "line 601"],
  ])("%s", async (_, content, reason, place) => {
    const { code, counts, rejected, verdict } = await judge(put("rejected.txt", content), ...LEARNT);
    expect(rejected).toEqual([{ reason: expect.stringContaining(reason) as unknown, count: 1, sample: place }]);
    expect(counts.rejected).toBe(1);
    expect({ code, verdict }).toEqual({ code: 2, verdict: "unknown" });
  });

  test("a time that cannot be understood", async () => {
    const file = put("times.csv", csvOf([...TODAY, { ...TODAY[0], at: "yesterday" }]));
    const { rejected, code } = await judge(file, ...LEARNT, "--time", "at");
    expect({ rejected, code }).toMatchObject({
      code: 2,
      rejected: [{ reason: "a time that cannot be understood: 'yesterday'", sample: "line 602" }],
    });
  });

  test.each([
    ["", "that is missing"],
    ["NaN", "NaN"],
    ["0,5", "0,5"],
    ["1.2", "1.2"],
    ["97 %", "97 %"],
    ["0x1", "0x1"],
  ])("a score of %j is an invalid one, never a pass", async (score, words) => {
    const rows = TODAY.map((row, index) => (index === 9 ? { ...row, p: `"${score}"` } : row));
    const { code, reasons } = await judge(put("scores.csv", csvOf(rows)), ...LEARNT);
    expect(code).toBe(2);
    expect(reasons[0]).toMatch(/^invalid_confidence: /);
    expect(reasons[0]).toContain(`confidence ${words} (1 x, first line 11)`);
  });

  test("a score that is a text in JSON is an invalid one; labels may be numbers or truth values", async () => {
    const text = put("text.jsonl", jsonLines(TODAY.map((row) => ({ ...row, p: String(row.p) }))));
    expect((await judge(text, ...LEARNT)).codes).toContain("invalid_confidence");
    const isFraud = (rows: readonly FraudRow[]) =>
      jsonLines(rows.map((row) => ({ ...row, decision: row.decision === "deny" })));
    const before = put("before.jsonl", isFraud(fraudRows(1500, { seed: 1 })));
    const found = await judge(put("now.jsonl", isFraud(TODAY)), ...COLUMNS, "--reference", before);
    expect(found).toMatchObject({ code: 0, models: [{ stats: { shares: { false: expect.any(Number) as unknown } } }] });
  });
});

describe("a file that cannot be read to its end proves nothing", () => {
  const cut = (content: Uint8Array, part: number): Uint8Array => content.subarray(0, Math.floor(content.length * part));

  test.each([
    ["gzip that is cut off", () => cut(gzipSync(csvOf(TODAY)), 0.7), 2, "predictions_unreadable"],
    [
      "gzip with something behind it",
      () => Buffer.concat([gzipSync(csvOf(TODAY)), Buffer.alloc(8)]),
      2,
      "predictions_unreadable",
    ],
    [
      "gzip with a changed byte",
      () => gzipSync(csvOf(TODAY)).map((byte, at) => (at === 900 ? byte ^ 1 : byte)),
      2,
      "predictions_unreadable",
    ],
    ["Parquet that is cut off", () => cut(parquet(TODAY), 0.7), 2, "predictions_unreadable"],
    [
      "Parquet that begins with nothing",
      () => parquet(TODAY).map((byte, at) => (at > 4 && at < 400 ? 0 : byte)),
      2,
      "predictions_unreadable",
    ],
    ["UTF-16", () => Buffer.from(`\ufeff${csvOf(TODAY)}`, "utf16le"), 2, "predictions_unreadable"],
    ["Latin-1", () => Buffer.from(`${csvOf(TODAY)}caf\u00e9`, "latin1"), 2, "predictions_unreadable"],
    [
      "a quotation mark that is never closed",
      () => Buffer.from(`${csvOf(TODAY)}"approve,0.1`),
      2,
      "predictions_unreadable",
    ],
    [
      "a quotation mark within a cell",
      () => Buffer.from(`${csvOf(TODAY)}ap"prove,0.1,x,y\n`),
      2,
      "predictions_unreadable",
    ],
    ["a JSON list that is cut off", () => Buffer.from(JSON.stringify(TODAY).slice(0, -1)), 2, "predictions_unreadable"],
    ["a JSON list and a second one", () => Buffer.from(`${JSON.stringify(TODAY)}[]`), 2, "predictions_unreadable"],
    ["a JSON list with a hole", () => Buffer.from(`[${JSON.stringify(TODAY[0])},,{}]`), 2, "predictions_unreadable"],
    ["nothing", () => Buffer.alloc(0), 2, "predictions_unreadable"],
    [
      "two columns of one name",
      () => Buffer.from(csvOf(TODAY).replace("at,decision", "p,decision")),
      2,
      "predictions_unreadable",
    ],
  ])("%s", async (_, content, code, error) => {
    expect(await errorOf(put("broken", content()), ...LEARNT)).toMatchObject({ code: error, exitCode: code });
  });

  test.each([
    [["nowhere.csv", ...LEARNT], "source_missing", 2],
    [[".", ...LEARNT], "source_unreadable", 2],
    [["today.csv", "--label", "decison", "--score", "p", "--reference", "approved.csv"], "unknown_column", 2],
    [["today.csv", ...LEARNT, "--segment", "land"], "unknown_column", 2],
    [["today.csv", ...LEARNT, "--delimiter", ";"], "unknown_column", 2],
    [["today.csv", ...LEARNT, "--delimiter", ";;"], "usage", 1],
    [["today.csv", ...COLUMNS, "--profile", "imbalanced"], "usage", 1],
    [["today.csv", ...COLUMNS, "--labels", "a,a"], "usage", 1],
    [["today.csv", ...COLUMNS, "--labels", "a,,b"], "usage", 1],
    [["today.csv", "--score", "p"], "usage", 1],
    [["today.csv", "--score", "p", "--labels", "a,b"], "usage", 1],
    [["today.csv", "--label", "decision"], "usage", 1],
    [["today.csv", ...COLUMNS, "--reference", "-"], "usage", 1],
    [["today.csv", ...COLUMNS, "--policy", "x.yaml"], "usage", 1],
    [[...LEARNT], "usage", 1],
    [["today.csv", ...COLUMNS, "--profile", "inbalanced"], "invalid_profile", 1],
    [["approved.csv", ...COLUMNS, "--reference", "collapsed.csv"], "reference_unusable", 2],
  ])("%j is refused with %s", async (args, error, exitCode) => {
    expect(await errorOf(...args)).toMatchObject({ code: error, exitCode });
  });

  test("the sentence names the column that was meant, and the delimiter that there is", async () => {
    const misspelt = await run("today.csv", "--label", "decison", "--score", "p", "--reference", "approved.csv");
    expect(misspelt.err).toContain(
      "approved.csv has no column 'decison'; it has 'at', 'decision', 'p', 'country'. Did you mean 'decision'?",
    );
    const semicolons = put("semicolons.csv", csvOf(TODAY).replaceAll(",", ";"));
    const { err } = await run(semicolons, ...COLUMNS, "--profile", "imbalanced", "--labels", "approve,deny");
    expect(err).toContain("pass --delimiter ';'");
    expect(
      (await judge(semicolons, ...COLUMNS, "--profile", "imbalanced", "--labels", "approve,deny", "--delimiter", ";"))
        .code,
    ).toBe(0);
  });
});
