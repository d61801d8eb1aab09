import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { QscError } from "@qsc/contract";
import { pathOfDivided } from "./divided-file.js";
import { eventLogError } from "./open-file.js";
import type { LineRange } from "../../ports/source.js";

const NEWLINE = 0x0a;
const BLOCK_BYTES = 1024 * 1024;

/** How many lines precede those that are counted here. */
export interface LinesBefore {
  readonly count: number;
}

export const NO_LINES: LinesBefore = { count: 0 };

/** Counted on first use, which is rare: counting reads everything before the range. */
export class LinesBeforeRange implements LinesBefore {
  readonly #path: string;
  readonly #lineRange: LineRange;
  #count: number | null = null;

  constructor(path: string, lineRange: LineRange) {
    this.#path = path;
    this.#lineRange = lineRange;
  }

  /** @throws QscError `source_...` if the event log can no longer be read, or is another file now */
  get count(): number {
    this.#count ??= this.#counted();
    return this.#count;
  }

  #counted(): number {
    let file: number | null = null;
    try {
      file = openSync(pathOfDivided(this.#path, this.#lineRange), "r");
      if (fstatSync(file).ino !== this.#lineRange.inode) {
        throw new QscError(
          "source_unreadable",
          `The event log '${this.#path}' was replaced while it was read; judge it again.`,
        );
      }
      return feedsIn(file, this.#lineRange.from.at);
    } catch (error) {
      throw eventLogError(this.#path, error);
    } finally {
      if (file !== null) closeSync(file);
    }
  }
}

/** The number of line feeds in the first `end` bytes of a file. */
function feedsIn(file: number, end: number): number {
  const block = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, end));
  let feeds = 0;
  for (let at = 0; at < end;) {
    const bytes = block.subarray(0, readSync(file, block, 0, Math.min(BLOCK_BYTES, end - at), at));
    if (bytes.length === 0) break;
    at += bytes.length;
    for (let feed = bytes.indexOf(NEWLINE); feed >= 0; feed = bytes.indexOf(NEWLINE, feed + 1)) feeds += 1;
  }
  return feeds;
}
