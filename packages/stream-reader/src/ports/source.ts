import type { EntryId, Rejection, SourceMark } from "@qsc/contract";
import type { OpenOptions } from "./open-options.js";

/** An entry as it was published, its fields unread. */
export interface RawEntry {
  readonly kind: "entry";
  readonly id: EntryId;
  /** Where it stands, for a person: its ID, or `line 17`. */
  readonly place: string;
  /** Field names and values in turn, as they were written. */
  readonly fields: readonly string[];
}

/** What a source yields: an entry, or a place where there should have been one. */
export type SourceItem = RawEntry | Rejection;

/** A range of IDs, both ends included. */
export interface IdRange {
  readonly from: EntryId;
  readonly to: EntryId;
}

/** The state of a source at one moment. */
export interface SourceState {
  /** Number of entries, where the source knows it without reading them. */
  readonly length: number | null;
  /** The ends; null when the source is empty, or only reading all of it would tell (an event log). */
  readonly firstId: EntryId | null;
  readonly lastId: EntryId | null;
  /** The ID given last, whether or not the entry is still there; null where that is not known. */
  readonly endId: EntryId | null;
  /** The source's own clock when this was answered; null where it has none. */
  readonly clock: ClockReading | null;
}

/**
 * What a clock elsewhere shows at the moment in which its answer is here, in milliseconds since 1970. It was read
 * somewhere between question and answer: the longer the answer took, the wider the bounds.
 */
export interface ClockReading {
  readonly lowMs: number;
  readonly highMs: number;
}

/** A place between two lines of an event log, as it was found. */
export interface Border {
  readonly at: number;
  /** The last bytes before it. */
  readonly before: Uint8Array;
}

/** Whole lines of an event log that is neither packed nor an array, as plain data. */
export interface LineRange {
  /** Of the file they were found in. */
  readonly inode: number;
  readonly from: Border;
  /** The last one of an event log ends where the event log ended, be it within a line. */
  readonly to: Border;
}

/** A part of a range of a source, as plain data: what another thread needs to read it by `openPart`. It may hold a password. */
export type SourcePart = PartByIds | PartByLines;

interface Part {
  readonly url: string;
  readonly options: OpenOptions;
  readonly range: IdRange;
}

/** All that a stream has in the range. */
interface PartByIds extends Part {
  readonly kind: "ids";
  /** The range that this is a part of: what was lost of that is judged as one reader of all of it would. */
  readonly whole: IdRange;
}

/** What some of an event log's lines have in the range. */
interface PartByLines extends Part {
  readonly kind: "lines";
  readonly lineRange: LineRange;
}

/** Something that happened to the source while it was read: entries that nobody will ever see. */
export interface Gap {
  readonly kind: "trimmed" | "deleted" | "recreated" | "truncated" | "replaced" | "rotated";
  /** One sentence with the IDs or sizes that show it. */
  readonly detail: string;
}

export interface FollowOptions {
  /** Ends the iteration, without an error. */
  readonly signal: AbortSignal;
  /** Called when the source cannot be read for now, and (with null) when it can again. */
  readonly onOutage?: (error: Error | null) => void;
  /**
   * Following began earlier, perhaps in another process, and `after` is the last entry that it gave: a stream that
   * does not reach it has lost entries. Otherwise `after` may be a time that the stream has not come to yet.
   */
  readonly resumes?: boolean;
  /** With `resumes`: what `mark()` said when `after` was given. A source that is another one by now has a gap. */
  readonly mark?: SourceMark | null;
  /** Called once everything that was there when following began has been given. */
  readonly onCaughtUp?: () => void;
}

/** What telemetry is read from once: a source, or a part of one. */
export interface EventReader extends AsyncDisposable {
  /**
   * `by-id`: pages come in the order of IDs, so that a reader of the newest may stop early.
   * `as-written`: in the order of lines, whatever the order asked for.
   */
  readonly ordering: "by-id" | "as-written";

  /**
   * Every entry of the range that is there when reading begins. A place that holds no readable ID
   * belongs to it too, unless the entries next to it show that it stands outside (`standsOutside`).
   * @param limit at most this many entries, where pages come by ID: the range then begins at the last one given
   */
  pages(
    range: IdRange,
    order?: "oldest-first" | "newest-first",
    limit?: number,
  ): AsyncIterable<readonly SourceItem[]>;

  /** What has been lost under this reader so far. */
  gaps(): readonly Gap[];

  close(): Promise<void>;
}

/**
 * Where telemetry comes from. The port has only what a judge uses, and every adapter passes the
 * same conformance suite.
 *
 * Every method rejects with a coded QscError. Pages hold a bounded number of entries, whatever
 * the length of the source, and the next page is read only when it is asked for.
 */
export interface EventSource extends EventReader {
  /** The source as an operator may see it: no password. */
  readonly label: string;
  /** The stream's key; null for an event log. */
  readonly stream: string | null;
  /** Whether new entries are expected, so that silence means something. */
  readonly live: boolean;
  /** Whether each entry that it gives was signed by a trusted key; absent: no. */
  readonly verifies?: boolean;

  /** How the source stands now. */
  state(): Promise<SourceState>;

  /**
   * A range in so many consecutive parts of about the same length, which together hold what `pages` gives; null where it is better
   * read in one go: it is short, or the source cannot be divided. A source without this cannot be opened by another thread.
   */
  parts?(range: IdRange, count: number): Promise<readonly SourcePart[] | null>;

  /**
   * What was written after `after`, page by page as it arrives, until the signal. No entry is given twice, and none that
   * is not later than the last one given: a stream that was set back is resumed from there, and has a gap.
   */
  follow(after: EntryId, options: FollowOptions): AsyncIterable<readonly SourceItem[]>;

  /**
   * How the source was seen when `follow` gave its last page, to go on from there in another process; null before the first page.
   * A source without this cannot be told from another one.
   */
  mark?(): SourceMark | null;
}
