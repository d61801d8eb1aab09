import type { Observation } from "./observation.js";

/** A fault that takes more observations than this counts as not found. */
export const MOST_OBSERVATIONS = 10_000;

/** Healthy answers before a late fault: by then a test has lost nearly all that it staked at once. */
export const HEALTHY = 512;

/** Every label in turn, and confidences that fill the scale evenly (Weyl 1916, by the golden ratio). */
export function healthyAnswer(n: number, labels: readonly string[]): Observation {
  return {
    predicts: true,
    label: labels[n % labels.length] ?? null,
    confidence: (n * 0.6180339887498949) % 1,
    latencyMs: 0,
  };
}
