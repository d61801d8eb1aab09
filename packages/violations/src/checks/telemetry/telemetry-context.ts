import type { Policy } from "@qsc/contract";
import type { TelemetryCard } from "../../cards/telemetry-card.js";

/**
 * How far another clock is ahead of ours (behind: below 0), in milliseconds, as far as that can be told: its answer was
 * on its way for some time, and it was read somewhere in between.
 */
export interface ClockOffset {
  readonly low: number;
  readonly high: number;
}

/** What is known of the telemetry besides the events themselves. */
export interface TelemetryContext {
  /** The instant that is judged for, in milliseconds since 1970. */
  readonly asOfMs: number;
  /** This host's clock, in milliseconds since 1970: no event may be later. */
  readonly nowMs: number;
  /**
   * The beginning of what is judged, such as the cutover: from there on decisions are expected. Null where nothing is known to
   * have begun, or only the newest of what came after it are judged.
   */
  readonly sinceMs: number | null;
  /** Models that are expected to answer, beside those that do and those with a weight: what was there before the cutover. */
  readonly expectedModels?: readonly string[];
  /** How far the clock of the source is from ours; null where it has none. */
  readonly sourceClockOffsetMs: ClockOffset | null;
  /** What was lost under the reader, a sentence each. */
  readonly gaps: readonly string[];
  /** The fewest events, of the stream and of each model. */
  readonly minEvents: number;
  /** The weights that were activated, where they are known. */
  readonly expectedWeights?: Readonly<Record<string, number>>;
}

/** What a check of the telemetry looks at. */
export interface Given {
  readonly card: TelemetryCard;
  readonly context: TelemetryContext;
  readonly policy: Policy;
}
