import type { EntryId, Rejection } from "@qsc/contract";
import type { Gap } from "@qsc/stream-reader";

/** One row of features, as the models receive it. */
export interface FeedRow {
  readonly kind: "row";
  readonly id: EntryId;
  readonly symbol: string;
  /** A value that was not a number is its text, so that the models can name it when they refuse it. */
  readonly features: Readonly<Record<string, number | string>>;
  /** When the row was published, in milliseconds since 1970. */
  readonly timeMs: number;
}

/** A row, or a place where a row should have been. */
export type FeedItem = FeedRow | Rejection;

/** The rows before the first one that may be decided on. */
export interface History {
  /** Oldest first. */
  readonly rows: readonly FeedRow[];
  /** The rows up to this ID are from before the start. */
  readonly until: EntryId;
}

/** Where features come from. */
export interface Feed {
  /** The name to show to an operator: no password. */
  readonly label: string;
  /** Whether rows arrive in their own time. Otherwise the feed waits for its reader. */
  readonly live: boolean;
  /**
   * Rows from before the first of `rows`, oldest first, to give sequence models a history: at least `perSymbol` of
   * every symbol if there are that many. Called at most once, and first.
   */
  warmUp(perSymbol: number, signal: AbortSignal): Promise<History>;
  /** Every row from the start on, until the feed ends or the signal comes. */
  rows(signal: AbortSignal): AsyncIterable<readonly FeedItem[]>;
  /** The rows that the feed has lost so far, which were never read. */
  gaps(): readonly Gap[];
  close(): Promise<void>;
}
