import { invalidOption, showValue, type ModelReading, type Profile } from "@qsc/contract";

/** One answer of any model. */
export interface Prediction {
  /** Null when the model gave no answer. A regression has none. */
  readonly label?: string | null;
  /** A confidence in [0, 1], a logit, or the number that a regression answers; null or missing: there is none. */
  readonly score?: number | null;
  readonly latencyMs?: number;
  /** What the answer is about, such as a country or a customer group: the verdict shows each. */
  readonly segment?: string;
  /** When it was given: a Date, or milliseconds since 1970. Each prediction has one, or none has. */
  readonly at?: Date | number;
  /** Where a reader finds it, such as `line 12`. Default: `prediction 11`. */
  readonly place?: string;
}

/** A prediction in the form that a model's answers have, and what only a judge of predictions looks at. */
export interface Answer {
  readonly reading: ModelReading;
  readonly segment: string | null;
  readonly atMs: number | null;
}

const MOST_MS = 8.64e15;

/**
 * Reads a prediction. A score that is missing, not a number or out of range stays in the answer as invalid, to be judged.
 *
 * @throws QscError `invalid_option` for what is not a prediction, or not one of this kind of model
 */
export function answerOf(prediction: Prediction, name: string, model: string, profile: Profile): Answer {
  requireObject(prediction, name);
  const { label, latencyMs, segment, at } = prediction;
  if (profile.labels === null && label !== undefined)
    throw invalidOption(`${name}.label`, label, "left out: the profile is of a regression");
  if (profile.labels !== null && label !== null && typeof label !== "string")
    throw invalidOption(`${name}.label`, label, "a text, or null for no answer");
  if (segment !== undefined && (typeof segment !== "string" || segment === ""))
    throw invalidOption(`${name}.segment`, segment, "a text that is not empty, or left out");
  const score: unknown = prediction.score ?? null;
  const hasAnswer = profile.labels === null ? score !== null : label !== null;
  return {
    segment: segment ?? null,
    atMs: at === undefined ? null : timeOf(at, `${name}.at`),
    reading: {
      model,
      nonPrediction: hasAnswer ? null : "no answer",
      voted: hasAnswer,
      action: profile.labels === null ? "score" : (label ?? null),
      confidence: confidenceOf(score, profile.score),
      latencyMs: latencyMs === undefined ? null : isLatency(latencyMs) ? latencyMs : { invalid: textOf(latencyMs) },
      artifactSha256: null,
    },
  };
}

/** The score as a confidence: one of a range as its part of the range. */
function confidenceOf(score: unknown, kind: Profile["score"]): ModelReading["confidence"] {
  if (score === null) return { invalid: "that is missing" };
  if (typeof score !== "number") return { invalid: textOf(score) };
  if (typeof kind === "string" || !Number.isFinite(score)) return score;
  const { low, high } = kind;
  return score >= low && score <= high ? (score - low) / (high - low) : { invalid: String(score) };
}

function requireObject(prediction: unknown, name: string): void {
  if (typeof prediction !== "object" || prediction === null || Array.isArray(prediction))
    throw invalidOption(name, prediction, "an object {label, score}");
}

function timeOf(at: unknown, name: string): number {
  const ms = at instanceof Date ? at.getTime() : at;
  if (typeof ms === "number" && Math.abs(ms) <= MOST_MS) return ms;
  throw invalidOption(name, at instanceof Date ? String(at) : at, "a Date, or milliseconds since 1970");
}

function isLatency(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** What was found in place of a number, for a report. */
function textOf(value: unknown): string {
  return (typeof value === "string" ? value : showValue(value)).slice(0, 40);
}
