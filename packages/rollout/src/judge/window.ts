import { availableParallelism } from "node:os";
import { MAX_ID, MIN_ID, firstIdAt, lastIdAt, type EntryId, type WrittenTime } from "@qsc/contract";
import type { EventSource, IdRange } from "@qsc/stream-reader";
import { limitOf } from "@qsc/violations";
import type { ClockOffset } from "@qsc/violations";
import type { JudgementContext } from "./context.js";
import { threadReaders, type PartReaders } from "./parts.js";
import { requireSignatures } from "./require-signatures.js";
import { stateAndClock } from "./source-clock.js";

/** Which telemetry the operator wants judged. */
export interface WindowRequest {
  /** Events from this time on: the cutover. Null: all events. */
  readonly afterMs: number | null;
  /** Only this number of the newest entries; null: all. */
  readonly count: number | null;
  /** Judge as if it were this time. Null: now, or the time of an event log's last event. */
  readonly asOf: WrittenTime | null;
  /**
   * How many threads read a range of 20,000 entries or more, from 1 to 64. Default: one for each processor, at most 8, from
   * 200,000 entries on. A `count`, and the features of `featureSanity`, are read by one. Changes nothing in a document.
   */
  readonly threads?: number;
  /** Who else reads a long range, instead of threads. Changes nothing in a document either. */
  readonly readers?: PartReaders;
}

/** From here on several threads are not much slower than one, so that a person's wish is obeyed. */
const LEAST_ASKED = 20_000;
/** A Redis answers one question at a time, and each thread needs some 40 MB: more than eight are for a person to ask for. */
const BY_ITSELF: PartReaders = threadReaders(Math.min(8, availableParallelism()));

/** A request with a fixed upper end, so that entries that arrive in the meantime change nothing. */
export interface Window {
  readonly range: IdRange;
  /** What came before the cutover; null without one. */
  readonly before: IdRange | null;
  readonly count: number | null;
  readonly readers: PartReaders;
  /** The offset of the source's clock from ours; null if it has no clock, or the judgement is not for now. */
  readonly sourceClockOffsetMs: ClockOffset | null;
}

/** Fixes the window: reads the state of the source, and its clock. */
export async function fixWindow(
  source: EventSource,
  { afterMs, count, asOf, threads, readers }: WindowRequest,
  { policy, now }: Pick<JudgementContext, "policy" | "now">,
): Promise<Window> {
  requireSignatures(source, policy);
  const limitMs = limitOf(policy, "clock_skew.ms");
  const { state, offset } =
    asOf === null ? await stateAndClock(source, { limitMs, now }) : { state: await source.state(), offset: null };
  // Not the newest existing entry: one that was deleted after it also belongs to the window.
  const to = asOf === null ? (state.boundId ?? state.endId ?? state.lastId ?? MAX_ID) : lastIdAt(asOf.lastMs);
  const from = afterMs === null ? MIN_ID : firstIdAt(afterMs);
  return {
    range: { from, to },
    before: afterMs === null || afterMs === 0 ? null : { from: MIN_ID, to: lastBefore(afterMs) },
    count,
    readers: readers ?? (threads === undefined ? BY_ITSELF : threadReaders(threads, LEAST_ASKED)),
    sourceClockOffsetMs: offset,
  };
}

/**
 * Since when decisions are expected: the cutover. Null without one, or if the count left out earlier entries, which
 * were not read.
 */
export function sinceOf({ afterMs, count }: WindowRequest, read: number): number | null {
  return count === null || read < count ? afterMs : null;
}

function lastBefore(ms: number): EntryId {
  return lastIdAt(ms - 1);
}
