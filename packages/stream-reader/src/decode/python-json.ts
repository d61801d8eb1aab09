import type { Json, JsonObject } from "./json-types.js";
import { DecodeError } from "./decode-error.js";
import { owned, quoted } from "./text.js";

/** Deeper values are refused. The outermost object or array is the first level. */
export const MAX_DEPTH = 64;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const HEX4 = /^[\dA-Fa-f]{4}$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
const LITERALS: readonly (readonly [string, Json])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
];

/**
 * Reads one JSON document (RFC 8259), plus the literals NaN, Infinity and -Infinity that Python writes. Objects have no
 * prototype, and strings share no memory with the text.
 * @throws DecodeError `unreadable_json`; `number_overflow` for a finite literal beyond a double; `forbidden_key` for
 * `__proto__`; `too_deep`; `duplicate_field` for a key given twice in one object.
 */
export function parsePythonJson(text: string): Json {
  return new Parser(text).document();
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(depth: number): Json {
    this.#space();
    const char = this.#text[this.#at];
    if (char === '"') return this.#string();
    if (char === "{" || char === "[") {
      if (depth >= MAX_DEPTH) {
        throw new DecodeError("too_deep", `values are nested deeper than ${MAX_DEPTH} levels`);
      }
      return char === "{" ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    for (const [literal, value] of LITERALS) {
      if (this.#text.startsWith(literal, this.#at)) {
        this.#at += literal.length;
        return value;
      }
    }
    return this.#number();
  }

  #object(depth: number): JsonObject {
    const object = Object.create(null) as Record<string, Json>;
    this.#at++;
    if (this.#taken("}")) return object;
    do {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#unexpected();
      const key = this.#string();
      if (key === "__proto__") throw new DecodeError("forbidden_key", "it has the key '__proto__'");
      if (key in object) {
        throw new DecodeError("duplicate_field", `the name ${quoted(key)} is given twice`);
      }
      this.#expect(":");
      object[key] = this.#value(depth);
    } while (this.#taken(","));
    this.#expect("}");
    return object;
  }

  #array(depth: number): Json[] {
    const array: Json[] = [];
    this.#at++;
    if (this.#taken("]")) return array;
    do array.push(this.#value(depth));
    while (this.#taken(","));
    this.#expect("]");
    return array;
  }

  #string(): string {
    const text = this.#text;
    let from = ++this.#at;
    let read = "";
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (code === 0x22) return owned(read + text.slice(from, this.#at++));
      if (code < 0x20) throw this.#unexpected();
      if (code !== 0x5c) continue;
      read += text.slice(from, this.#at++) + this.#escape();
      from = this.#at + 1;
    }
    throw this.#unexpected();
  }

  /** The character of the escape at the cursor. Leaves the cursor on the last character of the escape. */
  #escape(): string {
    const char = this.#text[this.#at];
    if (char === "u") {
      const digits = this.#text.slice(this.#at + 1, this.#at + 5);
      if (!HEX4.test(digits)) throw this.#unexpected();
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const read = char === undefined ? undefined : ESCAPES[char];
    if (read === undefined) throw this.#unexpected();
    return read;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const literal = NUMBER.exec(this.#text)?.[0];
    if (literal === undefined) throw this.#unexpected();
    const value = Number(literal);
    if (!Number.isFinite(value)) {
      throw new DecodeError("number_overflow", `the number ${quoted(literal)} does not fit in a double`);
    }
    this.#at += literal.length;
    return value;
  }

  #space(): void {
    for (; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  /** Skips `char` if it is the next character, and says whether it was. */
  #taken(char: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #expect(char: string): void {
    if (!this.#taken(char)) throw this.#unexpected();
  }

  #unexpected(): DecodeError {
    const char = this.#text[this.#at];
    const what = char === undefined ? "it ends too early" : `unexpected ${JSON.stringify(char)}`;
    return new DecodeError("unreadable_json", `it is not JSON: ${what} at character ${this.#at + 1}`);
  }
}
