import { sealed, type OperationDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { toClosingLine, toTerminal } from "../src/index.js";

const head = {
  verdict: "pass" as const, exitCode: 0 as const, reasons: [], warnings: [], judgedAt: "2026-01-11T08:30:00.000Z", unit: "engine.service", services: "systemd (system)",
  source: null, stream: null, host: "h", toolVersion: "1", audit: null,
  steps: [{ name: "restart", outcome: "done" as const, detail: "engine.service" }],
};
const weights = { before: null, after: null };
const activate = sealed({ kind: "activate" as const, ...head, model: "xgb", dryRun: false, weights, dropIn: null, rollbackCommand: "qsc rollback", cutover: null, gate: null });
const promote = sealed({ kind: "promote" as const, ...head, model: "xgb", to: 0.5 as const, weights, dropIn: null, rollbackCommand: "qsc rollback", cutover: null });
const rollback = sealed({ kind: "rollback" as const, ...head, reason: "r", weights, cutover: null });
const deploy = sealed({ kind: "deploy" as const, ...head, commit: "d13e87bd", former: null, cutover: null });

describe("an acting command ends in a line that says what is proven", () => {
  test.each<[OperationDocument, string, string]>([
    [activate, "ACTIVATED, proven: xgb has 10 % of the vote", "NOT ACTIVATED (exit 2)"],
    [{ ...activate, dryRun: true }, "DRY RUN, nothing was changed: the model may be activated", "DRY RUN, nothing was changed: the model may not be activated (exit 2)"],
    [promote, "PROMOTED, proven: xgb has 50 % of the vote", "NOT PROMOTED (exit 2)"],
    [rollback, "ROLLED BACK, proven: the baseline is served", "ROLLBACK NOT PROVEN (exit 2)"],
    [deploy, "DEPLOYED, proven: d13e87bd", "NOT DEPLOYED (exit 2)"],
  ])("%#", (document, done, failed) => {
    expect(toClosingLine(document)).toBe(done);
    expect(toClosingLine({ ...document, verdict: "fail", exitCode: 2, reasons: ["no"] })).toBe(failed);
  });

  test("a command that asks has none", () => {
    expect(toClosingLine(sealed({ kind: "cutover" as const, ...head, cutover: null }))).toBeNull();
  });
});

test("steps and the texts of files can be left out where they were seen already", () => {
  const init = sealed({ kind: "init" as const, ...head, files: [{ path: "/etc/a", text: "line of a file\n" }] });
  const whole = toTerminal(init, { color: false });
  expect(whole).toContain("restart  done");
  expect(whole).toContain("line of a file");
  const less = toTerminal(init, { color: false, without: ["steps", "files"] });
  expect(less).not.toContain("restart");
  expect(less).not.toContain("line of a file");
  expect(() => toTerminal(init, { color: false, without: ["reasons"] as never })).toThrow("options.without[0]");
});
