import { ModelError } from "../errors.js";
import { listed } from "../words.js";

/**
 * The values in the model's number format.
 * @param data finite values, row by row
 * @throws ModelError `input_not_finite` naming the feature whose value is too large for it
 */
export function toFloat32(data: Float64Array, features: readonly string[]): Float32Array {
  const narrow = Float32Array.from(data);
  const at = narrow.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return narrow;
  const feature = features[at % features.length] ?? "";
  throw new ModelError(
    "input_not_finite",
    `Input holds ${data[at] ?? ""} in ${listed([feature])}, too large for float32`,
  );
}
