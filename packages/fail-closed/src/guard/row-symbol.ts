import { ModelError } from "../errors.js";
import type { FeatureRow } from "../prediction.js";
import { shown } from "../words.js";
import { asModelError } from "./as-model-error.js";

/**
 * The series that a row belongs to; rows without a symbol form a series of their own. @throws ModelError
 * `input_missing`
 */
function readSymbol(row: FeatureRow): string {
  let symbol: unknown;
  try {
    symbol = row.symbol;
  } catch (thrown) {
    throw asModelError(thrown, "input_missing", "Input's symbol cannot be read");
  }
  if (symbol === undefined) return "";
  if (typeof symbol !== "string") throw new ModelError("input_missing", `Input has ${shown(symbol)} as its symbol`);
  return symbol;
}

/** The series that a row belongs to; required. @throws ModelError `input_missing` */
export function requireSymbol(row: FeatureRow, why: string): string {
  const symbol = readSymbol(row);
  if (symbol !== "") return symbol;
  throw new ModelError("input_missing", `Input has no symbol: ${why}`);
}

/** Like `readSymbol`, but a row with an unreadable symbol counts as one without. */
export function symbolOrNone(row: FeatureRow): string {
  try {
    return readSymbol(row);
  } catch {
    return "";
  }
}
