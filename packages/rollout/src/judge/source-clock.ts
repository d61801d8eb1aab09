import type { ClockReading, EventSource, SourceState } from "@qsc/stream-reader";
import { judgeClock, type ClockOffset } from "@qsc/violations";

/** How often a source is asked again if its answer took too long to be of use. */
const MORE_QUESTIONS = 2;

export interface ClockQuestion {
  /** The greatest offset allowed, in milliseconds. */
  readonly limitMs: number;
  /** This host's clock. */
  readonly now: () => number;
}

/**
 * The state of a source, and the offset of its clock from ours: null if it has no clock. The delay of an answer widens
 * the bounds: if it took too long to be of use, the source is asked again, and the narrowest bounds count.
 */
export async function stateAndClock(
  source: EventSource,
  { limitMs, now }: ClockQuestion,
): Promise<{ readonly state: SourceState; readonly offset: ClockOffset | null }> {
  const state = await source.state();
  let offset = offsetOf(state.clock, now());
  for (let more = 0; more < MORE_QUESTIONS && offset !== null && judgeClock(offset, limitMs) === "unknown"; more += 1) {
    const { clock } = await source.state();
    offset = closer(offset, offsetOf(clock, now()));
  }
  return { state, offset };
}

function offsetOf(clock: ClockReading | null, nowMs: number): ClockOffset | null {
  return clock === null ? null : { low: clock.lowMs - nowMs, high: clock.highMs - nowMs };
}

function closer(one: ClockOffset, other: ClockOffset | null): ClockOffset {
  return other !== null && other.high - other.low < one.high - one.low ? other : one;
}
