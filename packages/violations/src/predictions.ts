import {
  firstIdAt,
  invalidOption,
  rules,
  showValue,
  type Labels,
  type ModelBaseline,
  type ModelReading,
  type ModelVerdict,
  type Policy,
} from "@qsc/contract";
import { scaleOf } from "./cards/reading.js";
import { NEWEST_DECISIONS } from "./cards/newest-decisions.js";
import { Scorecard } from "./cards/scorecard.js";
import { RecentDecisions } from "./dependence/recent-decisions.js";
import { baselineRule } from "./given/baseline.js";
import { compilePolicy } from "./judge.js";
import { judgeModel } from "./judge-model.js";
import { policyRule } from "./policy/assert-policy.js";
import { labelSetOf } from "./labels.js";
import { labelsOptionRule } from "./policy/labels-rule.js";
import { DEFAULT_POLICY } from "./policy/default.js";
import { segmentsOf } from "./segments/segments-of.js";

/** More than the decisions of a burst are apart. */
const APART_MS = 1000;

/** One answer of a classifier. */
export interface PlainPrediction {
  /** Null when the model gave no answer: it then counts as a non-prediction. */
  readonly label: string | null;
  /** In [0, 1]. */
  readonly confidence: number;
  readonly latencyMs?: number;
  /** What the answer is about: each symbol is then also judged by itself. */
  readonly symbol?: string;
}

/** What plain predictions are judged by. */
export interface PredictionOptions {
  /** The labels the classifier may give; a list, where none of them abstains. By default BUY, SELL and HOLD. */
  readonly labels?: Labels;
  readonly model?: string;
  readonly policy?: Policy;
  /** The minimum number of predictions. Defaults to the policy's for a canary. */
  readonly minEvents?: number;
  readonly baseline?: ModelBaseline;
}

const { closed, count, optional, someText } = rules;

const optionsRule = closed({
  labels: optional(labelsOptionRule),
  model: optional(someText),
  policy: optional(policyRule),
  minEvents: optional(count),
  baseline: optional(baselineRule),
});

/**
 * Judges plain predictions of any classifier, without Redis, systemd or the command line. If any prediction has a
 * latency, latencies are judged, and a prediction without one counts as the worst. If any has a symbol, the verdict
 * shows the newest 4,096 predictions symbol by symbol; they decide where the policy says `segments: {by: "symbol"}`.
 *
 * @param predictions oldest first: the newest ones are also judged by themselves (`recent_collapse`)
 *
 * @returns pass, fail or unknown, with every check's value, limit, n and interval
 *
 * @throws QscError `invalid_option` when an option, or a prediction's label, is invalid
 */
export async function judgePredictions(
  predictions: Iterable<PlainPrediction>,
  options: PredictionOptions = {},
): Promise<ModelVerdict> {
  optionsRule(options, "options");
  const given: unknown = predictions;
  if (typeof given !== "object" || given === null || !(Symbol.iterator in given))
    throw invalidOption("predictions", given, "a list");
  const base = options.policy ?? DEFAULT_POLICY;
  const { policy, expressions } = await compilePolicy({ ...base, labels: labelSetOf(options.labels ?? base.labels) });
  const model = options.model ?? "model";
  const reading = { labels: policy.labels, scale: scaleOf(policy, model) };
  const card = new Scorecard(model, reading);
  const newest: ModelReading[] = [];
  const recent = new RecentDecisions(policy);
  let hasSymbols = policy.segments !== undefined;
  let index = 0;
  for (const prediction of predictions) {
    const answer = answerOf(prediction, index, model);
    card.add(answer, `prediction ${index}`);
    const { symbol = null } = prediction;
    hasSymbols ||= symbol !== null;
    // Decisions in turn: no two of them belong to one burst.
    recent.add({ id: firstIdAt((index + 1) * APART_MS), symbol, models: [answer] });
    if (newest.push(answer) === 2 * NEWEST_DECISIONS) newest.splice(0, NEWEST_DECISIONS);
    index += 1;
  }
  const newestCard = new Scorecard(model, reading);
  for (const answer of newest.slice(-NEWEST_DECISIONS)) newestCard.add(answer, "a prediction");
  const decisions = { distinct: recent, repeats: new RecentDecisions(policy), unread: 0 };
  return judgeModel(card, {
    segments: hasSymbols ? (segmentsOf(decisions, policy, [model]).get(model) ?? null) : null,
    policy,
    expressions,
    minEvents: options.minEvents ?? policy.minEvents.canary,
    time: null,
    absent: 0,
    rejected: 0,
    baseline: options.baseline ?? null,
    latencyRequired: policy.require.includes("latency"),
    newest: { card: newestCard, absent: 0, unread: 0 },
  });
}

/** A prediction in the form that an engine's answers have. */
function answerOf(prediction: PlainPrediction, index: number, model: string): ModelReading {
  requirePrediction(prediction, index);
  const { label, confidence, latencyMs } = prediction;
  return {
    model,
    nonPrediction: label === null ? "no answer" : null,
    voted: label !== null,
    action: label,
    confidence: typeof confidence === "number" ? confidence : { invalid: textOf(confidence) },
    latencyMs: latencyMs === undefined ? null : isLatency(latencyMs) ? latencyMs : { invalid: textOf(latencyMs) },
    artifactSha256: null,
  };
}

function requirePrediction(prediction: unknown, index: number): void {
  const name = `predictions[${index}]`;
  if (typeof prediction !== "object" || prediction === null || Array.isArray(prediction)) {
    throw invalidOption(name, prediction, "an object {label, confidence}");
  }
  const { label, symbol } = prediction as { readonly label?: unknown; readonly symbol?: unknown };
  if (label !== null && typeof label !== "string")
    throw invalidOption(`${name}.label`, label, "a text, or null for no answer");
  if (symbol !== undefined && (typeof symbol !== "string" || symbol === ""))
    throw invalidOption(`${name}.symbol`, symbol, "a text that is not empty, or left out");
}

/** What was found in place of a number, for a report. */
function textOf(value: unknown): string {
  return (typeof value === "string" ? value : showValue(value)).slice(0, 40);
}

function isLatency(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
