import { modelNameFault } from "@qsc/contract";
import { DecodeError } from "./decode-error.js";
import { quoted } from "./text.js";

const REMEMBERED = 4096;
const valid = new Set<string>();
const fallbacks = new Map<string, boolean>();

/**
 * @throws DecodeError `invalid_model_name` unless the name is a letter or digit followed by at most 127 safe
 * characters, in NFC.
 */
export function assertModelName(name: string): void {
  if (valid.has(name)) return;
  const fault = modelNameFault(name);
  if (fault !== null) throw new DecodeError("invalid_model_name", `the model name ${quoted(name)} ${fault}`);
  if (valid.size >= REMEMBERED) valid.clear();
  valid.add(name);
}

/** As a name, in code or in prose: `xgb_fallback`, `insufficientHistory`, `insufficient history: 12 of 60 rows`. */
const FALLBACK = /fall[\s_-]*back|insufficient[\s_-]*history/i;

/** Whether a name or a reason says that the answer is a silent fallback. */
export function isFallbackName(name: string): boolean {
  const known = fallbacks.get(name);
  if (known !== undefined) return known;
  const says = FALLBACK.test(name);
  // Long texts are not cached: the table would grow as large as the entries.
  if (name.length <= 128) {
    if (fallbacks.size >= REMEMBERED) fallbacks.clear();
    fallbacks.set(name, says);
  }
  return says;
}
