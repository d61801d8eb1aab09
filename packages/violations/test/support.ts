import type { EntryId, FeatureVector, Intent, LabelSet, ModelReading, Policy } from "@qsc/contract";
import {
  DEFAULT_LABELS,
  DEFAULT_POLICY,
  judgeModel,
  Scorecard,
  type FeatureManifest,
  type ModelContext,
} from "../src/index.js";

/** A healthy prediction, except for what is given. */
export function prediction(given: Partial<ModelReading> = {}): ModelReading {
  return {
    model: "m",
    nonPrediction: null,
    voted: true,
    action: "BUY",
    confidence: 0.5,
    latencyMs: null,
    artifactSha256: null,
    ...given,
  };
}

/** A scorecard of some answers. */
export function scorecard(answers: Iterable<Partial<ModelReading>>, labels: LabelSet = DEFAULT_LABELS): Scorecard {
  const card = new Scorecard("m", { labels, scale: "probability" });
  let index = 0;
  for (const answer of answers) {
    card.add(prediction(answer), `${index}-0`);
    index += 1;
  }
  return card;
}

export function context(given: Partial<ModelContext> = {}): ModelContext {
  return {
    policy: DEFAULT_POLICY,
    expressions: new Map(),
    minEvents: 1,
    time: null,
    absent: 0,
    rejected: 0,
    baseline: null,
    latencyRequired: false,
    ...given,
  };
}

/** The built-in policy with some limits changed, laxer or stricter. */
export function withLimits(limits: Readonly<Record<string, number>>): Policy {
  return { ...DEFAULT_POLICY, limits: { ...DEFAULT_POLICY.limits, ...limits } };
}

/** Enough labels that the conditions on many labels apply too; most answers have one of the usual three. */
export const EIGHT_LABELS: LabelSet = {
  acting: ["BUY", "SELL", "CLOSE", "HEDGE", "ROLL", "SPLIT", "EXIT"],
  abstaining: ["HOLD"],
};

/** The result of one check of a model. */
export function checkOf(card: Scorecard, id: string, given: Partial<ModelContext> = {}) {
  const found = judgeModel(card, context(given)).checks.find((check) => check.id === id);
  if (found === undefined) throw new Error(`there is no check ${id}`);
  return found;
}

/** n healthy answers: three labels in turn, confidences spread evenly over [0.2, 0.9]. */
export function healthy(n: number): Partial<ModelReading>[] {
  const labels = ["BUY", "SELL", "HOLD"];
  return Array.from({ length: n }, (_, index) => ({
    action: labels[index % 3] ?? "HOLD",
    confidence: 0.2 + (0.7 * ((index * 37) % n)) / n,
  }));
}

export function intent(index: number, models: readonly ModelReading[], given: Partial<Intent> = {}): Intent {
  return {
    kind: "intent",
    id: `${1_000_000 + index * 1000}-0` as EntryId,
    contract: 1,
    symbol: "BTCUSDT",
    decisionKey: String(index),
    contentKey: String(index),
    models,
    engine: null,
    featuresAtMs: null,
    features: null,
    notFinite: [],
    members: null,
    ...given,
  };
}

/** IDs 1-0, 2-0, ... */
export const id = (index: number) => `${index + 1}-0` as EntryId;

/** Uniform numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A manifest whose features are uniform on [0, 1), with bins divided at these edges. */
export function uniform(features: number, edges: readonly number[], rows = 100_000): FeatureManifest {
  const bounds = [0, ...edges, 1];
  const counts = bounds.slice(1).map((end, bin) => Math.round((end - (bounds[bin] ?? 0)) * rows));
  const names = Array.from({ length: features }, (_, at) => `f${at}`);
  return { features: names, reference: new Map(names.map((name) => [name, { edges, counts }])) };
}

/** The inner edges of equal bins on [0, 1). */
export const even = (bins: number) => Array.from({ length: bins - 1 }, (_, at) => (at + 1) / bins);

/** One vector for all models. */
export const shared = (values: Readonly<Record<string, number>>): readonly FeatureVector[] => [
  { model: null, values: new Map(Object.entries(values)) },
];
/** Events with one vector each, with the features of a manifest. */
export const window = (n: number, manifest: FeatureManifest, value: (feature: number) => number) =>
  Array.from({ length: n }, () => shared(Object.fromEntries(manifest.features.map((name, at) => [name, value(at)]))));
