import type { Json } from "./json-value.js";
import { cut } from "./text.js";

/** More names than this say nothing more. */
const NAMED = 64;

/**
 * Dotted names of the numbers in a value that are NaN or infinite, at most 64 of them, each cut
 * to 80 characters. A member named `except` at the top is left out.
 */
export function notFiniteNames(value: Json, prefix: string, except: string | null): string[] {
  const names: string[] = [];
  collect(value, prefix, except, names);
  return names;
}

function collect(value: Json, name: string, except: string | null, names: string[]): void {
  if (names.length >= NAMED) return;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) names.push(cut(name, 80));
  } else if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      // A name is only ever shown: what is far too long for that is not built up level by level.
      if (key !== except) collect(member, name === "" ? key : cut(`${name}.${key}`, 80), null, names);
    }
  }
}
