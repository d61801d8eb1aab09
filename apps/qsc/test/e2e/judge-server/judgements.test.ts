import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { JudgeDocument } from "@qsc/contract";
import { fraudRows, healthyPredictions, temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../support/serving.js";
import { documentHere } from "../support/here.js";
import { ask, startJudge, type Answered, type Asked } from "./support.js";

const ROWS = fraudRows(600, { seed: 2 });
const PROFILE = `name: fraud
base: imbalanced
labels: [approve, deny]
`;
const PRICES = `name: prices
labels: null
score: { low: 0, high: 500 }
limits: { narrow_range.range: 0.05 }
`;

let directory: TemporaryDirectory;
let server: RunningServer;
beforeAll(async () => {
  directory = await temporaryDirectory();
  writeFileSync(join(directory.path, "fraud.yaml"), PROFILE);
  writeFileSync(join(directory.path, "prices.yaml"), PRICES);
  const profiles = ["fraud", "prices"].map((name) => join(directory.path, `${name}.yaml`)).join(",");
  server = await startJudge(["--judge-profiles", profiles]);
});
afterAll(async () => {
  await server.stop();
  await directory.remove();
});

const judge = (query: string, asked: Asked): Promise<Answered> => ask(`${server.url}v1/judgements${query}`, asked);
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const LIST = JSON.stringify(ROWS);
const FRAUD = "?profile=imbalanced&labels=approve,deny&label=decision&score=p";
const NDJSON = "application/x-ndjson";

/** What differs between two verdicts on the same predictions: where they come from, and when they were judged. */
function timeless(document: object): object {
  return Object.fromEntries(
    Object.entries(document).filter(([key]) => !["source", "judgedAt", "digest"].includes(key)),
  );
}

describe("predictions in a request", () => {
  test("have the document that qsc judge makes of the same ones in a file", async () => {
    writeFileSync(join(directory.path, "rows.jsonl"), lines(ROWS));
    const { code, ...byFile } = await documentHere<JudgeDocument>(
      [
        "judge",
        "rows.jsonl",
        "--label",
        "decision",
        "--score",
        "p",
        "--labels",
        "approve,deny",
        "--profile",
        "imbalanced",
      ],
      { cwd: directory.path },
    );
    expect([code, byFile.verdict]).toEqual([0, "pass"]);
    const packed = { "content-encoding": "gzip" };
    for (const asked of [
      { body: LIST },
      { body: new Uint8Array(gzipSync(LIST)), headers: packed },
      { body: lines(ROWS), type: NDJSON },
      { body: lines(ROWS), type: "application/jsonl; charset=utf-8" },
      { body: new Uint8Array(gzipSync(lines(ROWS))), type: NDJSON, headers: packed },
    ] satisfies Asked[]) {
      const { status, found, body } = await judge(FRAUD, asked);
      expect([status, found]).toEqual([200, "pass"]);
      expect(timeless(body)).toEqual({ ...timeless(byFile), toolVersion: body["toolVersion"] });
    }
  });

  test("that are frozen, or too few, are no success, with the reasons in the document", async () => {
    const frozen = await judge("", {
      body: JSON.stringify(healthyPredictions(1).map(() => ({ label: "BUY", score: 0.61 }))),
    });
    expect(frozen).toMatchObject({ status: 409, found: "fail", body: { kind: "judge", verdict: "fail", exitCode: 2 } });
    for (const body of ["[]", JSON.stringify(healthyPredictions(1, 20))])
      expect(await judge("", { body })).toMatchObject({ status: 409, body: { kind: "judge", exitCode: 2 } });
  });

  test("are judged under the profiles that the judge was given, by name", async () => {
    const own = await judge("?profile=fraud&label=decision&score=p&segment=country&time=at&model=a", { body: LIST });
    expect(own).toMatchObject({ status: 200, body: { profile: { name: "fraud" }, models: [{ model: "a" }] } });
    const prices = Array.from({ length: 300 }, (_, i) => ({ score: 100 + ((i * 37) % 200) }));
    expect(await judge("?profile=prices", { body: JSON.stringify(prices) })).toMatchObject({
      status: 200,
      found: "pass",
    });
  });

  test.each([
    ["?profile=frond&label=decision&score=p", LIST, 400, "request_invalid"],
    ["?profile=fraud&labels=a,b", LIST, 400, "request_invalid"],
    ["?profile=prices&label=decision", LIST, 400, "request_invalid"],
    ["?profile=confident", LIST, 400, "request_invalid"],
    ["?labels=a,a", LIST, 400, "request_invalid"],
    ["?label=decison&score=p", LIST, 400, "unknown_column"],
    ["?lable=decision&score=p", LIST, 400, "request_invalid"],
    ["?score=p&score=q", LIST, 400, "request_invalid"],
    [FRAUD, LIST.slice(0, -1), 400, "predictions_unreadable"],
    [FRAUD, `${LIST}x`, 400, "predictions_unreadable"],
    [FRAUD, "", 400, "predictions_unreadable"],
    [FRAUD, JSON.stringify({ predictions: ROWS }), 400, "predictions_unreadable"],
  ])("%s is refused with %#: nothing is judged", async (query, body, status, code) => {
    expect(await judge(query, { body })).toMatchObject({
      status,
      found: "unknown",
      body: { kind: "error", verdict: "unknown", pass: false, code },
    });
  });

  test("one that is none leaves open what it may hide: no pass", async () => {
    const body = lines([...ROWS, {}]) + '{"decision":"appr';
    const { status, found } = await judge(FRAUD, { body, type: NDJSON });
    expect([status, found]).toEqual([409, "unknown"]);
  });

  test("another type or compression is refused before anything is read", async () => {
    for (const type of ["text/csv", "application/json; charset=latin1", ""])
      expect(await judge(FRAUD, { body: LIST, type })).toMatchObject({
        status: 415,
        body: { code: "type_not_accepted" },
      });
    const headers = { "content-encoding": "br" };
    expect(await judge(FRAUD, { body: LIST, headers })).toMatchObject({
      status: 415,
      body: { code: "type_not_accepted" },
    });
  });

  test("without the latencies that were asked for are no pass", async () => {
    const timed = (latency: (index: number) => number | null): string =>
      JSON.stringify(ROWS.map((row, index) => ({ ...row, ms: latency(index) })));
    const asked = `${FRAUD}&latency=ms`;
    expect(await judge(asked, { body: timed((index) => 20 + (index % 10)) })).toMatchObject({ status: 200 });
    expect(await judge(asked, { body: timed(() => null) })).toMatchObject({ status: 409, found: "unknown" });
  });

  test("may have more labels than a name has characters", async () => {
    const labels = ["approve", "deny", ...Array.from({ length: 40 }, (_, index) => `another-label-${index}`)].join(",");
    expect(await judge(`?label=decision&score=p&labels=${labels}`, { body: LIST })).toMatchObject({
      body: { kind: "judge" },
    });
  });

  test("more rows than are sorted are refused, whatever size they have, and others are not", async () => {
    const rows = (count: number): Asked => ({
      body: new Uint8Array(gzipSync('{"label":"BUY","score":0.5,"t":1}\n'.repeat(count))),
      type: NDJSON,
      headers: { "content-encoding": "gzip" },
    });
    const refused = await judge("?time=t", rows(500_001));
    expect(refused).toMatchObject({ status: 413, body: { code: "body_too_large" } });
    expect(await judge("?time=t", rows(1000))).toMatchObject({ status: 409, body: { kind: "judge" } });
  });

  test("gzip that grows beyond the limit is given up, and takes no slot", async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(200 * 1024 * 1024, " "), { level: 9 }));
    const headers = { "content-encoding": "gzip" };
    expect(await judge("", { body: bomb, headers })).toMatchObject({ status: 413, body: { code: "body_too_large" } });
    expect(await judge(FRAUD, { body: LIST })).toMatchObject({ status: 200 });
  });
});
