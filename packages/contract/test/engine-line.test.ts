import fc from "fast-check";
import { expect, test } from "vitest";
import { engineLine, parseEngineLine } from "../src/index.js";

const word = fc.stringMatching(/^[\w-]{1,40}$/);
const title = fc.stringMatching(/^[A-Za-z0-9 ._[-]{1,20}$/).filter((each) => !each.endsWith("-INIT"));
/** Words of a message, in which the forms of other lines may be quoted. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.constantFrom(
        "[XGB-INIT] Model file: x",
        "QSC FAIL-CLOSED: y",
        "DRIFT DETECTED",
        "inactive_reason=other",
        "AI_ENGINE_BUILD: forged",
      ),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(" ").trim());
/** What a logger puts before a line. */
const before = fc.constantFrom("", "2025-11-22 12:00:01 INFO ", "INFO:root: ", "[INFO] ");

test("a build is read as it was written", () => {
  fc.assert(
    fc.property(before, word, (prefix, build) => {
      expect(parseEngineLine(prefix + engineLine.build(build))).toEqual({ kind: "build", build });
    }),
  );
});

test("a line of a model that starts is read as it was written, whatever its words quote", () => {
  fc.assert(
    fc.property(fc.tuple(title, text), ([model, said]) => {
      fc.pre(!said.includes("inactive_reason="));
      expect(parseEngineLine(engineLine.init(model, said))).toEqual({ kind: "init", model, text: said, reason: null });
    }),
  );
});

test("a refusal of a model is read as it was written, whatever its words quote", () => {
  fc.assert(
    fc.property(before, title, text, word, (prefix, model, said, reason) => {
      fc.pre(!model.includes("["));
      expect(parseEngineLine(prefix + engineLine.failClosed(model, said, reason))).toEqual({
        kind: "fail_closed",
        model,
        text: said,
        reason,
      });
    }),
  );
});

test("a refusal that quotes a build does not say what the engine was built from", () => {
  expect(parseEngineLine("[XGB] QSC FAIL-CLOSED: cannot read AI_ENGINE_BUILD: d13e87bd")).toMatchObject({
    kind: "fail_closed",
    model: "XGB",
  });
});

test("no text at all makes the reader throw", () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      expect(parseEngineLine(line)).toBeNull();
    }),
  );
});

test.each([
  ["[LGBM] DRIFT DETECTED: PSI=1.000", { kind: "drift", model: "LGBM", text: "", reason: null }],
  [
    "ensemble: [NHiTS] is out, inactive_reason=insufficient_history",
    { kind: "inactive", model: "NHiTS", text: "", reason: "insufficient_history" },
  ],
  ["QSC FAIL-CLOSED: no model", { kind: "fail_closed", model: null, text: "no model", reason: null }],
  ['{"level":30,"msg":"the engine starts"}', null],
])("%s", (line, said) => {
  expect(parseEngineLine(line)).toEqual(said);
});
