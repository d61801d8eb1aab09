import { judgementDocument } from "@qsc/contract/schemas";
import { toMarkdown, toTerminal } from "@qsc/report";
import { seededTelemetry, type Draft } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { featureSanity, qualityGate, scoreboard, type GateRequest } from "../../src/index.js";
import { afterPass } from "../../src/judge/next-steps.js";
import { ALL, judgementContext, sourceOf } from "../support.js";

const START = Date.UTC(2026, 0, 5, 9);
const CONTEXT = judgementContext(START + 86_400_000);

const source = (mutate: (draft: Draft, index: number) => void = () => undefined, count = 300, live = false) =>
  sourceOf(
    seededTelemetry({ seed: 8, count, startMs: START, intervalMs: 1000, mutate }).entries,
    live,
    live ? () => START + 300_000 : undefined,
  );
const gate = (request: Partial<GateRequest> = {}, from = source()) =>
  qualityGate(from, { ...ALL, mode: "canary", model: null, ...request }, CONTEXT);

const restarted = (draft: Draft, index: number): void => {
  if (index === 7) draft.payload["boot_id"] = "another";
};
const opposed = (draft: Draft, index: number): void => {
  const labels = ["BUY", "SELL", "HOLD"];
  Object.values(draft.modelBreakdown).forEach((answer, at) => (answer["action"] = labels[(index + at) % 3]));
};

describe("a gate says what to do next", () => {
  test("after a pass: activate the model that was named, with the cutover that was judged", async () => {
    const request: GateRequest = { ...ALL, mode: "canary", model: "xgboost", afterMs: START };
    const document = await qualityGate(source(undefined, 300, true), request, judgementContext(START + 300_000));
    expect(document.verdict).toBe("pass");
    expect(document.next).toEqual([
      "The model may be activated: qsc activate --model xgboost --cutover 2026-01-05T09:00:00.000Z",
    ]);
  });

  test.each<[string, Partial<GateRequest>, RegExp]>([
    ["without a cutover: judge one process", { model: "xgboost" }, /--after, from qsc cutover/],
    [
      "without a model: name one that passed",
      { afterMs: START },
      /--model.*Passed: lightgbm, nhits, patchtst, xgboost\.$/,
    ],
    [
      "as of the last event of a recording: judge what runs",
      { model: "xgboost", afterMs: START },
      /not judged as of now/,
    ],
    ["after a collection: judge again", { mode: "collection", model: "xgboost" }, /--mode canary/],
  ])("%s, and never that the model may be activated", async (_, request, step) => {
    const { next } = await gate(request);
    expect(next).toEqual([expect.stringMatching(step)]);
    expect(next?.join()).not.toMatch(/may be activated|qsc activate/);
  });

  test("without a model, and with many that passed: names the first five", async () => {
    const { models } = await gate();
    const many = Array.from({ length: 7 }, (_, index) => ({ ...models[0]!, model: `m${index}` }));
    expect(afterPass({ mode: "canary", model: null, models: many, after: null, asOfFrom: "clock" })).toEqual([
      "Name the model to activate (--model), and judge again. Passed: m0, m1, m2, m3, m4, and 2 more.",
    ]);
  });

  test("after a refusal: the step of each objection, once", async () => {
    const collapsed = (draft: Draft, index: number): void => {
      restarted(draft, index);
      for (const answer of Object.values(draft.modelBreakdown)) answer["action"] = "BUY";
    };
    const { next, codes } = await gate({}, source(collapsed));
    expect(codes?.filter((code) => code === "model_failed")).toHaveLength(4);
    expect(next).toEqual([
      expect.stringMatching(
        /^Take the cutover of the process that runs \(qsc cutover\)\. If you did, the clock of Redis/,
      ),
      "Run qsc diagnose over the same range: it names the likely cause and what to do about it.",
    ]);
  });

  test("without telemetry", async () => {
    const { next } = await gate({}, source(undefined, 0));
    expect(next).toContain("Check the stream's name, and that the engine publishes the answer of every model.");
  });
});

test("a scoreboard and feature sanity say it too, and nothing after a pass", async () => {
  const opposing = await scoreboard(source(opposed), ALL, CONTEXT);
  expect(opposing.next).toEqual(["Compare the models' labels: no single one of them is at fault."]);
  expect((await scoreboard(source(), ALL, CONTEXT)).next).toEqual([]);
  const sanity = { ...ALL, manifest: null };
  expect((await featureSanity(source(undefined, 3), sanity, CONTEXT)).next).toContainEqual(
    expect.stringMatching(/^Wait for more decisions/),
  );
});

test("the report says it right after the reasons, in words that need no Markdown", async () => {
  const document = await gate({}, source(restarted));
  for (const text of [toTerminal(document, { color: false }), toMarkdown(document)]) {
    const [reason, step, models] = ["engine_restarts: ", "Take the cutover of", "Models"].map((part) =>
      text.indexOf(part),
    );
    expect(reason).toBeGreaterThan(0);
    expect(step).toBeGreaterThan(reason!);
    expect(models).toBeGreaterThan(step!);
    expect(text).not.toContain("`");
  }
});

test("a document of an earlier version has no next steps, and is read and shown as before", async () => {
  const before = { ...(await gate()), next: undefined };
  expect(judgementDocument.safeParse(before).success).toBe(true);
  expect(toTerminal(before, { color: false })).not.toMatch(/^ *Next$/m);
});
