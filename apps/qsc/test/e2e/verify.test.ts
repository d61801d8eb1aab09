import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GateDocument, VerifyDocument } from "@qsc/contract";
import { seededTelemetry, temporaryDirectory, writeEventLog, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentHere } from "./support/here.js";
import { qsc } from "./support/qsc.js";

const SOURCE = ["--source", "file:healthy.ndjson"];
const { entries } = seededTelemetry({ count: 300, intervalMs: 1000 });

let directory: TemporaryDirectory;
let report: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeEventLog(join(directory.path, "healthy.ndjson"), entries);
  await qsc(["quality-gate", "--mode", "canary", ...SOURCE], { cwd: directory.path });
  const [name = ""] = readdirSync(join(directory.path, "reports/safety")).filter((each) => each.endsWith(".json"));
  report = join("reports/safety", name);
});
afterAll(() => directory.remove());

const verify = (...args: readonly string[]) =>
  documentHere<VerifyDocument>(["verify", ...args], { cwd: directory.path });
const text = () => readFileSync(join(directory.path, report), "utf8");

function put(name: string, content: string): string {
  writeFileSync(join(directory.path, name), content);
  return name;
}

/** The event log with one of its lines changed. */
function logWith(change: (line: string) => string): readonly string[] {
  const lines = readFileSync(join(directory.path, "healthy.ndjson"), "utf8").split("\n");
  put("other.ndjson", lines.map((line, at) => (at === 100 ? change(line) : line)).join("\n"));
  return ["--source", "file:other.ndjson"];
}

describe("qsc verify", () => {
  test("proves a report by its own event log, and writes a report of that", async () => {
    const { code, out } = await qsc(["verify", report, ...SOURCE], { cwd: directory.path });
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/^PASS {2}report against its events/) });
    expect(readdirSync(join(directory.path, "reports/safety")).some((name) => name.startsWith("verify_"))).toBe(true);
    const { digest } = JSON.parse(text()) as GateDocument;
    expect(await verify(report, ...SOURCE)).toMatchObject({ code: 0, verdict: "pass", again: digest, differences: [] });
  });

  test("proves a report of a copy of the log under another name, with a cutover and a count", async () => {
    put("copy.ndjson", readFileSync(join(directory.path, "healthy.ndjson"), "utf8"));
    for (const window of [
      ["--after", "2026-01-05T09:01:00Z"],
      ["--count", "250"],
      ["--as-of", "2026-01-05T09:04:00Z"],
    ]) {
      const gate = await documentHere(["quality-gate", "--mode", "collection", ...SOURCE, ...window], {
        cwd: directory.path,
      });
      const found = await verify(
        put("window.json", JSON.stringify({ ...gate, code: undefined })),
        "--source",
        "file:copy.ndjson",
      );
      expect(found, window.join(" ")).toMatchObject({ code: 0, verdict: "pass" });
    }
  });

  test("names what differs when a decision was changed, is missing, or came on top", async () => {
    const confidence = /(model_breakdown[^]*?confidence[\\"]*: ?)0\.(\d)/;
    const changed = await verify(
      report,
      ...logWith((line) =>
        line.replace(confidence, (_, before: string, digit: string) => `${before}0.${9 - Number(digit)}`),
      ),
    );
    expect(changed).toMatchObject({ code: 2, verdict: "fail", codes: ["evidence_differs"] });
    expect(changed.differences.map(({ member }) => member).join(" ")).toMatch(/models\[\d\]\.stats/);
    const missing = await verify(report, ...logWith(() => ""));
    expect(missing.differences).toContainEqual({ member: "counts.read", report: "300", again: "299" });
    const more = await verify(report, ...logWith((line) => `${line}\n${line}`));
    expect(more.code).toBe(2);
  });

  test("refuses a report that was changed, whichever member it is", async () => {
    for (const [from, to] of [
      ['"verdict": "pass"', '"verdict": "fail"'],
      ['"read": 300', '"read": 301'],
      ['"source": "file:healthy.ndjson"', '"source": "file:other.ndjson"'],
    ] as const) {
      expect(text()).toContain(from);
      const found = await qsc(["verify", put("altered.json", text().replace(from, to)), ...SOURCE, "--json"], {
        cwd: directory.path,
      });
      expect(found.code, to).toBe(2);
      expect(found.out, to).toMatch(/report_altered|report_unusable/);
    }
  });

  test("refuses another policy, and what is not a gate's report", async () => {
    const policy = put("strict.yaml", "limits: {action_bias: {tradingShare: 0.8}}\n");
    const found = await verify(report, ...SOURCE, "--policy", policy);
    expect(found).toMatchObject({ code: 2, codes: ["evidence_differs"], again: null });
    expect(found.reasons[0]).toContain("--policy");
    for (const content of ["", "{}", "[1]", '{"kind":"scoreboard"}', text().slice(0, 500)]) {
      const refused = await qsc(["verify", put("unusable.json", content), ...SOURCE], { cwd: directory.path });
      expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("[report_unusable]") as unknown });
    }
  });
});
