import type { EntryId, Rejection, SourceMark, StreamMark } from "@qsc/contract";
import type { OpenOptions } from "./open-options.js";

/** An entry as published. Its fields are not interpreted. */
export interface RawEntry {
  readonly kind: "entry";
  readonly id: EntryId;
  /** Where it is, for a person: its ID, or `line 17`. */
  readonly place: string;
  /** Field names and values in turn, as they were written. */
  readonly fields: readonly string[];
}

/** What a source yields: an entry, or a place where an entry should have been. */
export type SourceItem = RawEntry | Rejection;

/** A range of IDs, including both ends. */
export interface IdRange {
  readonly from: EntryId;
  readonly to: EntryId;
}

/** The state of a source at one moment. */
export interface SourceState {
  /** The number of entries, if the source knows it without reading them; otherwise null. */
  readonly length: number | null;
  /** The first and last ID. Null if the source is empty, or would have to be read in full (an event log). */
  readonly firstId: EntryId | null;
  readonly lastId: EntryId | null;
  /** The newest ID ever assigned, even if its entry is gone; null if unknown. */
  readonly endId: EntryId | null;
  /**
   * An ID at or after every entry that is there now, as the upper bound of what is judged. Only a source has it whose
   * newest entry may have an ID below others; its `pages` and `parts` stop at what was there when they began.
   */
  readonly boundId?: EntryId;
  /** The source's own clock at the time of this answer; null if it has none. */
  readonly clock: ClockReading | null;
}

/**
 * A remote clock at the moment its answer arrived, in milliseconds since 1970. It was read at some moment between the
 * question and the answer: the longer that took, the wider the bounds.
 */
export interface ClockReading {
  readonly lowMs: number;
  readonly highMs: number;
}

/** A position between two lines of an event log, as it was found. */
export interface Border {
  readonly at: number;
  /** The last bytes before it. */
  readonly before: Uint8Array;
}

/** Whole lines of an event log that is neither compressed nor an array, as plain data. */
export interface LineRange {
  /** The inode of the file they were found in. */
  readonly inode: number;
  readonly from: Border;
  /** The end of the log's last range is where the log ended, even in the middle of a line. */
  readonly to: Border;
}

/**
 * A part of a range of a source, as plain data: what another thread needs to read it with `openPart`. It may contain a
 * password.
 */
export type SourcePart = PartByIds | PartByLines | PartBySequences;

interface Part {
  readonly url: string;
  readonly options: OpenOptions;
  readonly range: IdRange;
}

/** A stream as it was when a range of it was divided: who reads a part later must find the same one, as far at least. */
export interface SeenStream {
  /** Its key. */
  readonly stream: string;
  readonly mark: StreamMark;
  /** How many entries had left it; null if the server does not count. */
  readonly removed: number | null;
  /** Its newest entry, by the SHA-256 of its ID and fields; null if it had none. */
  readonly newest: { readonly id: EntryId; readonly sha256: string } | null;
}

/** All entries of a stream in the range. */
interface PartByIds extends Part {
  readonly kind: "ids";
  /** The range that this is a part of. Losses are judged for all of it, as if one reader had read it. */
  readonly whole: IdRange;
  /** The stream, or each shard, when the range was divided. */
  readonly seen: readonly SeenStream[];
}

/** The entries in the range from some lines of an event log. */
interface PartByLines extends Part {
  readonly kind: "lines";
  readonly lineRange: LineRange;
}

/** Whole messages of a stream whose server numbers them, as plain data. */
export interface SequenceRange {
  /** When the stream was created: another one is not the one that was divided. */
  readonly created: string;
  /** The first and the last number. */
  readonly from: number;
  readonly to: number;
  /** The newest ID before the first one; null if it is unknown. */
  readonly before: EntryId | null;
}

/** The entries in the range from some messages of a stream. */
interface PartBySequences extends Part {
  readonly kind: "sequences";
  readonly sequences: SequenceRange;
}

/** Entries were lost while the source was read: no reader will ever see them. */
export interface Gap {
  readonly kind: "trimmed" | "deleted" | "recreated" | "truncated" | "replaced" | "rotated";
  /** One sentence with the IDs or sizes that show it. */
  readonly detail: string;
}

/** One shard of a source that merges several streams, as far as it is known now. */
export interface ShardState {
  /** Its key. */
  readonly stream: string;
  /** Why it gives nothing; null if it is a stream. */
  readonly problem: "missing" | "wrong_type" | null;
  /** The time of its newest entry, in milliseconds since 1970; null if it has none. */
  readonly newestMs: number | null;
  /**
   * The most, in milliseconds, by which an entry of it came too late when following: later entries of other shards had
   * been given before it.
   */
  readonly lateMs: number;
}

/** How a source is followed. */
export interface FollowOptions {
  /** Ends the iteration without an error. */
  readonly signal: AbortSignal;
  /** Called with the error when the source cannot be read at the moment, and with null when it can again. */
  readonly onOutage?: (error: Error | null) => void;
  /**
   * Following began earlier, perhaps in another process, and `after` is the last entry it gave: a stream that does not
   * go back to it has lost entries. Without this, `after` may be a time that the stream has not reached yet.
   */
  readonly resumes?: boolean;
  /**
   * With `resumes`: what `mark()` returned when `after` was given. If the source is now a different one, that is a gap. A
   * source of several shards continues each where the mark says, also without `resumes`: one ID cannot tell.
   */
  readonly mark?: SourceMark | null;
  /**
   * How long a source that has to be asked for news rests between two questions, in milliseconds. Default 100. A reader
   * on whom nothing depends costs less with more.
   */
  readonly restMs?: number;
  /** Called once, when everything that was there at the start has been given. */
  readonly onCaughtUp?: () => void;
}

/** Reads telemetry once: a source, or a part of one. */
export interface EventReader extends AsyncDisposable {
  /**
   * `by-id`: pages come in the order of IDs, so a reader of the newest may stop early. `as-written`: in the order of
   * lines, whatever order the caller asks for.
   */
  readonly ordering: "by-id" | "as-written";

  /**
   * Every entry of the range that is there when reading begins. A place without a readable ID belongs to the range too,
   * unless the entries next to it show that it is outside (`standsOutside`).
   * @param limit at most this many entries, if pages come by ID: the range then begins at the last one given
   */
  pages(range: IdRange, order?: "oldest-first" | "newest-first", limit?: number): AsyncIterable<readonly SourceItem[]>;

  /** The entries that this reader has lost so far. */
  gaps(): readonly Gap[];

  /** Gives back what it holds. Iterations that are under way end. */
  close(): Promise<void>;
}

/**
 * Where telemetry comes from. The port has only what a judge uses, and every adapter passes the same conformance suite.
 *
 * Every method rejects with a coded QscError. Pages have a bounded number of entries, whatever the length of the
 * source, and the next page is read only on demand.
 */
export interface EventSource extends EventReader {
  /** The name to show to an operator: no password. */
  readonly label: string;
  /** The stream's key; null for an event log. */
  readonly stream: string | null;
  /** Whether new entries are expected, so that silence means something. */
  readonly live: boolean;
  /** Whether every entry it gives was signed by a trusted key. Absent: no. */
  readonly verifies?: boolean;

  /** The present state of the source. */
  state(): Promise<SourceState>;

  /**
   * Divides a range into up to `count` consecutive parts of about the same length, which together have the entries that
   * `pages` gives. Null if one thread should read it: it is short, or the source cannot be divided. A source without
   * this method cannot be opened in another thread.
   * @param leastEntries with fewer, estimated, it is short; default: where several threads begin to be faster
   */
  parts?(range: IdRange, count: number, leastEntries?: number): Promise<readonly SourcePart[] | null>;

  /**
   * What is written after `after`, page by page as it arrives, until the signal. No entry is given twice, and IDs only
   * rise: if a stream is set back, following continues after the last entry given and reports a gap. Of several shards, the
   * IDs of each only rise; an entry that comes late is given late (`ShardState.lateMs`).
   */
  follow(after: EntryId, options: FollowOptions): AsyncIterable<readonly SourceItem[]>;

  /**
   * The state of the source when `follow` gave its last page, so that another process can resume; null before the first
   * page. Without this method a resumed reader cannot notice that the source is a different one. A source of several shards
   * also has one once `pages` has read up to its end.
   */
  mark?(): SourceMark | null;

  /** The shards of a source that merges several streams, in the order of their numbers. Absent: it reads one. */
  shards?(): readonly ShardState[];
}
