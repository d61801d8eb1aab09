import { describe, expect, test } from "vitest";
import {
  diagnosisDocument,
  gateDocument,
  judgementDocument,
  sanityDocument,
  scoreboardDocument,
} from "../../src/schemas/index.js";
import { diagnosis, documents, gate, sanity, scoreboard } from "../support/documents.js";
import { edited, pathsOf, type Path } from "../support/edit.js";

const accepts = (value: unknown): boolean => judgementDocument.safeParse(value).success;

describe.each(documents.map((document) => [document.kind, document] as const))("%s", (_kind, document) => {
  // Labels are data: their shares may be any.
  const paths = pathsOf(document).filter((path) => !path.includes("shares"));

  test("is accepted unchanged", () => {
    expect(judgementDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  });

  test("is refused when any member is missing", () => {
    const members = paths.filter((path) => !/^\d+$/.test(path.at(-1) ?? ""));
    expect(members.filter((path) => accepts(edited(document, path, () => undefined)))).toEqual([]);
  });

  test("is refused with an extra member anywhere", () => {
    const grown = (value: unknown): unknown =>
      Array.isArray(value) || typeof value !== "object" || value === null ? undefined : { ...value, extra: 1 };
    const objects: Path[] = [];
    for (const path of [[], ...paths]) {
      edited(document, path, (value) => {
        if (grown(value) !== undefined) objects.push(path);
        return value;
      });
    }
    expect(objects.length).toBeGreaterThan(5);
    expect(objects.filter((path) => accepts(edited(document, path, grown)))).toEqual([]);
  });

  test("is refused when a member has the wrong type", () => {
    const wrong = (value: unknown): unknown =>
      typeof value === "string" ? 1 : typeof value === "number" ? "1" : "wrong";
    // A nullable text is null here, and could be any text.
    const texts = new Set(["build", "sample", "stream", "unit", "model", "manifest"]);
    const fixed = paths.filter((path) => !texts.has(path.at(-1) ?? ""));
    expect(fixed.filter((path) => accepts(edited(document, path, wrong)))).toEqual([]);
    expect(
      paths.filter((path) => accepts(edited(document, path, () => ({})))).filter((path) => path.length > 0),
    ).toEqual([]);
  });
});

test("each schema accepts only its own kind", () => {
  const schemas = [gateDocument, scoreboardDocument, sanityDocument, diagnosisDocument];
  for (const [i, schema] of schemas.entries()) {
    expect(documents.map((document) => schema.safeParse(document).success)).toEqual(documents.map((_, j) => i === j));
  }
  expect(accepts({ ...gate, kind: "other" })).toBe(false);
});

describe("a gate that judged a shadow", () => {
  const comparison = {
    against: "nhits",
    result: "alike",
    decisions: 330,
    compared: 311,
    agreement: 0.6,
    labels: [{ label: "BUY", shadow: 0.3, against: null }],
    log10: 0.3,
    threshold: 2,
    since: null,
    strongest: null,
  };
  const shadow = { ...gate, model: "xgboost", shadow: true, comparison };
  const different = { ...comparison, result: "different", since: 290, strongest: { label: "BUY", more: true } };
  const failed = { ...shadow, verdict: "fail", exitCode: 2, reasons: ["they differ"], comparison: different };

  test("is accepted with or without a comparison", () => {
    const alone = edited(shadow, ["comparison"], () => undefined);
    expect([shadow, alone, failed].map(accepts)).toEqual([true, true, true]);
  });

  test.each([
    ["a shadow without a name", { ...shadow, model: null }],
    ["a shadow that is false", { ...shadow, shadow: false }],
    ["a comparison without a shadow", { ...gate, model: "xgboost", comparison }],
    ["a pass of models that differ", { ...shadow, comparison: different }],
    ["a pass of models that could not be compared", { ...shadow, comparison: { ...comparison, result: "unknown" } }],
    ["a cause of what is known", { ...shadow, comparison: { ...comparison, because: "a cause" } }],
    ["models that differ since no decision", { ...failed, comparison: { ...different, since: null } }],
    ["more decisions compared than there were", { ...shadow, comparison: { ...comparison, compared: 331 } }],
  ])("is refused with %s", (_, document) => {
    expect(accepts(document)).toBe(false);
  });
});

test.each([
  ["scoreboard", scoreboard],
  ["diagnosis", diagnosis],
])("a %s names a shadow only among its models", (_, document) => {
  const model = document.models[0]?.model;
  expect(
    [{ shadow: model }, { shadow: "lstm" }, { shadow: true }].map((more) => accepts({ ...document, ...more })),
  ).toEqual([true, false, false]);
});

describe("verdict, reasons and exit code agree", () => {
  const why = { reasons: ["telemetry_silence: it is stale"] };

  test.each([
    ["a pass that exits 2", { ...gate, exitCode: 2 }],
    ["a pass with reasons", { ...gate, ...why }],
    ["a fail that exits 0", { ...gate, ...why, verdict: "fail" }],
    ["an unknown that exits 0", { ...gate, ...why, verdict: "unknown" }],
    ["a fail without a reason", { ...gate, verdict: "fail", exitCode: 2 }],
    ["a collection that passes", { ...gate, mode: "collection" }],
    ["a collection that exits 0", { ...gate, mode: "collection", verdict: "collected" }],
    ["a canary's gate that collects", { ...gate, verdict: "collected", exitCode: 3 }],
    ["a scoreboard that collects", { ...scoreboard, verdict: "collected", exitCode: 3 }],
    ["feature sanity that fails with 0", { ...sanity, ...why, verdict: "fail" }],
    ["a diagnosis that exits 2", { ...diagnosis, exitCode: 2 }],
    ["an exit code that does not exist", { ...gate, exitCode: 4 }],
    ["a check that is waived and passes", { ...gate, integrity: [{ ...gate.integrity[0], waived: true }] }],
  ])("%s is refused", (_, document) => {
    expect(accepts(document)).toBe(false);
  });

  test.each([
    ["a fail", { ...gate, ...why, verdict: "fail", exitCode: 2 }],
    ["an unknown", { ...gate, ...why, verdict: "unknown", exitCode: 2 }],
    ["a complete collection", { ...gate, mode: "collection", verdict: "collected", exitCode: 3 }],
    ["a collection that is not", { ...gate, ...why, mode: "collection", verdict: "fail", exitCode: 2 }],
    ["a diagnosis of something that fails", { ...diagnosis, ...why, verdict: "fail" }],
  ])("%s is accepted", (_, document) => {
    expect(accepts(document)).toBe(true);
  });
});

test.each([
  ["share above 1", ["ensemble", "agreement"], 1.01],
  ["negative count", ["counts", "read"], -1],
  ["part of an event", ["counts", "read"], 1.5],
  ["NaN", ["models", "0", "stats", "std"], NaN],
  ["time with another zone", ["judgedAt"], "2026-01-11T08:30:00+01:00"],
  ["day that does not exist", ["judgedAt"], "2026-02-30T08:30:00Z"],
  ["ID out of form", ["firstId"], "01-0"],
  ["digest cut short", ["digest"], "ab"],
  ["unknown reason to reject", ["rejected", "0", "reason"], "other"],
  ["shares that are a list", ["models", "0", "stats", "shares"], [0.5]],
  ["shares that are null", ["models", "0", "stats", "shares"], null],
  ["share that is text", ["models", "0", "stats", "shares"], { BUY: "0.5" }],
  ["__proto__ among shares", ["models", "0", "stats", "shares"], JSON.parse('{"__proto__": 0.5}')],
])("a %s is refused, with its place", (_, path, value) => {
  const { error } = gateDocument.safeParse(edited(gate, path, () => value));
  expect(error?.issues[0]?.path.map(String).slice(0, path.length)).toEqual(path);
});
