import { MAX_ID, MIN_ID, firstIdAt, lastIdAt, type EntryId, type WrittenTime } from "@qsc/contract";
import type { EventSource, IdRange } from "@qsc/stream-reader";
import { limitOf } from "@qsc/violations";
import type { ClockOffset } from "@qsc/violations";
import type { Setting } from "./setting.js";
import { requireSignatures } from "./require-signatures.js";
import { stateAndClock } from "./source-clock.js";

/** Which telemetry an operator asks to be judged. */
export interface WindowRequest {
  /** Events of this time and later: the cutover. Null: all there are. */
  readonly afterMs: number | null;
  /** Only this number of the newest entries; null: all. */
  readonly count: number | null;
  /** Judge as if it were this time; null: as of now, or of a journal's last event. */
  readonly asOf: WrittenTime | null;
}

/** A request made definite: its upper end is fixed, so that what arrives meanwhile changes nothing. */
export interface Window {
  readonly range: IdRange;
  /** What came before the cutover; null without one. */
  readonly before: IdRange | null;
  readonly count: number | null;
  /** How far the source's clock is from ours; null where it has none, or the time judged for is not now. */
  readonly sourceClockOffsetMs: ClockOffset | null;
}

/** Fixes the window: reads the source's state, and its clock. */
export async function fixWindow(
  source: EventSource,
  { afterMs, count, asOf }: WindowRequest,
  { policy, now }: Pick<Setting, "policy" | "now">,
): Promise<Window> {
  requireSignatures(source, policy);
  const limitMs = limitOf(policy, "clock_skew.ms");
  const { state, offset } = asOf === null ? await stateAndClock(source, { limitMs, now }) : { state: await source.state(), offset: null };
  // Not the newest entry that is there: one that was deleted after it belonged to the window.
  const to = asOf === null ? (state.endId ?? state.lastId ?? MAX_ID) : lastIdAt(asOf.lastMs);
  const from = afterMs === null ? MIN_ID : firstIdAt(afterMs);
  return {
    range: { from, to },
    before: afterMs === null || afterMs === 0 ? null : { from: MIN_ID, to: lastBefore(afterMs) },
    count,
    sourceClockOffsetMs: offset,
  };
}

/**
 * Since when decisions are expected: the cutover. Null without one, and where the count left earlier entries out, of which
 * nothing was read.
 */
export function sinceOf({ afterMs, count }: WindowRequest, read: number): number | null {
  return count === null || read < count ? afterMs : null;
}

function lastBefore(ms: number): EntryId {
  return lastIdAt(ms - 1);
}
