import type { Json } from "./json-types.js";

/** The most characters of an entry's text that a detail quotes. */
const QUOTED = 40;

/** The same text in its own memory: a slice would keep the whole original alive. */
export function owned(text: string): string {
  // V8 copies texts of up to 12 characters itself.
  return text.length <= 12 ? text : (JSON.parse(JSON.stringify(text)) as string);
}

/** The first `max` characters of a text, without splitting a surrogate pair. */
export function cut(text: string, max: number = QUOTED): string {
  if (text.length <= max) return text;
  const code = text.charCodeAt(max - 1);
  return owned(text.slice(0, code >= 0xd800 && code <= 0xdbff ? max - 1 : max));
}

/** Text from an entry for a detail: shortened, in quotes. */
export function quoted(text: string): string {
  return `'${cut(text)}'`;
}

/** A value as JSON for a person, including the literals that JSON lacks. An absent value is `missing`. */
export function jsonText(value: Json | undefined): string {
  if (value === undefined) return "missing";
  if (typeof value === "number") return String(value);
  // A long string is cut before it is escaped: it may be a megabyte.
  return JSON.stringify(typeof value === "string" ? cut(value, 100) : value);
}
