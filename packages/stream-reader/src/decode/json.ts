import type { Json } from "./json-types.js";
import { MAX_DEPTH, parsePythonJson } from "./python-json.js";
import { DecodeError } from "./decode-error.js";

/** Only a literal with a three-digit exponent, or with 200 digits of its own, can overflow. */
const LONG_EXPONENT = /\d[eE]\+?\d{3}/;
const LONG_LITERAL = /(?:^|[[,:\s])-?(?:\d{200}|\d+(?:\.\d+)?[eE]\+?\d{3})/;
const LONG_INTEGER = /(?:^|[[,:\s])-?\d{200}/;
/** An escape of a letter of `__proto__`. */
const ESCAPED_PROTO = /\\u00(?:5f|7[024]|6f)/i;

/**
 * Reads one JSON document. It accepts and refuses the same texts as `parsePythonJson`, but runs at the speed of
 * JSON.parse on all but unusual ones. `where` names the field in a refusal. With `anyKeys` it does not look for
 * repeated keys: the caller does.
 * @throws DecodeError, see `parsePythonJson`.
 */
export function parseJson(text: string, where: string, options?: { readonly anyKeys: boolean }): Json {
  try {
    const value = mayHideKeyOrDepth(text) ? undefined : parsePlain(text);
    if (value === undefined) return parsePythonJson(text);
    const members = countMembers(value);
    const isExact = options?.anyKeys === true ? members < Infinity : members === countKeys(text);
    return isExact ? value : parsePythonJson(text);
  } catch (error) {
    if (error instanceof DecodeError) throw new DecodeError(error.reason, `${where}: ${error.message}`);
    throw error;
  }
}

/** Whether an unparsed text might contain something that must be refused although it is JSON. */
export function mayHideRefusal(text: string): boolean {
  const overflow = LONG_EXPONENT.test(text) ? LONG_LITERAL : LONG_INTEGER;
  return mayHideKeyOrDepth(text) || overflow.test(text);
}

function mayHideKeyOrDepth(text: string): boolean {
  return text.includes("__proto__") || (text.includes("\\u") && ESCAPED_PROTO.test(text)) || isDeep(text);
}

/**
 * The number of members of all objects in a value. Infinite if a number is: JSON.parse turns an overflowing literal
 * into infinity, and looking for that is cheaper than a regex.
 */
function countMembers(value: Json): number {
  const open = [value];
  let members = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === Infinity || next === -Infinity) return Infinity;
    if (typeof next !== "object" || next === null) continue;
    if (Array.isArray(next)) for (const member of next) open.push(member);
    else {
      for (const key in next) {
        members++;
        open.push(next[key] ?? null);
      }
    }
  }
  return members;
}

/**
 * Counts quotes that are followed by a colon: one per key, and perhaps some within strings. So it equals the number of
 * members only if no object repeats a key.
 */
function countKeys(text: string): number {
  let keys = 0;
  for (let at = text.indexOf(":"); at >= 0; at = text.indexOf(":", at + 1)) {
    let before = at - 1;
    while (isSpace(text.charCodeAt(before))) before--;
    if (text.charCodeAt(before) === 0x22) keys++;
  }
  return keys;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Matches the beginning of a text such as "nan" or "inf". The flag `i` would make it five times slower. */
const NOT_FINITE_TEXT = /"\s*[+-]?(?:[nN][aA][nN]|[iI][nN][fF])/;

/** Whether a text may contain NaN or an infinity, as a literal or in quotes. */
export function mayHoldNonFinite(text: string): boolean {
  if (text.includes("NaN") || text.includes("Infinity")) return true;
  // An escape may hide such a text.
  return text.includes("\\") || NOT_FINITE_TEXT.test(text);
}

/** The same for a text in which null is not a number either. */
export function mayHoldNonNumber(text: string): boolean {
  return text.includes("null") || mayHoldNonFinite(text);
}

/**
 * Undefined for Python's literals, and for a text that is not JSON: the strict parser decides and names the position.
 */
function parsePlain(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Whether brackets are nested too deeply. Brackets in strings do not count. */
function isDeep(text: string): boolean {
  if (!hasManyBrackets(text)) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x5b || code === 0x7b) depth++;
    else if (code === 0x5d || code === 0x7d) depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Whether a text has more than MAX_DEPTH opening brackets anywhere. If not, it cannot be too deep. */
function hasManyBrackets(text: string): boolean {
  let count = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++count > MAX_DEPTH) return true;
    }
  }
  return false;
}

/** Where the string that begins at `at` ends. */
function endOfString(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 0x5c) end++;
    else if (code === 0x22) return end;
  }
  return text.length;
}
