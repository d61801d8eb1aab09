import { AUDIT_EVENTS, type AuditEntry } from "@qsc/contract";
import { loadSchemas } from "./schemas.js";

/** The longest line of a log, in characters, without its end. */
export const LONGEST_LINE = 1_048_576;

/** The members of an entry, in the order in which they are written. */
const MEMBERS = [
  ...["version", "number", "at", "event", "unit", "operation", "host", "user", "details"],
  ...["torn", "previous", "hash"],
];
const NONE = "0".repeat(64);
const WHOLE: AuditEntry = {
  version: 1,
  number: 1,
  at: "2026-01-01T00:00:00.000Z",
  event: "deploy",
  unit: "unit",
  operation: "operation",
  host: "",
  user: "",
  details: {},
  torn: null,
  previous: NONE,
  hash: NONE,
};

/** What may be missing from a JSON text that was cut off, before its brackets are closed. */
const IN_A_STRING = ['"', '\\"', '0"', '00"', '000"', '0000"'].flatMap((end) => [end, `${end}:null`]);
const IN_A_WORD = ["rue", "ue", "e", "alse", "lse", "se", "ull", "ll", "l"];
const OUTSIDE = ["", "null", ":null", '"":null', "0", "-9", ...IN_A_WORD];

/**
 * Whether a text could be what is left of an append of an entry that was cut off: the beginning of one that follows on
 * `previous`, followed at most by the empty blocks that a file system may leave.
 */
export async function isTorn(text: string, number: number, previous: string): Promise<boolean> {
  const written = text.replace(/\0+$/, "");
  if (text.length > LONGEST_LINE) return false;
  const head = `{"version":1,"number":${number},"at":"`;
  if (written.length <= head.length) return head.startsWith(written);
  if (!written.startsWith(head)) return false;
  const found = completed(written);
  if (found === null) return false;
  const names = Object.keys(found);
  const last = names.at(-1) ?? "";
  if (!names.every((name, index) => name === MEMBERS[index] || (name === last && isNext(name, index)))) return false;
  if (!MEMBERS.includes(last)) return (await loadSchemas()).auditEntry.safeParse(filled(found, last)).success;
  const isLast = couldBegin(last, found[last], previous);
  return isLast && (await loadSchemas()).auditEntry.safeParse(filled(found, last)).success;
}

/** Whether a member's name, which may have been cut off itself, is the next one. */
function isNext(name: string, index: number): boolean {
  return MEMBERS[index]?.startsWith(name) === true;
}

/** The entry with the rest of its members, and its last one, which may be incomplete, replaced. */
function filled(found: Readonly<Record<string, unknown>>, last: string): unknown {
  const before = Object.entries(found).filter(([name]) => name !== last);
  return { ...WHOLE, ...Object.fromEntries(before) };
}

/** Whether a value, which may have been cut off, could become that of a member. */
function couldBegin(name: string, value: unknown, previous: string): boolean {
  if (value === null) return true;
  if (name === "details") return typeof value === "object" && !Array.isArray(value);
  if (typeof value !== "string") return false;
  if (name === "at") return /^[\d.:TZ-]{0,24}$/.test(value);
  if (name === "event") return AUDIT_EVENTS.some((event) => event.startsWith(value));
  if (name === "previous") return previous.startsWith(value);
  if (name === "torn" || name === "hash") return /^[0-9a-f]{0,64}$/.test(value);
  return true;
}

/** An object that a text is the beginning of; null if there is none, or the text is whole. */
function completed(text: string): Readonly<Record<string, unknown>> | null {
  const { closing, isInString } = openIn(text);
  if (closing === "") return null;
  for (const end of isInString ? IN_A_STRING : OUTSIDE) {
    try {
      return JSON.parse(`${text}${end}${closing}`) as Readonly<Record<string, unknown>>;
    } catch {
      // Swallowed: the next end may fit.
    }
  }
  return null;
}

/** What is open at the end of a text: its brackets, as the text that closes them, and whether a string is. */
function openIn(text: string): { readonly closing: string; readonly isInString: boolean } {
  const closers: string[] = [];
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? "";
    if (isInString && character === "\\") index += 1;
    else if (character === '"') isInString = !isInString;
    else if (isInString) continue;
    else if (character === "{") closers.unshift("}");
    else if (character === "[") closers.unshift("]");
    else if (character === "}" || character === "]") closers.shift();
  }
  return { closing: closers.join(""), isInString };
}
