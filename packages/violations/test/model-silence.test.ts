import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compilePolicy,
  DEFAULT_POLICY,
  judgePredictions,
  judgeTelemetry,
  TelemetryCard,
  type TelemetryContext,
} from "../src/index.js";
import { healthy, intent, prediction } from "./support.js";

const START_MS = 1_000_000;
const MAX_AGE_MS = 900_000;
const compiled = await compilePolicy(DEFAULT_POLICY);
const context = (given: Partial<TelemetryContext>): TelemetryContext => ({
  asOfMs: START_MS,
  nowMs: 1e12,
  sinceMs: null,
  sourceClockOffsetMs: null,
  gaps: [],
  minEvents: 1,
  ...given,
});

/** One decision per second of the models `a`, which always answers, and `b`, which answers as given. */
function cardOf(answers: readonly ("answers" | "inactive" | "absent")[]): TelemetryCard {
  const card = new TelemetryCard(DEFAULT_POLICY);
  for (const [index, of] of answers.entries()) {
    const b =
      of === "absent"
        ? []
        : [prediction({ model: "b", nonPrediction: of === "inactive" ? "inactive: model_missing" : null })];
    card.add(intent(index, [prediction({ model: "a" }), ...b]));
  }
  return card;
}

function silenceOf(card: TelemetryCard, model: string, given: Partial<TelemetryContext>) {
  const verdict = judgeTelemetry(card, compiled, context(given)).models.find((each) => each.model === model);
  return verdict?.checks.find(({ id }) => id === "model_silence");
}

describe("a silent model", () => {
  const card = cardOf(["answers", "answers", "inactive", "absent"]);
  const newest = START_MS + 1000;

  test("passes if silent for exactly the greatest age, but not for longer", () => {
    expect(silenceOf(card, "b", { asOfMs: newest + MAX_AGE_MS })).toMatchObject({ status: "pass", value: MAX_AGE_MS });
    const silent = silenceOf(card, "b", { asOfMs: newest + MAX_AGE_MS + 1 });
    expect(silent).toMatchObject({ status: "violation", value: MAX_AGE_MS + 1, limit: MAX_AGE_MS });
    expect(silent?.reason).toMatch(
      /^its newest prediction, of 1970-01-01T00:16:41.000Z, is 15 min and 1 ms old as of .*; at most 15 min is allowed$/,
    );
    expect(silenceOf(card, "a", { asOfMs: newest + MAX_AGE_MS + 1 })?.status).toBe("pass");
  });

  test("is never silent for a negative time, even if the clock of the telemetry is ahead", () => {
    expect(silenceOf(card, "b", { asOfMs: newest - 1 })).toMatchObject({ status: "pass", value: 0 });
    expect(silenceOf(card, "c", { expectedModels: ["c"], sinceMs: START_MS + 1 })).toMatchObject({
      status: "violation",
      value: 0,
    });
  });

  test("is a violation if silent from the beginning, and so is an expected one that is absent", () => {
    const none = cardOf(["inactive", "absent"]);
    expect(silenceOf(none, "b", {})).toMatchObject({
      status: "violation",
      value: null,
      reason: "it made no prediction",
    });
    expect(silenceOf(card, "c", { expectedModels: ["c", "a"], sinceMs: START_MS - 5000 })).toMatchObject({
      status: "violation",
      value: 5000,
    });
    expect(silenceOf(card, "c", {})).toBeUndefined();
  });

  test("is silent in any order, and across the parts of a stream", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("answers", "inactive", "absent"), { minLength: 1, maxLength: 30 }),
        fc.nat(30),
        (answers, cut) => {
          const at = { asOfMs: START_MS + 40_000, expectedModels: ["b"] };
          const whole = cardOf(answers);
          const parts = [answers.slice(0, cut), answers.slice(cut)].map((_, part) =>
            cardOf(answers.map((answer, index) => (index < cut === (part === 0) ? answer : "inactive"))),
          );
          const merged = new TelemetryCard(DEFAULT_POLICY);
          for (const part of parts.reverse()) merged.take(structuredClone(part.state()));
          expect(silenceOf(merged, "b", at)).toMatchObject({ value: silenceOf(whole, "b", at)?.value ?? null });
        },
      ),
    );
  });

  test("plain predictions without a time have no such check", async () => {
    const predictions = healthy(300).map(({ action, confidence }) => ({
      label: action ?? null,
      confidence: Number(confidence),
    }));
    const { checks, verdict } = await judgePredictions(predictions);
    expect(verdict).toBe("pass");
    expect(checks.map(({ id }) => id)).not.toContain("model_silence");
  });
});
