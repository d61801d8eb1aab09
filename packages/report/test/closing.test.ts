import { sealed, type MonitorDocument, type OperationDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { toClosingLine, toTerminal } from "../src/index.js";

const head = {
  verdict: "pass" as const,
  exitCode: 0 as const,
  reasons: [],
  warnings: [],
  judgedAt: "2026-01-11T08:30:00.000Z",
  unit: "engine.service",
  services: "systemd (system)",
  source: null,
  stream: null,
  host: "h",
  toolVersion: "1",
  audit: null,
  steps: [{ name: "restart", outcome: "done" as const, detail: "engine.service" }],
};
const weights = { before: null, after: null };
const activate = sealed({
  kind: "activate" as const,
  ...head,
  model: "xgb",
  dryRun: false,
  weights,
  dropIn: null,
  rollbackCommand: "qsc rollback",
  cutover: null,
  gate: null,
});
const promote = sealed({
  kind: "promote" as const,
  ...head,
  model: "xgb",
  to: 0.5 as const,
  weights,
  dropIn: null,
  rollbackCommand: "qsc rollback",
  cutover: null,
});
const rollback = sealed({ kind: "rollback" as const, ...head, reason: "r", weights, cutover: null });
const deploy = sealed({ kind: "deploy" as const, ...head, commit: "d13e87bd", former: null, cutover: null });

describe("an acting command ends with a line that says what is proven", () => {
  test.each<[OperationDocument, string, string]>([
    [activate, "ACTIVATED, proven: xgb has 10 % of the vote", "NOT ACTIVATED (exit 2)"],
    [
      { ...activate, dryRun: true },
      "DRY RUN, nothing was changed: the model may be activated",
      "DRY RUN, nothing was changed: the model may not be activated (exit 2)",
    ],
    [promote, "PROMOTED, proven: xgb has 50 % of the vote", "NOT PROMOTED (exit 2)"],
    [rollback, "ROLLED BACK, proven: the baseline is served", "ROLLBACK NOT PROVEN (exit 2)"],
    [deploy, "DEPLOYED, proven: d13e87bd", "NOT DEPLOYED (exit 2)"],
  ])("%#", (document, done, failed) => {
    expect(toClosingLine(document)).toBe(done);
    expect(toClosingLine({ ...document, verdict: "fail", exitCode: 2, reasons: ["no"] })).toBe(failed);
  });

  test("a command that only asks has no closing line", () => {
    expect(toClosingLine(sealed({ kind: "cutover" as const, ...head, cutover: null }))).toBeNull();
  });
});

test("steps and file contents can be omitted when the reader has seen them", () => {
  const init = sealed({ kind: "init" as const, ...head, files: [{ path: "/etc/a", text: "line of a file\n" }] });
  const whole = toTerminal(init, { color: false });
  expect(whole).toContain("restart  done");
  expect(whole).toContain("line of a file");
  const less = toTerminal(init, { color: false, without: ["steps", "files"] });
  expect(less).not.toContain("restart");
  expect(less).not.toContain("line of a file");
  expect(() => toTerminal(init, { color: false, without: ["reasons"] as never })).toThrow("options.without[0]");
});

describe("a watch ends in a line that says what is there now", () => {
  const monitor: MonitorDocument = sealed({
    kind: "monitor" as const,
    ...head,
    model: "xgb",
    share: 0.1 as const,
    outcome: "eligible" as const,
    watch: null,
    rule: "strict" as const,
    evidence: [],
    policyHash: "0".repeat(64),
    policySource: "built-in",
    violations: [],
    integrity: [],
    models: [],
    rollback: null,
  });
  const failed = { verdict: "fail" as const, exitCode: 2 as const, reasons: ["no"] };

  test.each<[Partial<MonitorDocument>, string]>([
    [{}, "ELIGIBLE: xgb was watched to the end at 10 %; now qsc promote, or qsc rollback"],
    [
      { outcome: "promoted" },
      "PROMOTED: xgb was watched to the end at 10 %, and its next share has a watch of its own; see qsc status",
    ],
    [
      { outcome: "promoted", share: 1 },
      "PROMOTED: xgb was watched to the end at 100 %, and needs no watch; qsc rollback restores the baseline",
    ],
    [
      { outcome: "rolled_back", violations: ["model_silence: xgb"], ...failed },
      "ROLLED BACK, the baseline is served again: model_silence: xgb (exit 2)",
    ],
    [
      { outcome: "rollback_failed", ...failed },
      "ROLLBACK NOT PROVEN: look at qsc status, and run qsc rollback (exit 2)",
    ],
    [{ outcome: "interrupted", ...failed }, "WATCH INTERRUPTED: start it again, or xgb is rolled back (exit 2)"],
    [
      { outcome: "eligible", share: null },
      "ELIGIBLE: xgb was watched to the end at an unknown share; now qsc promote, or qsc rollback",
    ],
    [
      {
        outcome: "no_canary",
        model: null,
        share: null,
        ...failed,
        reasons: ["There is no canary of engine.service to watch; activate one first."],
      },
      "NOTHING TO WATCH: There is no canary of engine.service to watch; activate one first; see qsc status (exit 2)",
    ],
  ])("%#", (changes, line) => {
    expect(toClosingLine({ ...monitor, ...changes })).toBe(line);
  });
});
