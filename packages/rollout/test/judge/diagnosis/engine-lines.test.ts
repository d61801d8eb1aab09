import { expect, test } from "vitest";
import { EngineLines, meansModel } from "../../../src/judge/diagnosis/engine-lines.js";

function readingOf(...lines: readonly string[]): EngineLines {
  const reading = new EngineLines();
  for (const line of lines) reading.add(line);
  return reading;
}

test("the lines that an operator looks for are counted by model and reason", () => {
  const { build, lines, findings } = readingOf(
    "AI_ENGINE_BUILD: d13e87bd",
    "[XGB-INIT] Model file: xgb.onnx",
    "[XGB-INIT] Expected feature_dim: 12",
    "[XGB] QSC FAIL-CLOSED: Degenerate output detected; inactive_reason=degenerate_output",
    "[XGB] QSC FAIL-CLOSED: Degenerate output detected again; inactive_reason=degenerate_output",
    "[PatchTST] QSC FAIL-CLOSED: Input tensor contains NaN values",
    "ensemble: [NHiTS] is out, inactive_reason=insufficient_history",
    "[LGBM] DRIFT DETECTED: PSI=1.000",
    '{"level":30,"msg":"the engine starts"}',
  );
  expect({ build, lines }).toEqual({ build: "d13e87bd", lines: 9 });
  expect(findings.map(({ kind, model, reason, count }) => [kind, model, reason, count])).toEqual([
    ["fail_closed", "XGB", "degenerate_output", 2],
    ["fail_closed", "PatchTST", "Input tensor contains NaN values", 1],
    ["inactive", "NHiTS", "insufficient_history", 1],
    ["drift", "LGBM", "drift", 1],
    ["init", "XGB", "Model file: xgb.onnx", 1],
    ["init", "XGB", "Expected feature_dim: 12", 1],
  ]);
  expect(findings[0]?.sample).toBe(
    "[XGB] QSC FAIL-CLOSED: Degenerate output detected; inactive_reason=degenerate_output",
  );
});

test("a line without a model is counted without one", () => {
  expect(readingOf("QSC FAIL-CLOSED: no model at all").findings).toMatchObject([
    { kind: "fail_closed", model: null, reason: "no model at all" },
  ]);
});

test("however many reasons there are, a bounded number is kept, and every line is counted", () => {
  const reading = readingOf(...Array.from({ length: 1000 }, (_, index) => `[XGB] QSC FAIL-CLOSED: reason ${index}`));
  expect(reading.findings).toHaveLength(101);
  expect(reading.findings[0]).toMatchObject({ model: null, reason: "further reasons", count: 900 });
});

test("a hostile line costs little", () => {
  const reading = readingOf(`${"[".repeat(500_000)}]`, `[X] QSC FAIL-CLOSED: ${"x".repeat(500_000)}`);
  expect(reading.findings[0]?.reason).toHaveLength(200);
  expect(reading.findings[0]?.sample).toHaveLength(500);
});

test.each([
  ["XGB", "xgboost", true],
  ["PatchTST", "patchtst", true],
  ["N-HiTS", "nhits", true],
  ["XGB", "lightgbm", false],
  ["N", "nhits", false],
  ["", "nhits", false],
])("%s means %s: %s", (name, model, means) => {
  expect(meansModel(name, model)).toBe(means);
});
