import { inertText } from "@qsc/contract";

/** How many characters of a text of unknown origin a message repeats. */
const SHOWN = 60;

/** Names that need no quotes in a sentence. */
const PLAIN = /^[\p{L}\p{N}][\p{L}\p{N}._:/@+-]*$/u;

/** A value of unknown origin, for a message: short, on one line, and without running any of its code. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(inertText(value.slice(0, SHOWN)));
    case "number":
    case "boolean":
      return String(value);
    case "undefined":
      return "nothing";
    case "object":
      return value === null ? "null" : "an object";
    default:
      return `a ${typeof value}`;
  }
}

/** A name, in quotes unless it is plain. */
export function named(name: string): string {
  return PLAIN.test(name) && name.length <= SHOWN ? name : shown(name);
}

/** At most three names: `'a', 'b', 'c' and 4 more`. */
export function listed(names: readonly string[]): string {
  const first = names.slice(0, 3).map((name) => `'${inertText(name)}'`);
  const more = names.length - first.length;
  return first.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** The message of anything thrown, as one short line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : shown(thrown);
  return inertText(text.replace(/\s+/g, " ").slice(0, 200).trim());
}

/** Whether all names differ, in any Unicode form. */
export function isDistinct(names: readonly string[]): boolean {
  return new Set(names.map((name) => name.normalize())).size === names.length;
}
