import {
  invalidOption,
  QscError,
  rules,
  type Labels,
  type Profile,
  type ProfileReference,
  type ScoreKind,
} from "@qsc/contract";
import { leastRows } from "../features/reference.js";
import { modelStats } from "../judge-model.js";
import { labelsOptionRule } from "../policy/labels-rule.js";
import type { Prediction } from "../prediction-judge/prediction.js";
import { Tally } from "../prediction-judge/tally.js";
import { verdictOn } from "../prediction-judge/verdict.js";
import { scoreRule } from "./assert-profile.js";
import { binsOf } from "./edges.js";
import { learntLimits } from "./learnt-limits.js";
import { BUILT_IN_LIMITS, limitsFor } from "./limits.js";
import { makeProfile } from "./make.js";
import { NO_LABELS } from "./policy-of.js";

/** What a reference run is, and what is known of it besides its predictions. */
export interface LearnOptions {
  /** Default: `learnt`. */
  readonly name?: string;
  /** What the run is called. Default: `reference`. */
  readonly source?: string;
  /** The labels that a classifier may give. Default: those of the run. */
  readonly labels?: Labels;
  /** Default: a probability; without labels a number, from half a span below the run's least to half a span above its largest. */
  readonly score?: ScoreKind;
  /** Default: `shown`. */
  readonly segments?: Profile["segments"];
}

const { closed, oneOf, optional, someText } = rules;

const optionsRule = closed({
  name: optional(someText),
  source: optional(someText),
  labels: optional(labelsOptionRule),
  score: optional(scoreRule),
  segments: optional(oneOf("decide", "shown")),
});

/** The bins of a reference of scores. */
const BINS = 10;

/**
 * A profile from an approved run: its labels, its kind of score, limits as far from what it shows as a collapse is, and
 * what later predictions are compared with. That the run was sound is your word; a run that itself collapses, is too
 * short for its bins, or has a score that is invalid is refused.
 *
 * @param predictions the oldest first: any iterable, asynchronous ones too; all of it is kept in memory meanwhile
 *
 * @throws QscError `reference_unusable`, saying why; `invalid_option`
 */
export async function learnProfile(
  predictions: Iterable<Prediction> | AsyncIterable<Prediction>,
  options: LearnOptions = {},
): Promise<Profile> {
  optionsRule(options, "options");
  const run = await collected(predictions);
  const { name = "learnt", source = "reference", segments = "shown" } = options;
  const labels = labelsIn(run, options.labels);
  if (labels !== null && labels.length < 2)
    refuse(
      source,
      `it has ${labels.length === 0 ? "not one label" : `only the label ${labels.join()}`}; name the others with labels`,
    );
  const score = options.score ?? (labels === null ? rangeOf(run, source) : "probability");
  const draft = makeProfile({ name, labels: options.labels ?? labels, score, segments, limits: BUILT_IN_LIMITS });
  const tally = tallied(run, draft, source);
  const limits = learntLimits(tally, limitsFor(draft.labels));
  const requireLatency = tally.card.latencies.n === tally.card.predictions;
  const reference = referenceOf(tally, run, source);
  const profile: Profile = { ...draft, limits, requireLatency, reference };
  const { verdict, reasons } = verdictOn(tallied(run, profile, source));
  if (verdict !== "pass") refuse(source, `it would not pass itself: ${reasons.join("; ")}`);
  return profile;
}

async function collected(predictions: unknown): Promise<readonly Prediction[]> {
  if (typeof predictions !== "object" || predictions === null || !isIterable(predictions))
    throw invalidOption("predictions", predictions, "a list, or an asynchronous iterable");
  const run: Prediction[] = [];
  for await (const prediction of predictions) run.push(prediction);
  return run;
}

function isIterable(value: object): value is Iterable<Prediction> | AsyncIterable<Prediction> {
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}

/** The labels of the run, sorted; null where no prediction has one, and none is asked for. */
function labelsIn(run: readonly Prediction[], asked: Labels | undefined): readonly string[] | null {
  const found = new Set<string>();
  let isClassifier = asked !== undefined;
  for (const [index, prediction] of run.entries()) {
    if (typeof (prediction as unknown) !== "object" || (prediction as unknown) === null)
      throw invalidOption(`predictions[${index}]`, prediction, "an object {label, score}");
    const { label } = prediction;
    isClassifier ||= label !== undefined;
    if (typeof label === "string") found.add(label);
  }
  return isClassifier ? [...found].sort() : null;
}

function rangeOf(run: readonly Prediction[], source: string): ScoreKind {
  const scores = run.flatMap(({ score }) => (typeof score === "number" && Number.isFinite(score) ? [score] : []));
  const [low, high] = scores.reduce(
    ([least, most], score) => [Math.min(least, score), Math.max(most, score)],
    [Infinity, -Infinity],
  );
  if (!(low < high)) refuse(source, scores.length === 0 ? "it has no scores" : `every score is ${low}`);
  const half = (high - low) / 2;
  return { low: low - half, high: high + half };
}

/** What the run shows, if it is whole. */
function tallied(run: readonly Prediction[], profile: Profile, source: string): Tally {
  const tally = new Tally("reference", profile);
  for (const prediction of run) tally.add(prediction);
  const { card, disordered } = tally;
  const least = leastRows(BINS);
  if (card.predictions < least) refuse(source, `it has ${card.predictions} predictions; at least ${least} are needed`);
  if (disordered > 0) refuse(source, "its predictions are not in the order of their times; sort them");
  for (const faults of [card.invalidConfidences, card.unknownLabels, card.invalidLatencies]) {
    const [first] = faults.state();
    if (first !== undefined) refuse(source, `it has an invalid ${first.what}, first ${first.sample ?? "somewhere"}`);
  }
  return tally;
}

function referenceOf({ card, profile }: Tally, run: readonly Prediction[], source: string): ProfileReference {
  const bins = binsOf(run.flatMap((prediction) => unitScoreOf(prediction, profile)));
  if (bins === null) return refuse(source, "every score is the same");
  const stats = modelStats(card, profile.labels ?? NO_LABELS, 0);
  const labels = profile.labels === null ? null : Object.fromEntries(card.labels.entries());
  const { n, nonPredictions, latencyP95Ms, entropy } = stats;
  return { source, labels, ...bins, baseline: { predictions: n, nonPredictions, latencyP95Ms, entropy } };
}

/** The score of a prediction in [0, 1]; nothing for one without an answer. */
function unitScoreOf({ label, score }: Prediction, { labels, score: kind }: Profile): readonly number[] {
  if (typeof score !== "number" || (labels !== null && typeof label !== "string")) return [];
  if (kind === "logit") return [1 / (1 + Math.exp(-score))];
  return [typeof kind === "string" ? score : (score - kind.low) / (kind.high - kind.low)];
}

function refuse(source: string, why: string): never {
  throw new QscError("reference_unusable", `The reference ${source} cannot be learnt from: ${why}.`);
}
