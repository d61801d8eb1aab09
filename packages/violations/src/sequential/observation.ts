import type { ConfidenceScale, ModelReading } from "@qsc/contract";

/** One answer of a model, as far as evidence goes. */
export interface Observation {
  readonly predicts: boolean;
  /** Null for none. */
  readonly label: string | null;
  /** In [0, 1]; null for one that is invalid, which the watch ends for at once. */
  readonly confidence: number | null;
  /** An invalid latency is longer than any, but finite, so that it can be written as JSON; null for none. */
  readonly latencyMs: number | null;
}

/** A confidence to 4 decimals is this many times as large, as a whole number. */
export const DECIMALS = 1e4;

/** A confidence to 4 decimals, as a whole number. */
export function toFourDecimals(confidence: number): number {
  return Math.round(confidence * DECIMALS);
}

/** No answer at all. */
export const ABSENT: Observation = { predicts: false, label: null, confidence: null, latencyMs: null };

/** What a reading shows; `undefined` is a model that the decision does not name. */
export function observationOf(reading: ModelReading | undefined, scale: ConfidenceScale): Observation {
  if (reading === undefined || reading.nonPrediction !== null) return ABSENT;
  const { action, confidence, latencyMs } = reading;
  return {
    predicts: true,
    label: action,
    confidence: typeof confidence === "number" ? onUnit(confidence, scale) : null,
    latencyMs: latencyMs === null || isLatency(latencyMs) ? latencyMs : Number.MAX_VALUE,
  };
}

function isLatency(given: unknown): given is number {
  return typeof given === "number" && Number.isFinite(given) && given >= 0;
}

function onUnit(given: number, scale: ConfidenceScale): number | null {
  if (!Number.isFinite(given)) return null;
  const value = scale === "logit" ? 1 / (1 + Math.exp(-given)) : given;
  return value >= 0 && value <= 1 ? value : null;
}
