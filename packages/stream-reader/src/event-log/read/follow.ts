import { stat } from "node:fs/promises";
import { MAX_ID, MIN_ID, nextId, QscError, type EntryId, type LogMark, type SourceMark } from "@qsc/contract";
import { Outage } from "../../ports/outage.js";
import { pause } from "../../ports/pause.js";
import type { FollowOptions, Gap, SourceItem } from "../../ports/source.js";
import { changeOf } from "./change.js";
import { Formers } from "./formers.js";
import { GrowingFile, type Before } from "./growing-file.js";
import { INTERVAL_MS } from "./interval.js";
import { eventLogError, openEventLog, type EventLogFile } from "./open-file.js";
import { whyNotTheLog } from "./marked-file.js";
import { gapOf, rotatedSince } from "./rotated-away.js";
import { successorOf } from "./rotation.js";
import { identityOf, isPlain, isSameFile, type FileIdentity } from "./siblings.js";
import { isArrayOfEntries } from "./splitter-for.js";

const HEAD_BYTES = 4096;
/** How often a rotated file is checked again before it is left: its writer may be in the middle of a line. */
const LOOKS = 4;

/** A file that is about to be left for the next one. */
interface Leaving {
  readonly for: FileIdentity;
  readonly position: number;
  readonly looks: number;
}

/**
 * Reads one log as it grows, through rotation by rename, truncation and replacement.
 *
 * A renamed file is read to its end, and again a moment later, before the file at the path is read from its beginning.
 * The old file stays open, so that lines from a slow writer are not lost.
 */
export class EventLogFollower {
  readonly #path: string;
  readonly #onGap: (gap: Gap) => void;
  readonly #formers = new Formers();
  #growing: GrowingFile | null = null;
  #leaving: Leaving | null = null;
  /** When the current file was last seen at the path. Never, if it was found under another name. */
  #seenMs = Number.POSITIVE_INFINITY;

  constructor(path: string, onGap: (gap: Gap) => void) {
    this.#path = path;
    this.#onGap = onGap;
  }

  /** The state of the log when the last page was given; null before it was opened. */
  mark(): LogMark | null {
    return this.#growing?.mark ?? null;
  }

  /** What was written after `after`, page by page, until the signal. */
  async *pages(after: EntryId, options: FollowOptions): AsyncGenerator<readonly SourceItem[]> {
    const { signal } = options;
    const outage = new Outage(options);
    let onCaughtUp = options.onCaughtUp;
    try {
      this.#growing = await this.#begin(after, options.mark ?? null);
      for (let growing = this.#growing; !signal.aborted;) {
        const next = await this.#moved(growing, outage);
        if (next !== null) {
          const rest = growing.rest();
          if (rest.length > 0) yield rest;
          growing = await this.#goOnWith(next, growing);
        }
        const before = growing.position;
        yield* this.#formers.grown(signal);
        yield* growing.grown(signal);
        if (next !== null || growing.position !== before) continue;
        if (this.#leaving === null) {
          onCaughtUp?.();
          onCaughtUp = undefined;
        }
        // Nothing watches the old file, so its end is checked again after a moment, whatever happens at the path.
        if (this.#leaving === null) await changeOf(this.#path, signal);
        else await pause(INTERVAL_MS, signal);
      }
    } catch (error) {
      throw eventLogError(this.#path, error);
    } finally {
      await this.#growing?.file.handle.close();
      await this.#formers.close();
    }
  }

  /** The file that contains what follows `after`: the log itself, or a file that was rotated away meanwhile. */
  async #begin(after: EntryId, mark: SourceMark | null): Promise<GrowingFile> {
    const missed = after === MIN_ID || after === MAX_ID ? [] : await rotatedSince(this.#path, nextId(after));
    const unread = missed.filter(({ sibling, firstId }) => firstId === null || !isPlain(sibling.name));
    if (unread.length > 0) this.#onGap(gapOf(this.#path, nextId(after), unread));
    const oldest = missed.find((each) => !unread.includes(each));
    const file = await open(oldest?.sibling.path ?? this.#path);
    if (oldest === undefined) this.#seenMs = Date.now();
    try {
      const why = mark === null ? null : await whyNotTheLog(this.#path, mark);
      if (why !== null) this.#lost(why.kind, why.how);
    } catch (error) {
      await file.handle.close();
      throw error;
    }
    return this.#grow(file, { after, seen: mark?.kind !== "log" || isSameFile(file, mark) ? null : after });
  }

  #grow(file: EventLogFile, before: Before): GrowingFile {
    return new GrowingFile(this.#path, file, before, (kind, how) => {
      this.#lost(kind, how);
    });
  }

  async #goOnWith(file: EventLogFile, old: GrowingFile): Promise<GrowingFile> {
    const growing = this.#grow(file, old.before);
    await this.#formers.add(old);
    this.#growing = growing;
    this.#leaving = null;
    return growing;
  }

  /** The file to continue with, or null to stay. A log that is missing at the moment is an outage. */
  async #moved(growing: GrowingFile, outage: Outage): Promise<EventLogFile | null> {
    try {
      const next = await this.#next(growing);
      outage.ends();
      return next;
    } catch (error) {
      outage.begins(eventLogError(this.#path, error));
      return null;
    }
  }

  async #next(growing: GrowingFile): Promise<EventLogFile | null> {
    const isRead = await growing.isRead();
    const now = identityOf(await stat(this.#path));
    if (isSameFile(now, growing.file)) {
      this.#seenMs = Date.now();
      this.#leaving = null;
      return null;
    }
    if (!isRead || !this.#mayLeave(growing, now)) return null;
    const { path, identity, missing } = await successorOf({
      path: this.#path,
      old: growing,
      now,
      read: this.#formers.identities,
      seenMs: this.#seenMs,
    });
    const next = await open(path);
    // Renamed meanwhile: it will be found under its new name.
    if (!isSameFile(next, identity)) {
      await next.handle.close();
      return null;
    }
    if (missing !== null) this.#lost("replaced", missing);
    return next;
  }

  /** Whether it was already at its end at the last check, or was checked often enough. */
  #mayLeave({ position }: GrowingFile, now: FileIdentity): boolean {
    const leaving = this.#leaving;
    const looks = (leaving?.looks ?? 0) + 1;
    this.#leaving = { for: now, position, looks };
    return looks >= LOOKS || (leaving?.position === position && isSameFile(leaving.for, now));
  }

  #lost(kind: "truncated" | "replaced", how: string): void {
    this.#onGap({ kind, detail: `The event log '${this.#path}' was ${kind}: ${how}.` });
  }
}

async function open(path: string): Promise<EventLogFile> {
  const file = await openEventLog(path);
  try {
    await assertFollowable(path, file);
    return file;
  } catch (error) {
    await file.handle.close();
    throw error;
  }
}

async function assertFollowable(path: string, file: EventLogFile): Promise<void> {
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.handle.read(head, 0, HEAD_BYTES, 0);
  const what = file.gzip ? "a gzip file" : "an export of redis-cli";
  if (!file.gzip && !isArrayOfEntries(head.subarray(0, bytesRead))) return;
  throw new QscError(
    "usage",
    `'${path}' is ${what} and cannot be followed; read it without following, or follow the event log it was made of.`,
  );
}
