import type { JudgeDocument } from "@qsc/contract";
import { createJudge, type JudgeOptions, type Prediction, type PredictionJudge } from "../../src/index.js";
import { seeded } from "../support.js";

/** Predictions of a fraud team: a part is denied, and the score is the probability of fraud. */
export function fraud(n: number, { seed, denied = 0.03 }: { seed: number; denied?: number }): Prediction[] {
  const random = seeded(seed);
  return Array.from({ length: n }, () => {
    const isFraud = random() < denied;
    return { label: isFraud ? "deny" : "approve", score: isFraud ? 0.5 + 0.5 * random() : 0.3 * random() ** 3 };
  });
}

export const LABELS = ["approve", "deny"];
export const AT = new Date("2026-01-11T08:30:00Z");

/** A judge that was given these predictions. */
export function judged(predictions: Iterable<Prediction>, options: JudgeOptions): PredictionJudge {
  const judge = createJudge(options);
  for (const prediction of predictions) judge.add(prediction);
  return judge;
}

/** The verdict on these predictions. */
export function verdictOf(predictions: Iterable<Prediction>, options: JudgeOptions): JudgeDocument {
  return judged(predictions, options).verdict({ judgedAt: AT });
}

/** The ids of the checks that speak against a pass. */
export function against({ codes }: JudgeDocument): readonly string[] {
  return [...new Set(codes)];
}
