import { describeDuration, idTime, type EntryId } from "@qsc/contract";

/** The gate's default for `clock_skew`: clocks of two hosts differ a little. */
const ALLOWED_MS = 5000;

/** The newest entry is in the future, so every new entry gets an ID after it, which is not its time. */
export interface Ahead {
  /** The ID from the future. */
  readonly lastId: EntryId;
  /** How far it is ahead of the clock, in milliseconds. */
  readonly byMs: number;
  /** What is wrong and what to do, in whole sentences for an operator. */
  readonly detail: string;
}

/** A place for entries, as a sentence about it needs it. */
export interface AheadPlace {
  /** The place and its stream, without a password. */
  readonly name: string;
  /** How to get its last ID back to the present, in whole sentences. */
  readonly remedy: string;
}

/**
 * Whether, and how far, the last ID of a place is ahead of the clock; null if it is not, or no more than clocks may
 * differ.
 */
export function aheadOf(place: AheadPlace, lastId: EntryId, nowMs: number): Ahead | null {
  const byMs = idTime(lastId) - nowMs;
  if (!(byMs > ALLOWED_MS)) return null;
  const detail =
    `The newest entry of ${place.name} has the ID ${lastId}, which is ${describeDuration(byMs)} ahead of this host's clock. ` +
    "Until then, every entry gets an ID after that one, which is not its time, and no gate passes such telemetry (clock_skew). " +
    `Check this host's clock, and find out who wrote that entry. ${place.remedy}`;
  return { lastId, byMs, detail };
}
