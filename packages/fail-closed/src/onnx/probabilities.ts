import { ModelError } from "../errors.js";
import type { Answer } from "../predictor.js";
import { listed } from "../words.js";

/** How far a probability may be outside [0, 1]: float32 rounds. */
const BESIDE = 1e-6;
/** How far the sum of the probabilities may be from 1. */
const SUM_BESIDE = 1e-3;

/**
 * The most probable label; the first if several are equal.
 * @param data one probability for each label
 * @throws ModelError `dimension_mismatch` for a wrong number of values, `output_invalid` for values that are not
 * probabilities
 */
export function readProbabilities(data: Float32Array | Float64Array, labels: readonly string[]): Answer {
  if (data.length !== labels.length) {
    throw new ModelError("dimension_mismatch", `Output has ${data.length} values for ${labels.length} labels`);
  }
  let [best, sum] = [0, 0];
  for (const [index, value] of data.entries()) {
    // Written so that NaN fails too.
    if (!(value >= -BESIDE && value <= 1 + BESIDE)) {
      throw new ModelError(
        "output_invalid",
        `Output holds ${value} for ${listed([labels[index] ?? ""])}, not a number in [0, 1]`,
      );
    }
    if (value > (data[best] ?? 0)) best = index;
    sum += value;
  }
  if (Math.abs(sum - 1) > SUM_BESIDE) {
    throw new ModelError("output_invalid", `Output's probabilities sum up to ${sum}, not 1`);
  }
  return { label: labels[best] ?? "", confidence: Math.min(data[best] ?? 0, 1) };
}
