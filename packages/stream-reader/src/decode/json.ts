import type { Json } from "./json-value.js";
import { MAX_DEPTH, parsePythonJson } from "./python-json.js";
import { Refused } from "./refused.js";

/** Only a literal with an exponent of three digits, or with 200 digits of its own, can overflow. */
const LONG_EXPONENT = /\d[eE]\+?\d{3}/;
const LONG_LITERAL = /(?:^|[[,:\s])-?(?:\d{200}|\d+(?:\.\d+)?[eE]\+?\d{3})/;
const LONG_INTEGER = /(?:^|[[,:\s])-?\d{200}/;
/** An escape of one of the letters of `__proto__`. */
const ESCAPED_PROTO = /\\u00(?:5f|7[024]|6f)/i;

/**
 * Reads one JSON document as `parsePythonJson` does, with the same verdict on every text, at the
 * speed of JSON.parse on all but exotic ones. `where` names the field in a refusal.
 * @throws Refused, see `parsePythonJson`.
 */
export function parseJson(text: string, where: string): Json {
  try {
    if (mayHideKeyOrDepth(text)) return parsePythonJson(text);
    const value = parsePlain(text);
    // JSON.parse makes an infinity of a literal that overflows; looking is cheaper than a regex.
    return holdsInfinity(value) ? parsePythonJson(text) : value;
  } catch (error) {
    if (error instanceof Refused) throw new Refused(error.reason, `${where}: ${error.message}`);
    throw error;
  }
}

/** Whether a text, unparsed, might hold something that has to be refused though it is JSON. */
export function mayHideRefusal(text: string): boolean {
  const overflow = LONG_EXPONENT.test(text) ? LONG_LITERAL : LONG_INTEGER;
  return mayHideKeyOrDepth(text) || overflow.test(text);
}

function mayHideKeyOrDepth(text: string): boolean {
  return (
    text.includes("__proto__") ||
    (text.includes("\\u") && ESCAPED_PROTO.test(text)) ||
    isDeep(text)
  );
}

function holdsInfinity(value: Json): boolean {
  if (typeof value === "number") return value === Infinity || value === -Infinity;
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsInfinity);
  for (const key in value) if (holdsInfinity(value[key] ?? null)) return true;
  return false;
}

/** Whether a text may hold NaN or an infinity. */
export function mayHoldNonFinite(text: string): boolean {
  return text.includes("NaN") || text.includes("Infinity");
}

function parsePlain(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Either one of Python's literals, or no JSON: the strict parser tells, with the place.
    return parsePythonJson(text);
  }
}

/** Whether brackets are nested too deep. Brackets in strings do not count. */
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

/** A text with no more opening brackets than MAX_DEPTH, wherever they stand, is not deep. */
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
