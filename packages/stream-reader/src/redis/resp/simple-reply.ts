import { MAX_ENTRY_BYTES } from "@qsc/contract";

const CR = 0x0d;
const LF = 0x0a;
/** No line of an error is longer. */
const MOST_LINE = 64 * 1024;
/** A longer list of texts belongs to an entry that is too large. Its rest is only counted. */
const MOST_ITEMS = 10_000;
/** XINFO STREAM has five. What has more, beside or within one another, is no answer to a question of ours. */
const MOST_LISTS = 100;

/** Texts that are too large to keep: their size in bytes. */
class Oversize {
  readonly bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

/** What Redis answers, apart from pages of entries: text, numbers, lists of them, or nothing. */
export type Reply = Buffer | Oversize | number | null | Error | readonly Reply[];

interface List {
  readonly items: Reply[];
  left: number;
}

/**
 * Reads one RESP 2 reply as it arrives. It keeps a few MiB at most, although XINFO STREAM contains the first and the
 * last entry, whatever their size.
 */
export class ReplyReader {
  #reply: Reply = null;
  readonly #lists: List[] = [];
  #line = "";
  /** What is kept of the current text; null between two texts, or if it is too large. */
  #text: Buffer | null = null;
  #length = 0;
  #missing = -1;
  #kept = 0;
  #begun = 0;

  /** The reply, once it has all arrived. */
  get reply(): Reply {
    return this.#reply;
  }

  /**
   * Adds what has arrived, starting at `from`. Returns where the reply ends in it, or -1.
   * @throws TypeError if the bytes are not a reply
   */
  take(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length;) {
      if (this.#missing >= 0) {
        at = this.#takeText(chunk, at);
        if (this.#missing === 0 && this.#endText()) return at;
        continue;
      }
      const end = chunk.indexOf(LF, at);
      const line = chunk.toString("utf8", at, end < 0 ? chunk.length : end);
      if (this.#line.length + line.length > MOST_LINE) throw new TypeError("Protocol error: a line that does not end");
      this.#line += line;
      if (end < 0) return -1;
      at = end + 1;
      if (this.#takeLine()) return at;
    }
    return -1;
  }

  #takeText(chunk: Buffer, at: number): number {
    const count = Math.min(this.#missing, chunk.length - at);
    // The line end after the text is not kept.
    const ofText = Math.min(count, this.#missing - 2);
    if (ofText > 0) this.#text?.set(chunk.subarray(at, at + ofText), this.#length + 2 - this.#missing);
    this.#missing -= count;
    return at + count;
  }

  #endText(): boolean {
    this.#missing = -1;
    return this.#add(this.#text ?? new Oversize(this.#length));
  }

  /** Whether the reply ends with this line. */
  #takeLine(): boolean {
    const kind = this.#line.charAt(0);
    const text = this.#line.slice(1, this.#line.charCodeAt(this.#line.length - 1) === CR ? -1 : undefined);
    this.#line = "";
    switch (kind) {
      case "+":
        return this.#add(Buffer.from(text));
      case "-":
        return this.#add(new Error(text));
      case ":":
        return this.#add(Number(text));
      case "$":
        return this.#beginText(lengthOf(text));
      case "*":
        return this.#beginList(lengthOf(text));
      default:
        throw new TypeError(`Protocol error: a reply that begins with '${kind}'`);
    }
  }

  #beginText(length: number): boolean {
    if (length < 0) return this.#add(null);
    this.#length = length;
    this.#missing = length + 2;
    const isKept = this.#kept + length <= 2 * MAX_ENTRY_BYTES;
    if (isKept) this.#kept += length;
    this.#text = isKept ? Buffer.alloc(length) : null;
    return false;
  }

  #beginList(length: number): boolean {
    this.#begun += 1;
    if (this.#begun > MOST_LISTS) throw new TypeError("Protocol error: a reply of very many lists");
    if (length <= 0) return this.#add(length < 0 ? null : []);
    this.#lists.push({ items: [], left: length });
    return false;
  }

  /** Adds a reply to the current list, which may thereby be complete, or makes it the whole reply. */
  #add(given: Reply): boolean {
    let reply = given;
    for (let list = this.#lists.at(-1); list !== undefined; list = this.#lists.at(-1)) {
      push(list.items, reply);
      list.left -= 1;
      if (list.left > 0) return false;
      this.#lists.pop();
      reply = list.items;
    }
    this.#reply = reply;
    return true;
  }
}

function push(items: Reply[], reply: Reply): void {
  if (items.length < MOST_ITEMS) items.push(reply);
  else items[MOST_ITEMS - 1] = new Oversize(bytesOf(items[MOST_ITEMS - 1]) + bytesOf(reply));
}

/** The size of a text in bytes; zero for anything else. */
export function bytesOf(reply: unknown): number {
  if (Buffer.isBuffer(reply)) return reply.length;
  return reply instanceof Oversize ? reply.bytes : 0;
}

function lengthOf(line: string): number {
  if (/^(?:-1|\d{1,10})$/.test(line)) return Number(line);
  throw new TypeError(`Protocol error: the length '${line.slice(0, 40)}'`);
}
