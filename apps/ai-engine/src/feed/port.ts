import type { EntryId, Rejection } from "@qsc/contract";
import type { Gap } from "@qsc/stream-reader";

/** One row of features, as the models are given it. */
export interface FeedRow {
  readonly kind: "row";
  readonly id: EntryId;
  readonly symbol: string;
  /** What was no number is the text of it: the models refuse it by name. */
  readonly features: Readonly<Record<string, number | string>>;
  /** When the row was published, in milliseconds since 1970. */
  readonly timeMs: number;
}

/** A row, or a place where there should have been one. */
export type FeedItem = FeedRow | Rejection;

/** What was there before the first row that may be decided on. */
export interface History {
  /** Oldest first. */
  readonly rows: readonly FeedRow[];
  /** The rows up to this ID are from before the start. */
  readonly until: EntryId;
}

/** Where features come from. */
export interface Feed {
  /** As an operator may see it: no password. */
  readonly label: string;
  /** Whether rows come when they come. Otherwise the feed waits for whoever reads it. */
  readonly live: boolean;
  /**
   * Rows from before the first of `rows`, oldest first, so that sequence models have a history:
   * at least `perSymbol` of every symbol where there are so many. Called at most once, and first.
   */
  warmUp(perSymbol: number, signal: AbortSignal): Promise<History>;
  /** Every row from the start on, until the feed ends or the signal comes. */
  rows(signal: AbortSignal): AsyncIterable<readonly FeedItem[]>;
  /** What has been lost under the feed so far: rows that were never read. */
  gaps(): readonly Gap[];
  close(): Promise<void>;
}
