import { createHash } from "node:crypto";
import { compareIds, type EntryId, type LogMark } from "@qsc/contract";
import { Page } from "../../ports/paging.js";
import type { SourceItem } from "../../ports/source.js";
import { plain } from "./chunks.js";
import { assertUtf8Head } from "./encoding.js";
import type { EventLogFile } from "./open-file.js";
import { LineSplitter } from "./line-splitter.js";
import { parseRecord } from "./parse-record.js";
import { Resume } from "./resume.js";
import { withoutBom } from "./splitter-for.js";

const PAGE_ITEMS = 500;
const PAGE_UNITS = 4 * 1024 * 1024;
/**
 * As many bytes before the position are remembered, to tell a file that was written again. More than a line has: lines
 * of one kind may end alike, and differ in the ID at their beginning alone.
 */
const MARK_BYTES = 16 * 1024;

/** What is known before a file is read. */
export interface Before {
  /** Nothing up to this one is new. */
  readonly after: EntryId;
  /** The largest ID that was read in the files before it; null for none. */
  readonly seen: EntryId | null;
}

/** Told what a file is not: the continuation of what was read before. */
export type OnLost = (kind: "truncated" | "replaced", how: string) => void;

/** One open file of a log, read as it grows, through truncation, from its beginning. */
export class GrowingFile {
  readonly file: EventLogFile;
  /** The first ID in it; null while it has none. */
  firstId: EntryId | null = null;
  readonly #path: string;
  readonly #onLost: OnLost;
  readonly #seenBefore: EntryId | null;
  #seen: EntryId | null;
  #after: EntryId;
  #splitter = new LineSplitter();
  #resume: Resume;
  #position = 0;
  #mark: Buffer = Buffer.alloc(0);
  /** When the file was last written, as far as is known. */
  #mtimeMs: number | null = null;

  constructor(path: string, file: EventLogFile, { after, seen }: Before, onLost: OnLost) {
    this.#path = path;
    this.file = file;
    this.#after = after;
    this.#seenBefore = seen;
    this.#seen = seen;
    this.#onLost = onLost;
    this.#resume = new Resume(after, file.size);
  }

  /** What the file behind this one has to know. */
  get before(): Before {
    return { after: this.#after, seen: this.#seen };
  }

  /** What tells this file, and what was read of it, from another one. */
  get mark(): LogMark {
    const { device, inode } = this.file;
    const tail = { bytes: this.#mark.length, sha256: sha256Of(this.#mark) };
    return { kind: "log", id: this.#after, device, inode, bytes: this.#position, tail };
  }

  get position(): number {
    return this.#position;
  }

  /** Whether all that is in it now has been read; a truncated one begins again. */
  async isRead(): Promise<boolean> {
    const { size, mtimeMs } = await this.file.handle.stat();
    if (size < this.#position) {
      this.#onLost("truncated", `it had ${this.#position} bytes and has ${size}`);
      this.#restart(size);
      return false;
    }
    if (size > this.#position) return false;
    // Written, and no longer than before: that may be another text.
    if (mtimeMs !== this.#mtimeMs && !(await this.#isMarked())) {
      this.#onRewritten(size);
      return false;
    }
    this.#mtimeMs = mtimeMs;
    return true;
  }

  /** The entries between the position and the present end. */
  async *grown(signal: AbortSignal): AsyncGenerator<readonly SourceItem[]> {
    const { handle } = this.file;
    const { size } = await handle.stat();
    if (size <= this.#position) return;
    const page = new Page(PAGE_ITEMS, PAGE_UNITS);
    // Read together with what follows, so that no file is written again between the two.
    let marked = this.#mark.length;
    for await (const found of plain(handle, this.#position - marked, size)) {
      if (!found.subarray(0, marked).equals(this.#mark.subarray(0, marked))) {
        this.#onRewritten(size);
        return;
      }
      const chunk = found.subarray(marked);
      marked = 0;
      if (this.#position === 0) assertUtf8Head(this.#path, chunk);
      const text = this.#position === 0 ? withoutBom(chunk) : chunk;
      this.#advance(chunk);
      for (const record of this.#splitter.push(text)) {
        for (const fresh of this.#take(parseRecord(record), record.start)) page.add(fresh);
        if (page.isFull) yield page.take();
        if (signal.aborted) return;
      }
    }
    for (const held of this.#resume.release()) page.add(held);
    if (!page.isEmpty) yield page.take();
  }

  /** What stands on a last line without its end, when no more of it is expected. */
  rest(): readonly SourceItem[] {
    const record = this.#splitter.rest();
    return record === null ? [] : [...this.#take(parseRecord(record), record.start), ...this.#resume.release()];
  }

  /** Whether what stands before the position is what was read there. */
  async #isMarked(): Promise<boolean> {
    const { length } = this.#mark;
    const found = Buffer.alloc(length);
    const { bytesRead } = await this.file.handle.read(found, 0, length, this.#position - length);
    return bytesRead === length && found.equals(this.#mark);
  }

  #onRewritten(size: number): void {
    this.#onLost("truncated", `what stands before byte ${this.#position} is another text now`);
    this.#restart(size);
  }

  /** What of this item, and of those held back, is new. */
  #take(item: SourceItem, start: number): readonly SourceItem[] {
    const fresh = this.#resume.take(item, start);
    const { id } = item;
    if (id === null) return fresh;
    if (this.firstId === null) this.#begin(id);
    if (this.#seen === null || compareIds(id, this.#seen) > 0) this.#seen = id;
    if (compareIds(id, this.#after) > 0) this.#after = id;
    return fresh;
  }

  /** Behind a rotated file stands what was written later: anything else is another text. */
  #begin(id: EntryId): void {
    this.firstId = id;
    const seen = this.#seenBefore;
    if (seen === null || compareIds(id, seen) > 0) return;
    this.#onLost("replaced", `the new file begins with ${id}, and ${seen} was read before; what follows that is read, and may not be all`);
  }

  #advance(chunk: Buffer): void {
    this.#position += chunk.length;
    this.#mark = Buffer.concat([this.#mark, chunk.subarray(-MARK_BYTES)]).subarray(-MARK_BYTES);
  }

  /** From the start of the file: what was read in it before is not new. */
  #restart(size: number): void {
    this.#splitter = new LineSplitter();
    this.#resume = new Resume(this.#after, size);
    this.#position = 0;
    this.#mark = Buffer.alloc(0);
  }
}

function sha256Of(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
