import { rules, SHADOW, type Counted, type Intent, type ModelReading } from "@qsc/contract";
import { requireIntent } from "../given/reading.js";
import type { Scorecard } from "./scorecard.js";

/** Why an answer does not count as one of a shadow. No reader gives these reasons. */
const CONTRADICTIONS = { voted: "voted", weighted: "has a weight" } as const;

/**
 * A decision as a judge reads it who was asked about the shadow `model`: its shadow answers are predictions without a
 * vote. An answer with which it voted, or beside which the engine gives it a weight, contradicts that: it is not a
 * prediction, and `shadowContradictions` counts it. The answers of other models stay as they are.
 * @throws QscError `invalid_option` if the model is not named, or the decision is not one
 */
export function asShadow(intent: Intent, model: string): Intent {
  rules.someText(model, "the shadow");
  requireIntent(intent);
  engineRule(intent.engine, "intent.engine");
  const weight = intent.engine?.weights.get(model);
  const isWeighted = weight !== undefined && weight !== 0;
  const models = intent.models.map((reading) => (reading.model === model ? ofShadow(reading, isWeighted) : reading));
  return { ...intent, models };
}

const engineRule = rules.nullable(rules.shaped({ weights: rules.instanceOf(Map) }));

function ofShadow(reading: ModelReading, isWeighted: boolean): ModelReading {
  rules.flag(reading.voted, `voted of ${reading.model}`);
  if (reading.voted) return { ...reading, nonPrediction: CONTRADICTIONS.voted };
  if (isWeighted) return { ...reading, nonPrediction: CONTRADICTIONS.weighted };
  return reading.nonPrediction === SHADOW ? { ...reading, nonPrediction: null } : reading;
}

/** Answers of a model, read by `asShadow`, that contradict its being a shadow; null if they may not all be known. */
export function shadowContradictions({ nonPredictions }: Scorecard): readonly Counted[] | null {
  const known: readonly string[] = Object.values(CONTRADICTIONS);
  const found = nonPredictions.list().filter(({ what }) => known.includes(what));
  return found.length === 0 && !nonPredictions.isExact ? null : found;
}
