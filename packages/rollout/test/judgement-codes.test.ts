import { ERROR_CODES, EXIT, type JudgementDocument } from "@qsc/contract";
import { judgementDocument } from "@qsc/contract/schemas";
import { toTerminal } from "@qsc/report";
import { seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { diagnose, featureSanity, qualityGate, scoreboard } from "../src/index.js";
import { ALL, judgementContext, sourceOf } from "./support.js";

const START = Date.UTC(2026, 0, 5, 9);
const CONTEXT = judgementContext(START + 86_400_000);
type Mutate = (draft: Draft, index: number) => void;

const source = (mutate: Mutate = () => undefined, count = 300) =>
  sourceOf(seededTelemetry({ seed: 8, count, startMs: START, intervalMs: 1000, mutate }).entries);
const gate = (mutate?: Mutate, count?: number) =>
  qualityGate(source(mutate, count), { ...ALL, mode: "canary", model: null }, CONTEXT);
const board = (mutate?: Mutate, count?: number) => scoreboard(source(mutate, count), ALL, CONTEXT);
const sanity = (mutate?: Mutate, count?: number) =>
  featureSanity(source(mutate, count), { ...ALL, manifest: null }, CONTEXT);
const diagnosis = (mutate?: Mutate, count?: number) =>
  diagnose(source(mutate, count), { ...ALL, model: null, journal: { skipped: "a recording" } }, CONTEXT);

const restarted: Mutate = (draft, index) => {
  if (index === 7) draft.payload["boot_id"] = "another";
};
const collapsed: Mutate = (draft) => {
  for (const answer of Object.values(draft.modelBreakdown)) Object.assign(answer, { action: "BUY", confidence: 0.615 });
};
const withoutLatency: Mutate = (draft) => {
  for (const answer of Object.values(draft.modelBreakdown)) delete answer["latency_ms"];
};
const opposed: Mutate = (draft, index) => {
  const labels = ["BUY", "SELL", "HOLD"];
  Object.values(draft.modelBreakdown).forEach((answer, at) => (answer["action"] = labels[(index + at) % 3]));
};
const notFinite: Mutate = (draft, index) => {
  const [name = ""] = Object.keys(draft.features);
  if (index === 250) draft.features[name] = Number.NaN;
};

describe("each refusal of a judgement has its code", () => {
  test.each<[string, () => Promise<JudgementDocument>, readonly string[]]>([
    ["a gate that passes", () => gate(), []],
    ["a gate whose engine was restarted", () => gate(restarted), ["engine_restarts"]],
    ["a gate whose models all collapsed", () => gate(collapsed), Array<string>(4).fill("model_failed")],
    ["a gate whose latencies are unknown", () => gate(withoutLatency), Array<string>(4).fill("model_unproven")],
    [
      "a gate without telemetry",
      () => gate(undefined, 0),
      ["insufficient_data", "rejected_events", "telemetry_silence", "no_models"],
    ],
    ["a scoreboard that is all GO", () => board(), []],
    [
      "a scoreboard of an ensemble out of range",
      () => board(opposed),
      ["agreement", "hard_disagreement", ...Array<string>(4).fill("model_waits")],
    ],
    [
      "a scoreboard whose engine was restarted",
      () => board(restarted),
      ["engine_restarts", ...Array<string>(4).fill("model_unproven")],
    ],
    ["feature sanity of a NaN", () => sanity(notFinite), ["feature_not_finite", "feature_not_finite"]],
    ["feature sanity of a restart", () => sanity(restarted), ["engine_restarts"]],
    ["a diagnosis of a restart", () => diagnosis(restarted), ["engine_restarts"]],
  ])("%s", async (_, judge, codes) => {
    const document = await judge();
    expect(document.codes).toEqual(codes);
    expect(document.reasons).toHaveLength(codes.length);
    expect(() => judgementDocument.parse(document)).not.toThrow();
    // If it is not the ID of a check in the document, it is a code of the table that ends in exit 2.
    const checks = new Set(checksOf(document));
    for (const code of codes) expect(checks.has(code) || ERROR_CODES[code as "no_models"] === EXIT.refused).toBe(true);
  });
});

test("the terminal prints the code before its sentence, and the ID of a check once", async () => {
  expect(toTerminal(await board(opposed), { color: false })).toMatch(/^ *model_waits +xgboost: WAIT/m);
  const restart = toTerminal(await gate(restarted), { color: false });
  expect(restart).toMatch(/engine_restarts: /);
  expect(restart).not.toMatch(/engine_restarts +engine_restarts/);
});

test("a judgement with more or fewer codes than reasons is refused", async () => {
  const document = await gate(restarted);
  expect(judgementDocument.safeParse({ ...document, codes: [] }).success).toBe(false);
  expect(judgementDocument.safeParse({ ...document, codes: undefined }).success).toBe(true);
});

function checksOf(document: JudgementDocument): readonly string[] {
  const ensemble = "ensemble" in document ? document.ensemble.checks : [];
  const checks = "checks" in document ? document.checks : [];
  return [...document.integrity, ...ensemble, ...checks].map(({ id }) => id);
}
