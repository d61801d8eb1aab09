import {
  describeDuration,
  type CanaryState,
  type SourceMark,
  type WatchProgress,
  type WatchStamp,
} from "@qsc/contract";
import { LONGEST_SILENCE_SECONDS } from "../operation/bounds.js";
import type { WatchDecision, WatchEvent } from "./events.js";
import { withMoment } from "./history.js";
import { isSilent } from "./lease-rule.js";
import { silenceMs, watchedAt } from "../canary/watched-time.js";

/** How often the state, the dead-man and the lease are checked, and the state is written, in milliseconds. */
export const TICK_MS = 5000;

/** A live canary. */
export type Watched = Extract<CanaryState, { readonly phase: "canary" | "eligible" | "promoted" }>;

/** The request for a watch, and what it knows about its canary. */
export interface WatchRules {
  /** The longest time between two judgements, in milliseconds. */
  readonly intervalMs: number;
  /** Whether the watch continues once the canary is eligible; otherwise one that begins then ends with its first judgement. */
  readonly stay: boolean;
  /** Whether the canary has the whole vote: then it is promoted at the end, not eligible. */
  readonly hasWholeVote: boolean;
}

/** The state of a watch. A value: every event makes a new one. */
export interface WatchState {
  readonly phase: Watched["phase"];
  readonly progress: WatchProgress;
  /** Why the telemetry cannot be read; null while it can. */
  readonly outage: string | null;
  /** Whether this run has judged the canary: a start alone grants nothing. */
  readonly hasJudged: boolean;
  /** When this run last wrote the state, by a clock that never jumps; a restart reads later entries again. */
  readonly rememberedMs: number;
  /** Why the end of the watch would prove nothing, as of the last judgement of this run. */
  readonly unproven: readonly string[];
  /** The current turn. */
  readonly turn: Turn;
}

/** One turn: from one reading to the next. */
interface Turn {
  readonly now: WatchStamp;
  /** Whether the canary is judged in this turn. */
  readonly isDue: boolean;
  /** Whether the time of the watch is over. */
  readonly isOver: boolean;
}

/** A state and what follows from it. */
export interface Step {
  readonly state: WatchState;
  readonly decision: WatchDecision;
}

/** The state at the start of a run, which has judged nothing yet. */
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
 * The whole logic of a watch: how an event changes its state, and what to do next. Pure. One turn is
 *
 *     read -> [judge] -> guard -> [remember] -> renew -> report -> [reach -> [announce]] -> read
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
      // Before the lease: a judgement that a restart would not know of must not extend it, if the state can be written
      // at all.
      return { state, decision: { kind: shouldRemember(state) ? "remember" : "renew" } };
    case "remembered":
      return { state: { ...state, rememberedMs: event.atMs }, decision: { kind: "renew" } };
    case "renewed":
      return event.held ? { state, decision: { kind: "report" } } : violated(state, [lapsed(state)]);
    case "reported":
      return afterReporting(state, rules);
    case "reached":
      return afterReaching(state, event.what, rules);
    // The turn has already been reported: this report is about the new phase, after which there is nothing left to
    // reach.
    case "announced":
      return { state, decision: { kind: "report" } };
    case "broken":
      return violated(state, [event.detail]);
    case "interrupted":
      return { state, decision: { kind: "end", end: { kind: "interrupted" } } };
    case "left":
      return left(state, event.detail);
    case "raised":
      if (state.phase !== "eligible") return left(state, event.detail);
      return { state, decision: { kind: "end", end: { kind: "passed_on", share: event.share } } };
  }
}

type Happened<Kind extends WatchEvent["kind"]> = Extract<WatchEvent, { readonly kind: Kind }>;

function afterReading(before: WatchState, event: Happened<"read">, { intervalMs }: WatchRules): Step {
  const { now, hasNews, caughtUp, outage, leaseRuns } = event;
  const progress = counted(before.progress, event);
  const silence = silenceMs(progress, now);
  const isOver = watchedAt(progress, now) >= progress.durationMs;
  // Part of the telemetry must not be judged as if it were all.
  const canJudge = caughtUp && outage === null;
  const isDue = canJudge && (hasNews || isOver || !before.hasJudged || (silence ?? Infinity) >= intervalMs);
  const state = { ...before, progress, outage, turn: { now, isDue, isOver } };
  if (event.violations.length > 0) return violated(state, event.violations);
  const stopped = stoodStill(state, silence, leaseRuns);
  if (stopped !== null) return violated(state, [stopped]);
  return { state, decision: { kind: isDue ? "judge" : "guard" } };
}

function counted(progress: WatchProgress, { cursor, counted, mark }: Happened<"read">): WatchProgress {
  const taken = counted === 0 ? progress : { ...progress, cursor, events: progress.events + counted };
  const next: WatchProgress & { mark?: SourceMark } = { ...taken };
  // Only together with its own entry: the mark of another is useless.
  delete next.mark;
  return mark !== null && mark.id === next.cursor ? { ...next, mark } : next;
}

function afterJudging(before: WatchState, { at, violations, unproven, worst, seen }: Happened<"judged">): Step {
  const { now } = before.turn;
  const watchedMs = watchedAt(before.progress, now);
  const progress = {
    ...before.progress,
    watchedMs,
    history: withMoment(before.progress, { at, watchedMs, ...seen }, violations.length > 0),
    stamp: now,
    judgements: before.progress.judgements + 1,
    lastJudgedAt: at,
    worst,
  };
  const state = { ...before, progress, hasJudged: true, unproven };
  return violations.length > 0 ? violated(state, violations) : { state, decision: { kind: "guard" } };
}

function afterReporting(state: WatchState, { hasWholeVote, stay }: WatchRules): Step {
  const { isDue, isOver } = state.turn;
  // An earlier run made it so: what was proven then stays proven, and this judgement has found nothing against it.
  if (isDue && state.phase === "eligible" && !stay) return { state, decision: { kind: "reach", phase: "eligible" } };
  if (!(isDue && isOver && state.phase === "canary")) return { state, decision: { kind: "read" } };
  if (state.unproven.length > 0) return violated(state, state.unproven);
  return { state, decision: { kind: "reach", phase: hasWholeVote ? "promoted" : "eligible" } };
}

function afterReaching(before: WatchState, what: Happened<"reached">["what"], { stay }: WatchRules): Step {
  // Another command is acting now: the next reading shows what it did.
  if (what === "busy") return { state: before, decision: { kind: "read" } };
  if (what === "lapsed") return violated(before, [lapsed(before)]);
  const state = { ...before, phase: what };
  if (what === "eligible" && stay) return { state, decision: { kind: "announce" } };
  return { state, decision: { kind: "end", end: { kind: what } } };
}

function shouldRemember({ turn: { isDue, now }, rememberedMs }: WatchState): boolean {
  return isDue && now.monotonicMs - rememberedMs >= TICK_MS;
}

/**
 * The violation of a watch that has not judged for too long, or whose lease ran out while it was not running; otherwise
 * null. A run that has not judged yet relies on the lease alone: it never lasts longer than the silence allowed, and it
 * exists even if no state can be written.
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

/** The violation of a watch that came too late to renew its lease. */
export function lapsed({ outage }: Pick<WatchState, "outage">): string {
  return `watch: the lease ran out before the canary was judged again${outage === null ? "" : `: ${outage}`}`;
}

function left(state: WatchState, detail: string): Step {
  return { state, decision: { kind: "end", end: { kind: "left", detail } } };
}

function violated(state: WatchState, violations: readonly string[]): Step {
  return { state, decision: { kind: "end", end: { kind: "violation", violations } } };
}
