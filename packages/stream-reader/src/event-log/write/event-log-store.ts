import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { compareIds, MIN_ID, QscError, type EntryId } from "@qsc/contract";
import type { NewEntry, Repair } from "../../ports/sink.js";
import type { SinkStore } from "../../sink/store.js";
import { writeError } from "./errors.js";
import { lineOf } from "./line.js";
import { openForAppend, statOrNull, type OpenFile } from "./open-event-log.js";
import { larger, scan } from "./scan.js";
import { cutTornLine } from "./torn-line.js";

const UNREAD = -1;
/**
 * A rotation renames the log and then creates the new file. The store looks for the new file this often, and waits this
 * many milliseconds before each look.
 */
const NEW_FILE_LOOKS = 25;
const NEW_FILE_MS = 10;

/** The open file, and what is known of its content. */
interface Opened {
  readonly handle: FileHandle;
  readonly inode: number;
  readonly device: number;
  /** Its length after the last write or scan. */
  size: number;
  /** Its lines have been read, or were written here, up to this position. */
  scanned: number;
  /** Something that is not blank follows that position, so the next line begins with a line end. */
  unfinished: boolean;
  /** Its length with the rest of a failed write that could not be cut off yet; null if there is none. */
  failed: number | null;
}

/**
 * An event log file as a store. Each line is written whole, in one write; what a failed write leaves behind is cut off
 * again. The store notices what other processes do to the file by its length and inode: it reads their lines, and if
 * the file was renamed (rotated) or deleted, it switches to the one at the path.
 *
 * When `add` resolves, the kernel has the lines, so a crash of the process loses nothing. A loss of power may lose the
 * last seconds, because waiting for the disk would cost each append milliseconds.
 */
export class EventLogStore implements SinkStore {
  readonly label: string;
  readonly stream: null = null;
  readonly aheadRemedy: string =
    "Then stop the writer, move the log away or publish to another one, and start the writer again.";
  readonly #path: string;
  readonly #openFile: OpenFile | undefined;
  readonly #sleep: (ms: number) => Promise<unknown>;
  #repaired: Repair | null = null;
  #opened: Opened | null = null;
  #lastId: EntryId = MIN_ID;

  /** @param sleep waits while a renamed file has no successor yet */
  constructor(path: string, label: string, openFile?: OpenFile, sleep: (ms: number) => Promise<unknown> = setTimeout) {
    this.#path = path;
    this.label = label;
    this.#openFile = openFile;
    this.#sleep = sleep;
  }

  get repaired(): Repair | null {
    return this.#repaired;
  }

  /** Opens the file, and cuts off a torn last line. */
  open(): Promise<void> {
    return this.#coded(async () => {
      await this.#current();
    });
  }

  async add(entries: readonly NewEntry[]): Promise<boolean> {
    return this.#coded(async () => {
      const file = await this.#upToDate();
      const [first] = entries;
      if (first !== undefined && compareIds(first.id, this.#lastId) <= 0) return false;
      await this.#write(file, entries.map(lineOf).join(""));
      const last = entries.at(-1);
      // Deleted after the check: no reader could find these lines.
      if ((await file.handle.stat()).nlink === 0) return this.add(entries);
      this.#lastId = larger(this.#lastId, last?.id ?? null);
      return true;
    });
  }

  lastId(): Promise<EntryId> {
    return this.#coded(async () => {
      await this.#upToDate();
      return this.#lastId;
    });
  }

  /** Reads the whole event log, which has no index. Called only after failures and for IDs that came too late. */
  holds(entries: readonly NewEntry[]): Promise<readonly boolean[]> {
    return this.#coded(async () => {
      const { handle, size } = await this.#upToDate();
      const wanted = new Map<EntryId | null, number[]>();
      entries.forEach(({ id }, at) => wanted.set(id, [...(wanted.get(id) ?? []), at]));
      const there = entries.map(() => false);
      await scan(handle, 0, size, (item) => {
        if (item.kind !== "entry") return;
        for (const at of wanted.get(item.id) ?? []) {
          const fields = entries[at]?.fields ?? [];
          const same = fields.length === item.fields.length && fields.every((text, n) => text === item.fields[n]);
          if (same) there[at] = true;
        }
      });
      return there;
    });
  }

  async close(): Promise<void> {
    const file = this.#opened;
    this.#opened = null;
    await this.#coded(async () => file?.handle.close());
  }

  /** A single write. Either all of it is in the file afterwards, or it rejects and the file is unchanged. */
  async #write(file: Opened, lines: string): Promise<void> {
    const bytes = Buffer.from(file.unfinished ? `\n${lines}` : lines);
    const before = file.size;
    let written = 0;
    try {
      written = (await file.handle.write(bytes)).bytesWritten;
      if (written < bytes.length) {
        throw new QscError(
          "sink_failed",
          `The event log '${this.#path}' took ${written} of ${bytes.length} bytes: its disk or quota is full; free some space.`,
        );
      }
    } catch (error) {
      file.failed = before + written;
      await this.#cutOff(file).catch(() => undefined);
      throw error;
    }
    // Longer: another process wrote too. The next look reads its lines and these.
    if ((await file.handle.stat()).size !== before + written) return;
    file.size = before + written;
    file.scanned = file.size;
    file.unfinished = false;
  }

  /** Removes what a failed write left, unless another process has written after it. */
  async #cutOff(file: Opened): Promise<void> {
    const { size } = await file.handle.stat();
    if (size === file.failed && size > file.size) await file.handle.truncate(file.size);
    file.failed = null;
  }

  /** The file at the path, after everything in it has been read. */
  async #upToDate(): Promise<Opened> {
    const file = await this.#current();
    if (file.failed !== null) await this.#cutOff(file);
    const { size } = await file.handle.stat();
    if (size === file.size) return file;
    // Shorter: another process copied it and emptied it, and its new content has not been read.
    const from = size < file.scanned ? 0 : file.scanned;
    const { end, open } = await scan(file.handle, from, size, ({ id }) => {
      this.#lastId = larger(this.#lastId, id);
    });
    file.size = size;
    file.scanned = end;
    file.unfinished = open;
    return file;
  }

  /** The open file if it is still the one at the path; otherwise the file at the path, which is created if needed. */
  async #current(): Promise<Opened> {
    const file = this.#opened;
    const found = await this.#atPath(file);
    if (file !== null && found?.ino === file.inode && found.dev === file.device) return file;
    this.#opened = null;
    await file?.handle.close();
    const handle = await openForAppend(this.#path, this.#openFile);
    try {
      this.#repaired = (await cutTornLine(this.#path, handle)) ?? this.#repaired;
      const { ino: inode, dev: device } = await handle.stat();
      this.#opened = { handle, inode, device, size: UNREAD, scanned: 0, unfinished: false, failed: null };
      return this.#opened;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * The file at the path. If the old one was renamed and there is no new one yet, waits a moment for the rotation to
   * create it: logrotate moves away a file that it does not expect there, and a reader might never see it.
   */
  async #atPath(file: Opened | null): Promise<Stats | null> {
    let found = await statOrNull(this.#path);
    for (let looks = 0; found === null && looks < NEW_FILE_LOOKS; looks++) {
      if (file === null || (await file.handle.stat()).nlink === 0) return null;
      await this.#sleep(NEW_FILE_MS);
      found = await statOrNull(this.#path);
    }
    return found;
  }

  async #coded<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw writeError(this.#path, error);
    }
  }
}
