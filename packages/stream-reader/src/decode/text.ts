import type { Json } from "./json-value.js";

/** Text from an entry may stand in a detail up to this many characters. */
const QUOTED = 40;

/** The first `max` characters of a text, never half of a surrogate pair. */
export function cut(text: string, max: number = QUOTED): string {
  if (text.length <= max) return text;
  const code = text.charCodeAt(max - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? max - 1 : max);
}

/** Text from an entry, for a detail: cut short, in quotes. */
export function quoted(text: string): string {
  return `'${cut(text)}'`;
}

/** JSON text of a value, with the literals that JSON lacks, for a person. Absent is `missing`. */
export function jsonText(value: Json | undefined): string {
  if (value === undefined) return "missing";
  if (typeof value === "number") return String(value);
  // A long string is cut before it is escaped: its text may be a megabyte.
  return JSON.stringify(typeof value === "string" ? cut(value, 100) : value);
}
