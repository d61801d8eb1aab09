import type { Json } from "./json-types.js";

/** Text from an entry may stand in a detail up to this many characters. */
const QUOTED = 40;

/** The same text in memory of its own: a slice keeps all of what it was cut from alive. */
export function owned(text: string): string {
  // Up to 12 characters, V8 copies by itself.
  return text.length <= 12 ? text : (JSON.parse(JSON.stringify(text)) as string);
}

/** The first `max` characters of a text, never half of a surrogate pair. */
export function cut(text: string, max: number = QUOTED): string {
  if (text.length <= max) return text;
  const code = text.charCodeAt(max - 1);
  return owned(text.slice(0, code >= 0xd800 && code <= 0xdbff ? max - 1 : max));
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
