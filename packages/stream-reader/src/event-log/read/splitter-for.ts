import { ArraySplitter } from "./array-splitter.js";
import { LineSplitter, type Splitter } from "./line-splitter.js";

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** The first chunk without its byte order mark. */
export function withoutBom(chunk: Buffer): Buffer {
  return chunk.subarray(0, 3).equals(BOM) ? chunk.subarray(3) : chunk;
}

/**
 * Whether a text that begins like this is an array of entries, on one line or several. Each entry is an array, as
 * `redis-cli --json XRANGE` writes it, or an object. `["1-0", [...]]` is a single entry on a line.
 */
export function isArrayOfEntries(head: Buffer): boolean {
  return /^\s*\[\s*[[\]{]/.test(withoutBom(head).subarray(0, 4096).toString("latin1"));
}

/** The splitter for a text that begins like this. */
export function splitterFor(head: Buffer): Splitter {
  return isArrayOfEntries(head) ? new ArraySplitter() : new LineSplitter();
}
