import type { CheckResult, ModelVerdict, WatchRule } from "@qsc/contract";
import { isBelow } from "@qsc/stats";
import { endsAtOnce, verdictOf, watchRoleOf, withoutImplied, type WatchRole } from "@qsc/violations";
import { MOST_MISSING } from "../canary/window-size.js";
import type { WindowJudgement } from "./window.js";

/** Which violations of a model end a running watch. */
export interface WatchEnds {
  readonly rule: WatchRule;
  /** For each model the limits, as `<check>.<measure>`, that the evidence sees in time: only these may wait for it. */
  readonly seen: ReadonlyMap<string, ReadonlySet<string>>;
}

type Counts = (check: CheckResult, events: number, minEvents: number) => boolean;

/** With fewer events a statistic says too little to end a watch, which still has time. */
const withEnough: Counts = (_check, events, minEvents) => events >= minEvents;

/** When a violation of a model's check ends a running watch, by the check's role. */
const COUNTS: Readonly<Record<WatchRole, Counts>> = {
  "at once": () => true,
  // How long a model has been silent is not a statistic: too long is too long, however few events there are.
  "past its limit": (check, events, minEvents) =>
    (check.value !== null && check.limit !== null && check.value > check.limit) || withEnough(check, events, minEvents),
  "with enough decisions": withEnough,
  "once others have enough": (_check, events, minEvents) => events * (1 - MOST_MISSING) > minEvents,
  // A check that a watch does not judge matters only at the end.
  "not yet": () => false,
  "not watched": withEnough,
};

/** Roles of checks that give the same answer over distinct decisions and over all entries. */
const NO_STATISTIC: ReadonlySet<WatchRole> = new Set<WatchRole>(["at once", "past its limit"]);

/** What is wrong now, one sentence each: any one of them ends the watch. */
export function violationsOf(
  { integrity, models, events, repeated }: WindowJudgement,
  watched: readonly string[],
  minEvents: number,
  ends: WatchEnds,
): readonly string[] {
  const telemetry = integrity
    .filter(({ id, status }) => status === "violation" && watchRoleOf("telemetry", id) !== "not yet")
    .map(sentence);
  // If nothing at all arrives, it is obvious that no model answers.
  const named = models.map((model) => ({ ...model, checks: withoutImplied(model.checks, integrity) }));
  const most = repeated?.events ?? events;
  const missing = most >= minEvents ? watched.filter((name) => !models.some(({ model }) => model === name)) : [];
  return [
    ...telemetry,
    ...missing.map((model) => `${model}: insufficient_data: none of ${most} decisions names it`),
    ...named.flatMap((model) => violationsOfModel(model, events, minEvents, ends)),
    ...(repeated === null || events >= minEvents ? [] : ofAllEntries(repeated, minEvents, ends)),
  ];
}

/** If repetitions leave few distinct decisions, all entries may still be enough: a frozen model repeats itself. */
function ofAllEntries(
  { models, events }: NonNullable<WindowJudgement["repeated"]>,
  minEvents: number,
  ends: WatchEnds,
): readonly string[] {
  const statistics = models.map((verdict) => ({ ...verdict, checks: verdict.checks.filter(isStatistic) }));
  return statistics.flatMap((verdict) => violationsOfModel(verdict, events, minEvents, ends));
}

function isStatistic({ id }: CheckResult): boolean {
  return !NO_STATISTIC.has(watchRoleOf("model", id));
}

function violationsOfModel(
  { model, checks }: ModelVerdict,
  events: number,
  minEvents: number,
  { rule, seen }: WatchEnds,
): readonly string[] {
  const seenOfModel = seen.get(model) ?? new Set<string>();
  const counts = (check: CheckResult): boolean => COUNTS[watchRoleOf("model", check.id)](check, events, minEvents);
  return checks
    .filter((check) => check.status === "violation" && counts(check) && endsAtOnce(rule, check, seenOfModel))
    .map((check) => `${model}: ${sentence(check)}`);
}

/** Why the end of a watch proves nothing, one sentence each; empty if everything is proven. */
export function unprovenOf(
  { integrity, models, events, repeated }: WindowJudgement,
  watched: readonly string[],
  minEvents: number,
): readonly string[] {
  const telemetry =
    verdictOf(integrity) === "pass"
      ? []
      : integrity.filter(({ status, waived }) => status !== "pass" && !waived).map(sentence);
  const open = watched.flatMap((name) => {
    const verdict = models.find(({ model }) => model === name);
    if (verdict === undefined) return [`${name}: none of ${events} decisions names it`];
    return verdict.verdict === "pass" ? [] : [`${name}: ${verdict.reasons.join("; ")}`];
  });
  const isShort = isBelow(events, minEvents);
  const few = isShort
    ? [
        `the watch ends with ${events} decisions; at least ${minEvents} are needed${crowdedOut(events, minEvents, repeated)}`,
      ]
    : [];
  return [...new Set([...few, ...telemetry, ...open])];
}

/** If repetitions take the place of decisions in the window, a larger one helps. */
function crowdedOut(events: number, minEvents: number, repeated: WindowJudgement["repeated"]): string {
  if (repeated === null || repeated.events < minEvents) return "";
  return `: ${repeated.events - events} of the newest ${repeated.events} entries repeat a decision, and a larger --window would hold more of the others`;
}

function sentence({ id, reason }: CheckResult): string {
  return `${id}: ${reason}`;
}
