import { ModelError } from "../errors.js";
import type { FeatureRow } from "../prediction.js";
import { listed, shown } from "../words.js";
import { asModelError } from "./as-model-error.js";

/**
 * The vector of a row in the order of `names`, every value a finite number. Each value is read once.
 * @throws ModelError `input_missing`, `dimension_mismatch` or `input_not_finite`, and nothing else.
 */
export function readRow(row: FeatureRow, names: readonly string[]): Float64Array {
  try {
    const features: unknown = row.features;
    if (typeof features !== "object" || features === null) {
      throw new ModelError("input_missing", `Input has ${shown(features)} instead of features`);
    }
    return isVector(features, names) ? fromVector(features, names) : fromRecord(features, names);
  } catch (thrown) {
    throw asModelError(thrown, "input_missing", "Input cannot be read");
  }
}

/** A record may have a member called `length`: it is a vector only if it has none of the features. */
function isVector(features: object, names: readonly string[]): features is ArrayLike<unknown> {
  if (Array.isArray(features) || ArrayBuffer.isView(features)) return true;
  return "length" in features && !names.some((name) => Object.hasOwn(features, name));
}

function fromVector(vector: ArrayLike<unknown>, names: readonly string[]): Float64Array {
  const { length } = vector;
  if (length !== names.length) {
    throw new ModelError("dimension_mismatch", `Input has ${shown(length)} values, the model takes ${names.length}`);
  }
  return Float64Array.from(names, (name, index) => finite(name, vector[index]));
}

function fromRecord(features: object, names: readonly string[]): Float64Array {
  const missing = names.filter((name) => !Object.hasOwn(features, name));
  if (missing.length > 0) throw new ModelError("input_missing", `Input lacks ${listed(missing)}`);
  const record = features as Readonly<Record<string, unknown>>;
  return Float64Array.from(names, (name) => finite(name, record[name]));
}

function finite(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new ModelError("input_not_finite", `Input holds ${shown(value)} in ${listed([name])}`);
}
