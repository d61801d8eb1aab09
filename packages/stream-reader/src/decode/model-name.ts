import { modelNameFault } from "@qsc/contract";
import { DecodeError } from "./decode-error.js";
import { quoted } from "./text.js";

const REMEMBERED = 4096;
const valid = new Set<string>();
const fallbacks = new Map<string, boolean>();

/** @throws DecodeError `invalid_model_name` unless it is a letter or digit and at most 127 harmless more, in NFC. */
export function assertModelName(name: string): void {
  if (valid.has(name)) return;
  const fault = modelNameFault(name);
  if (fault !== null) throw new DecodeError("invalid_model_name", `the model name ${quoted(name)} ${fault}`);
  if (valid.size >= REMEMBERED) valid.clear();
  valid.add(name);
}

/** Whether a name says that the answer is a silent fallback. */
export function isFallbackName(name: string): boolean {
  const known = fallbacks.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  const says = lower.includes("fallback") || lower.includes("insufficient_history");
  // A long text is not worth remembering: the table would be as large as the entries.
  if (name.length <= 128) {
    if (fallbacks.size >= REMEMBERED) fallbacks.clear();
    fallbacks.set(name, says);
  }
  return says;
}
