import type { EntryId, Intent, LabelSet, ModelReading, Policy } from "@qsc/contract";
import { DEFAULT_LABELS, DEFAULT_POLICY, judgeModel, Scorecard, type ModelContext } from "../src/index.js";

/** A prediction with everything in order but what is given. */
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
    absent: 0,
    rejected: 0,
    baseline: null,
    latencyRequired: false,
    ...given,
  };
}

/** The built-in policy with some limits set, laxer or not. */
export function withLimits(limits: Readonly<Record<string, number>>): Policy {
  return { ...DEFAULT_POLICY, limits: { ...DEFAULT_POLICY.limits, ...limits } };
}

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
    features: null,
    notFinite: [],
    members: null,
    ...given,
  };
}
