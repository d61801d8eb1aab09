import {
  describeDuration,
  type CanaryState,
  type SourceMark,
  type WatchProgress,
  type WatchStamp,
  type WorstMargin,
} from "@qsc/contract";
import { LONGEST_SILENCE_SECONDS } from "../canary/bounds.js";
import { isSilent } from "./lease-rule.js";
import { silenceMs, watchedAt } from "./watched-time.js";

/** How often the state, the dead-man and the lease are looked at, and the state is written, in milliseconds. */
export const TICK_MS = 5000;

/** A canary that lives. */
export type Watched = Extract<CanaryState, { readonly phase: "canary" | "eligible" | "promoted" }>;

/** What a watch is asked for, and what it is asked about. */
export interface WatchRules {
  /** The longest time between two judgements, in milliseconds. */
  readonly intervalMs: number;
  /** Whether the watch continues once the canary is eligible. */
  readonly stay: boolean;
  /** Whether the canary has the whole vote: then it is promoted at the end, not eligible. */
  readonly hasWholeVote: boolean;
}

/** Where a watch is. A value: every event makes a new one. */
export interface WatchState {
  readonly phase: Watched["phase"];
  readonly progress: WatchProgress;
  /** Why the telemetry cannot be read; null while it can. */
  readonly outage: string | null;
  /** Whether this run has judged the canary: a start grants nothing. */
  readonly hasJudged: boolean;
  /** When this run last wrote the state, by the clock that never jumps; a restart reads what came after it once more. */
  readonly rememberedMs: number;
  /** Why the end of the watch would prove nothing, as of the last judgement of this run. */
  readonly unproven: readonly string[];
  /** The turn that is being taken. */
  readonly turn: Turn;
}

/** One turn: from what was read to the next reading. */
interface Turn {
  readonly now: WatchStamp;
  /** Whether the canary is judged in this turn. */
  readonly isDue: boolean;
  /** Whether the time of the watch is over. */
  readonly isOver: boolean;
}

/** How a watch ends. */
export type WatchEnd =
  | { readonly kind: "violation"; readonly violations: readonly string[] }
  | { readonly kind: "eligible" | "promoted" | "interrupted" }
  /** Another command has acted on the canary. */
  | { readonly kind: "left"; readonly detail: string };

/** What has happened. Whatever takes time or touches the world is in one of these. */
export type WatchEvent =
  | {
      readonly kind: "read";
      /** When, after all of it was taken in. */
      readonly now: WatchStamp;
      /** The newest entry that this watch has taken by now; null before the first. */
      readonly cursor: string | null;
      /** How many entries are new since the last reading: counted by no run before. */
      readonly counted: number;
      /** How the source was seen at its newest entry. */
      readonly mark: SourceMark | null;
      readonly hasNews: boolean;
      /** Whether everything that there is has been read. */
      readonly caughtUp: boolean;
      readonly outage: string | null;
      /** Whether the lease still runs. */
      readonly leaseRuns: boolean;
    }
  | {
      readonly kind: "judged";
      /** When, as an ISO 8601 time. */
      readonly at: string;
      readonly violations: readonly string[];
      readonly unproven: readonly string[];
      readonly worst: readonly WorstMargin[];
    }
  /** Whether a rollback could still be made: the violation where not. */
  | { readonly kind: "guarded"; readonly violation: string | null }
  | { readonly kind: "remembered"; readonly atMs: number }
  /** Whether the lease was renewed, or needed no renewal. */
  | { readonly kind: "renewed"; readonly held: boolean }
  | { readonly kind: "reported" }
  /** What came of the end of the watch; `busy` where another command acts just now. */
  | { readonly kind: "reached"; readonly what: "eligible" | "promoted" | "lapsed" | "busy" }
  | { readonly kind: "interrupted" }
  | { readonly kind: "left"; readonly detail: string }
  /** The state file says something that cannot be relied on. */
  | { readonly kind: "broken"; readonly detail: string };

/** What is to be done next. Each is answered by one event. */
export type WatchDecision =
  /** Read on; answered by `read`, `interrupted`, `left` or `broken`. */
  | { readonly kind: "read" }
  /** Judge the newest decisions; answered by `judged`. */
  | { readonly kind: "judge" }
  /** Ask whether a rollback could still be made; answered by `guarded`. */
  | { readonly kind: "guard" }
  /** Write the state; answered by `remembered`. */
  | { readonly kind: "remember" }
  /** Renew the lease as far as the last judgement allows; answered by `renewed`. */
  | { readonly kind: "renew" }
  /** Say how the watch stands; answered by `reported`. */
  | { readonly kind: "report" }
  /** Make the canary eligible, or let it arrive; answered by `reached`. */
  | { readonly kind: "reach"; readonly phase: "eligible" | "promoted" }
  | { readonly kind: "end"; readonly end: WatchEnd };

/** A state and what follows from it. */
export interface Step {
  readonly state: WatchState;
  readonly decision: WatchDecision;
}

/** The state that a run of a watch begins with: nothing is judged yet, by this run. */
export function begin(phase: Watched["phase"], progress: WatchProgress): WatchState {
  const now = { boot: "", monotonicMs: 0, uptimeMs: 0 };
  return {
    phase,
    progress,
    outage: null,
    hasJudged: false,
    rememberedMs: Number.NEGATIVE_INFINITY,
    unproven: ["the watch ends without a judgement"],
    turn: { now, isDue: false, isOver: false },
  };
}

/**
 * The whole logic of a watch: what an event makes of its state, and what is to be done next. Pure. One turn is
 *
 *     read -> [judge] -> guard -> [remember] -> renew -> report -> [reach] -> read
 *
 * and ends at the first violation, wherever it comes.
 */
export function reduce(state: WatchState, event: WatchEvent, rules: WatchRules): Step {
  switch (event.kind) {
    case "read":
      return afterReading(state, event, rules);
    case "judged":
      return afterJudging(state, event);
    case "guarded":
      if (event.violation !== null) return violated(state, [event.violation]);
      // Before the lease: what a restart does not know of has given the canary no time, where it can be written at all.
      return { state, decision: { kind: shouldRemember(state) ? "remember" : "renew" } };
    case "remembered":
      return { state: { ...state, rememberedMs: event.atMs }, decision: { kind: "renew" } };
    case "renewed":
      return event.held ? { state, decision: { kind: "report" } } : violated(state, [lapsed(state)]);
    case "reported":
      return afterReporting(state, rules);
    case "reached":
      return afterReaching(state, event.what, rules);
    case "broken":
      return violated(state, [event.detail]);
    case "interrupted":
      return { state, decision: { kind: "end", end: { kind: "interrupted" } } };
    case "left":
      return { state, decision: { kind: "end", end: { kind: "left", detail: event.detail } } };
  }
}

type Happened<Kind extends WatchEvent["kind"]> = Extract<WatchEvent, { readonly kind: Kind }>;

function afterReading(before: WatchState, event: Happened<"read">, { intervalMs }: WatchRules): Step {
  const { now, hasNews, caughtUp, outage, leaseRuns } = event;
  const progress = counted(before.progress, event);
  const silence = silenceMs(progress, now);
  const isOver = watchedAt(progress, now) >= progress.durationMs;
  // Half of the telemetry would be judged as the whole.
  const canJudge = caughtUp && outage === null;
  const isDue = canJudge && (hasNews || isOver || !before.hasJudged || (silence ?? Infinity) >= intervalMs);
  const state = { ...before, progress, outage, turn: { now, isDue, isOver } };
  const stopped = stoodStill(state, silence, leaseRuns);
  if (stopped !== null) return violated(state, [stopped]);
  return { state, decision: { kind: isDue ? "judge" : "guard" } };
}

function counted(progress: WatchProgress, { cursor, counted, mark }: Happened<"read">): WatchProgress {
  const taken = counted === 0 ? progress : { ...progress, cursor, events: progress.events + counted };
  const next: WatchProgress & { mark?: SourceMark } = { ...taken };
  // Only with the entry that it goes with: a mark of another is worth nothing.
  delete next.mark;
  return mark !== null && mark.id === next.cursor ? { ...next, mark } : next;
}

function afterJudging(before: WatchState, { at, violations, unproven, worst }: Happened<"judged">): Step {
  const { now } = before.turn;
  const progress = {
    ...before.progress,
    watchedMs: watchedAt(before.progress, now),
    stamp: now,
    judgements: before.progress.judgements + 1,
    lastJudgedAt: at,
    worst,
  };
  const state = { ...before, progress, hasJudged: true, unproven };
  return violations.length > 0 ? violated(state, violations) : { state, decision: { kind: "guard" } };
}

function afterReporting(state: WatchState, { hasWholeVote }: WatchRules): Step {
  const { isDue, isOver } = state.turn;
  if (!(isDue && isOver && state.phase === "canary")) return { state, decision: { kind: "read" } };
  if (state.unproven.length > 0) return violated(state, state.unproven);
  return { state, decision: { kind: "reach", phase: hasWholeVote ? "promoted" : "eligible" } };
}

function afterReaching(before: WatchState, what: Happened<"reached">["what"], { stay }: WatchRules): Step {
  // Another command acts just now: the next reading tells what came of it.
  if (what === "busy") return { state: before, decision: { kind: "read" } };
  if (what === "lapsed") return violated(before, [lapsed(before)]);
  const state = { ...before, phase: what };
  // The turn has been reported before: this one is of the new phase, after which there is nothing left to reach.
  if (what === "eligible" && stay) return { state, decision: { kind: "report" } };
  return { state, decision: { kind: "end", end: { kind: what } } };
}

function shouldRemember({ turn: { isDue, now }, rememberedMs }: WatchState): boolean {
  return isDue && now.monotonicMs - rememberedMs >= TICK_MS;
}

/**
 * The violation of a watch that has not judged for too long, or was not there when its lease ran out; else null. Of a
 * run that has not judged yet the lease alone tells: it never runs longer, and it is there where no state can be written.
 */
function stoodStill(state: WatchState, silence: number | null, leaseRuns: boolean): string | null {
  const { outage, hasJudged } = state;
  const isTooLong = isSilent(silence);
  if (leaseRuns && !(isTooLong && hasJudged)) return null;
  return isTooLong && outage !== null ? unread(outage) : lapsed(state);
}

function unread(outage: string): string {
  return `source: the telemetry could not be read for ${describeDuration(LONGEST_SILENCE_SECONDS * 1000)}: ${outage}`;
}

function lapsed({ outage }: WatchState): string {
  return `watch: the lease ran out before the canary was judged again${outage === null ? "" : `: ${outage}`}`;
}

function violated(state: WatchState, violations: readonly string[]): Step {
  return { state, decision: { kind: "end", end: { kind: "violation", violations } } };
}
