import type { CheckResult, ModelVerdict, WatchRule } from "@qsc/contract";
import { isBelow } from "@qsc/stats";
import { endsAtOnce, verdictOf, watchRoleOf, withoutImplied, type WatchRole } from "@qsc/violations";
import type { Look } from "./window.js";

type Counts = (check: CheckResult, events: number, minEvents: number) => boolean;

/** With fewer events a statistic says too little to end a watch by, and the watch is not over. */
const withEnough: Counts = (_check, events, minEvents) => events >= minEvents;

/** When a violation of a model's check ends a running watch, by its role. */
const COUNTS: Readonly<Record<WatchRole, Counts>> = {
  "at once": () => true,
  // How long a model has been silent is no statistic: too long is too long, however few events there are.
  "past its limit": (check, events, minEvents) =>
    (check.value !== null && check.limit !== null && check.value > check.limit) || withEnough(check, events, minEvents),
  "with enough decisions": withEnough,
  "once others have enough": (_check, events, minEvents) => events * (1 - MOST_MISSING) > minEvents,
  // What a watch does not judge stands in its way only where it is judged.
  "not yet": () => false,
  "not watched": withEnough,
};

/** What is the same over distinct decisions and over all entries. */
const NO_STATISTIC: ReadonlySet<WatchRole> = new Set<WatchRole>(["at once", "past its limit"]);
/** A model that is missing from more of the decisions than this has too few predictions for good. */
export const MOST_MISSING = 0.05;

/** What is wrong by now, a sentence each: any one of them ends the watch. */
export function violationsOf(
  { integrity, models, events, repeated }: Look,
  watched: readonly string[],
  minEvents: number,
  rule: WatchRule = "strict",
): readonly string[] {
  const telemetry = integrity.filter(({ id, status }) => status === "violation" && watchRoleOf("telemetry", id) !== "not yet").map(sentence);
  // Where nothing at all comes, that no model answers goes without saying.
  const named = models.map((model) => ({ ...model, checks: withoutImplied(model.checks, integrity) }));
  const most = repeated?.events ?? events;
  const missing = most >= minEvents ? watched.filter((name) => !models.some(({ model }) => model === name)) : [];
  return [
    ...telemetry,
    ...missing.map((model) => `${model}: insufficient_data: none of ${most} decisions names it`),
    ...named.flatMap((model) => violationsOfModel(model, events, minEvents, rule)),
    ...(repeated === null || events >= minEvents ? [] : ofAllEntries(repeated, minEvents, rule)),
  ];
}

/** Where repetitions leave few distinct decisions, all entries may still be enough: a frozen model says the same again and again. */
function ofAllEntries({ models, events }: NonNullable<Look["repeated"]>, minEvents: number, rule: WatchRule): readonly string[] {
  const statistics = models.map((verdict) => ({ ...verdict, checks: verdict.checks.filter(isStatistic) }));
  return statistics.flatMap((verdict) => violationsOfModel(verdict, events, minEvents, rule));
}

function isStatistic({ id }: CheckResult): boolean {
  return !NO_STATISTIC.has(watchRoleOf("model", id));
}

function violationsOfModel({ model, checks }: ModelVerdict, events: number, minEvents: number, rule: WatchRule): readonly string[] {
  const counts = (check: CheckResult): boolean => COUNTS[watchRoleOf("model", check.id)](check, events, minEvents);
  return checks.filter((check) => check.status === "violation" && counts(check) && endsAtOnce(rule, check)).map((check) => `${model}: ${sentence(check)}`);
}

/** Why the end of a watch proves nothing, a sentence each; empty where everything is proven. */
export function unprovenOf({ integrity, models, events, repeated }: Look, watched: readonly string[], minEvents: number): readonly string[] {
  const telemetry = verdictOf(integrity) === "pass" ? [] : integrity.filter(({ status, waived }) => status !== "pass" && !waived).map(sentence);
  const open = watched.flatMap((name) => {
    const verdict = models.find(({ model }) => model === name);
    if (verdict === undefined) return [`${name}: none of ${events} decisions names it`];
    return verdict.verdict === "pass" ? [] : [`${name}: ${verdict.reasons.join("; ")}`];
  });
  const isShort = isBelow(events, minEvents);
  const few = isShort ? [`the watch ends with ${events} decisions; at least ${minEvents} are needed${crowdedOut(events, minEvents, repeated)}`] : [];
  return [...new Set([...few, ...telemetry, ...open])];
}

/** Where repetitions take the place of decisions in the window, a larger one helps. */
function crowdedOut(events: number, minEvents: number, repeated: Look["repeated"]): string {
  if (repeated === null || repeated.events < minEvents) return "";
  return `: ${repeated.events - events} of the newest ${repeated.events} entries repeat a decision, and a larger --window would hold more of the others`;
}

function sentence({ id, reason }: CheckResult): string {
  return `${id}: ${reason}`;
}
