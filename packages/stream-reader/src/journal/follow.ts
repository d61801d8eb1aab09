import { stat } from "node:fs/promises";
import { QscError, type EntryId } from "@qsc/contract";
import { Outage } from "../outage.js";
import { Page } from "../paging.js";
import type { FollowOptions, Gap, SourceItem } from "../port.js";
import { plain } from "./chunks.js";
import { changeOf } from "./change.js";
import { journalError, openJournal, type JournalFile } from "./journal-file.js";
import { LineSplitter } from "./line-splitter.js";
import { parseRecord } from "./parse-record.js";
import { Resume } from "./resume.js";
import { isArrayOfEntries, withoutBom } from "./splitter-for.js";

const PAGE_ITEMS = 500;
const PAGE_UNITS = 4 * 1024 * 1024;
const HEAD_BYTES = 4096;
/** As many bytes before the position are remembered, to tell a file that was written anew. */
const MARK_BYTES = 64;

/** Reads one journal as it grows, through truncation and replacement. */
export class JournalFollower {
  readonly #path: string;
  readonly #onGap: (gap: Gap) => void;
  #file: JournalFile | null = null;
  #splitter = new LineSplitter();
  #resume: Resume | null = null;
  #position = 0;
  #mark: Buffer = Buffer.alloc(0);

  constructor(path: string, onGap: (gap: Gap) => void) {
    this.#path = path;
    this.#onGap = onGap;
  }

  /** What was written after `after`, page by page, until the signal. */
  async *pages(
    after: EntryId,
    options: FollowOptions,
  ): AsyncGenerator<readonly SourceItem[]> {
    const outage = new Outage(options);
    try {
      this.#file = await this.#open();
      this.#resume = new Resume(after, this.#file.size);
      while (!options.signal.aborted) {
        const moved = await this.#moved(outage);
        const before = this.#position;
        yield* this.#grown(options.signal);
        if (!moved && this.#position === before) await changeOf(this.#path, options.signal);
      }
    } catch (error) {
      throw journalError(this.#path, error);
    } finally {
      await this.#file?.handle.close();
    }
  }

  async #open(): Promise<JournalFile> {
    const file = await openJournal(this.#path);
    try {
      await assertFollowable(this.#path, file);
      return file;
    } catch (error) {
      await file.handle.close();
      throw error;
    }
  }

  /** The entries between the position and the present end of the open file. */
  async *#grown(signal: AbortSignal): AsyncGenerator<readonly SourceItem[]> {
    const file = this.#file;
    if (file === null) return;
    const { size } = await file.handle.stat();
    if (size <= this.#position) return;
    const page = new Page(PAGE_ITEMS, PAGE_UNITS);
    // Read together with what follows, so that no file is written anew between the two.
    let marked = this.#mark.length;
    for await (const found of plain(file.handle, this.#position - marked, size)) {
      if (!found.subarray(0, marked).equals(this.#mark.subarray(0, marked))) {
        this.#lost("truncated", `what stands before byte ${this.#position} is another text now`);
        this.#restart();
        return;
      }
      const chunk = found.subarray(marked);
      marked = 0;
      const text = this.#position === 0 ? withoutBom(chunk) : chunk;
      this.#advance(chunk);
      for (const record of this.#splitter.push(text)) {
        const item = parseRecord(record);
        for (const fresh of this.#resume?.take(item, record.start) ?? [item]) page.add(fresh);
        if (page.isFull) yield page.take();
        if (signal.aborted) return;
      }
    }
    for (const held of this.#resume?.release() ?? []) page.add(held);
    if (!page.isEmpty) yield page.take();
  }

  #advance(chunk: Buffer): void {
    this.#position += chunk.length;
    this.#mark = Buffer.concat([this.#mark, chunk.subarray(-MARK_BYTES)]).subarray(-MARK_BYTES);
  }

  /** Whether it begins again; a journal that is away for now is an outage. */
  async #moved(outage: Outage): Promise<boolean> {
    try {
      const moved = await this.#moveOn();
      outage.ends();
      return moved;
    } catch (error) {
      outage.begins(journalError(this.#path, error));
      return false;
    }
  }

  /** Begins again where the file was truncated or replaced; whether it was. */
  async #moveOn(): Promise<boolean> {
    const file = this.#file;
    if (file === null) return false;
    const { size } = await file.handle.stat();
    if (size < this.#position) {
      this.#lost("truncated", `it had ${this.#position} bytes and has ${size}`);
      this.#restart();
      return true;
    }
    const found = await stat(this.#path);
    // What was still written to the old file is read before it is left.
    if (found.ino !== file.inode && size === this.#position) {
      this.#lost("replaced", `another file stands there, of ${found.size} bytes`);
      const next = await this.#open();
      await file.handle.close();
      this.#file = next;
      this.#restart();
      return true;
    }
    return false;
  }

  #lost(kind: "truncated" | "replaced", how: string): void {
    this.#onGap({ kind, detail: `The journal '${this.#path}' was ${kind}: ${how}.` });
  }

  /** From the start of the file, where everything is new. */
  #restart(): void {
    this.#splitter = new LineSplitter();
    this.#resume = null;
    this.#position = 0;
    this.#mark = Buffer.alloc(0);
  }
}

async function assertFollowable(path: string, file: JournalFile): Promise<void> {
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.handle.read(head, 0, HEAD_BYTES, 0);
  const what = file.gzip ? "a gzip file" : "an export of redis-cli";
  if (!file.gzip && !isArrayOfEntries(head.subarray(0, bytesRead))) return;
  throw new QscError(
    "usage",
    `'${path}' is ${what} and cannot be followed; read it without following, or follow the journal it was made of.`,
  );
}
