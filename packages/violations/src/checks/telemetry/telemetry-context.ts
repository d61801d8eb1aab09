import type { Policy } from "@qsc/contract";
import type { ShardSeen } from "../../cards/shard-tally.js";
import type { TelemetryCard } from "../../cards/telemetry-card.js";

/**
 * How far another clock is ahead of ours (negative: behind), in milliseconds. Only bounds are known: the answer took
 * some time to arrive, and the clock was read at some point in that time.
 */
export interface ClockOffset {
  readonly low: number;
  readonly high: number;
}

/** What is known of one shard of a stream. */
export interface ShardContext extends Omit<ShardSeen, "decisions"> {
  /** Its key. */
  readonly stream: string;
  /** Why it gives nothing; null if it is a stream. */
  readonly problem: "missing" | "wrong_type" | null;
  /** Since when its decisions are expected; null if that is not known. */
  readonly sinceMs: number | null;
  /** By how much an entry came too late to be read in the order of time, at most. */
  readonly lateMs: number;
}

/** What is known about the telemetry besides the events themselves. */
export interface TelemetryContext {
  /** The instant to judge for, in milliseconds since 1970. */
  readonly asOfMs: number;
  /** This host's clock, in milliseconds since 1970: no event may be later. */
  readonly nowMs: number;
  /**
   * The start of the judged range, such as the cutover: decisions are expected from then on. Null when no start is
   * known, or when only the newest events are judged.
   */
  readonly sinceMs: number | null;
  /**
   * Models that are expected to answer, besides those that do and those with a weight: the models from before the
   * cutover.
   */
  readonly expectedModels?: readonly string[];
  /** How far the clock of the source is from ours; null when it has none. */
  readonly sourceClockOffsetMs: ClockOffset | null;
  /** What was lost while reading, one sentence each. */
  readonly gaps: readonly string[];
  /** The shards that the stream was merged from; null or missing if it has none. */
  readonly shards?: readonly ShardContext[] | null;
  /** The minimum number of events, of the stream and of each model. */
  readonly minEvents: number;
  /** The weights that were activated, if known. */
  readonly expectedWeights?: Readonly<Record<string, number>>;
  /** The model that is judged as a shadow: the card was filled with decisions read by `asShadow`. Default: none. */
  readonly shadow?: string | null;
}

/** The input of a check of the telemetry. */
export interface Given {
  readonly card: TelemetryCard;
  readonly context: TelemetryContext;
  readonly policy: Policy;
}
