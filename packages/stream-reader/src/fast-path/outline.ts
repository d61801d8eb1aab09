import { Leaf } from "./leaf.js";

/** A parsed JSON text: its members, and the positions of its texts and numbers. */
export type Outline =
  | { readonly kind: "object"; readonly members: readonly Member[] }
  | { readonly kind: "list"; readonly items: readonly Outline[] }
  | { readonly kind: "leaf"; readonly leaf: Leaf }
  | { readonly kind: "word"; readonly value: true | false | null };

export interface Member {
  readonly key: string;
  readonly value: Outline;
}

const WORDS: readonly (readonly [string, true | false | null])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** ASCII without quotes, backslashes and control characters. */
const PLAIN = /[ !#-[\]-~]*/y;
const ESCAPED = /(?:[ !#-[\]-~]|\\.)*/y;
/** Longer outlines save no time. */
const MOST_LEAVES = 2048;

/**
 * The outline of a text that the decoder has read; null if the decoder should keep reading such texts: not ASCII, with
 * escapes (`allowEscapes` permits them in values), or not plain JSON.
 */
export function outlineOf(text: string, allowEscapes = false): Outline | null {
  const tracer = new Tracer(text, allowEscapes ? ESCAPED : PLAIN);
  try {
    return tracer.document();
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

class NotPlain extends Error {}

class Tracer {
  readonly #text: string;
  readonly #content: RegExp;
  #at = 0;
  #leaves = 0;

  constructor(text: string, content: RegExp) {
    this.#text = text;
    this.#content = content;
  }

  document(): Outline {
    const outline = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw new NotPlain();
    return outline;
  }

  #value(): Outline {
    this.#space();
    const char = this.#text[this.#at];
    if (char === "{") return this.#object();
    if (char === "[") return this.#list();
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return { kind: "word", value };
    }
    if (++this.#leaves > MOST_LEAVES) throw new NotPlain();
    if (char !== '"')
      return { kind: "leaf", leaf: new Leaf("number", this.#at, (this.#at += this.#match(NUMBER).length)) };
    const from = this.#at + 1;
    return { kind: "leaf", leaf: new Leaf("text", from, from + this.#string(this.#content).length) };
  }

  #object(): Outline {
    const members: Member[] = [];
    this.#at += 1;
    if (this.#taken("}")) return { kind: "object", members };
    do {
      this.#space();
      const key = this.#string(PLAIN);
      this.#expect(":");
      members.push({ key, value: this.#value() });
    } while (this.#taken(","));
    this.#expect("}");
    return { kind: "object", members };
  }

  #list(): Outline {
    const items: Outline[] = [];
    this.#at += 1;
    if (this.#taken("]")) return { kind: "list", items };
    do items.push(this.#value());
    while (this.#taken(","));
    this.#expect("]");
    return { kind: "list", items };
  }

  /** The text between the quotes, as it is written. */
  #string(content: RegExp): string {
    this.#expect('"');
    const text = this.#match(content);
    this.#at += text.length;
    if (this.#text[this.#at] !== '"') throw new NotPlain();
    this.#at += 1;
    return text;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw new NotPlain();
    return found;
  }

  #space(): void {
    while (" \n\r\t".includes(this.#text[this.#at] ?? "x")) this.#at += 1;
  }

  #taken(char: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #expect(char: string): void {
    if (!this.#taken(char)) throw new NotPlain();
  }
}
