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
 * How many bytes before the position are remembered, to notice a file that was rewritten. More than a line has: similar
 * lines may end alike and differ only in the ID at their beginning.
 */
const MARK_BYTES = 16 * 1024;

/** What is known before a file is read. */
export interface Before {
  /** Entries up to this ID are not new. */
  readonly after: EntryId;
  /** The largest ID read in the files before it; null if there is none. */
  readonly seen: EntryId | null;
}

/** Called if a file is not the continuation of what was read before. */
export type OnLost = (kind: "truncated" | "replaced", how: string) => void;

/** One open file of a log, read as it grows. A truncated file is read again from its beginning. */
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

  /** What the reader of the next file needs to know. */
  get before(): Before {
    return { after: this.#after, seen: this.#seen };
  }

  /** What identifies this file and the part of it that was read. */
  get mark(): LogMark {
    const { device, inode } = this.file;
    const tail = { bytes: this.#mark.length, sha256: sha256Of(this.#mark) };
    return { kind: "log", id: this.#after, device, inode, bytes: this.#position, tail };
  }

  get position(): number {
    return this.#position;
  }

  /** Whether everything now in the file has been read. Starts again if the file was truncated. */
  async isRead(): Promise<boolean> {
    const { size, mtimeMs } = await this.file.handle.stat();
    if (size < this.#position) {
      this.#onLost("truncated", `it had ${this.#position} bytes and has ${size}`);
      this.#restart(size);
      return false;
    }
    if (size > this.#position) return false;
    // Written to but no longer than before: the content may have been replaced.
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
    // Read together with what follows, so that the file cannot be rewritten between the two reads.
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

  /** What is on an unfinished last line, once no more of it is expected. */
  rest(): readonly SourceItem[] {
    const record = this.#splitter.rest();
    return record === null ? [] : [...this.#take(parseRecord(record), record.start), ...this.#resume.release()];
  }

  /** Whether the bytes before the position are the ones that were read there. */
  async #isMarked(): Promise<boolean> {
    const { length } = this.#mark;
    const found = Buffer.alloc(length);
    const { bytesRead } = await this.file.handle.read(found, 0, length, this.#position - length);
    return bytesRead === length && found.equals(this.#mark);
  }

  #onRewritten(size: number): void {
    this.#onLost("truncated", `the bytes before byte ${this.#position} have changed`);
    this.#restart(size);
  }

  /** The new items among this one and those held back. */
  #take(item: SourceItem, start: number): readonly SourceItem[] {
    const fresh = this.#resume.take(item, start);
    const { id } = item;
    if (id === null) return fresh;
    if (this.firstId === null) this.#begin(id);
    if (this.#seen === null || compareIds(id, this.#seen) > 0) this.#seen = id;
    if (compareIds(id, this.#after) > 0) this.#after = id;
    return fresh;
  }

  /** A rotated file must be followed by later entries. Anything else is a different text. */
  #begin(id: EntryId): void {
    this.firstId = id;
    const seen = this.#seenBefore;
    if (seen === null || compareIds(id, seen) > 0) return;
    this.#onLost(
      "replaced",
      `the new file begins with ${id}, and ${seen} was read before; later entries are read, but some may be missing`,
    );
  }

  #advance(chunk: Buffer): void {
    this.#position += chunk.length;
    this.#mark = Buffer.concat([this.#mark, chunk.subarray(-MARK_BYTES)]).subarray(-MARK_BYTES);
  }

  /** From the start of the file: what was already read in it is not new. */
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
