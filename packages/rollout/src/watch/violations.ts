import type { CheckResult, ModelVerdict, WatchRule } from "@qsc/contract";
import { isBelow } from "@qsc/stats";
import { endsAtOnce, verdictOf } from "@qsc/violations";
import type { Look } from "./window.js";

/** Checks that one event can violate, and no number of others mends. */
const AT_ONCE = new Set(["invalid_confidence", "unknown_label", "mixed_artifact"]);
const SILENCE = new Set(["model_silence"]);
/** What is the same over distinct decisions and over all entries. */
const NO_STATISTIC = new Set([...AT_ONCE, ...SILENCE]);
/** A model that is missing from more of the decisions than this has too few predictions for good. */
export const MOST_MISSING = 0.05;

/** What is wrong by now, a sentence each: any one of them ends the watch. */
export function violationsOf(
  { integrity, models, events, repeated }: Look,
  watched: readonly string[],
  minEvents: number,
  rule: WatchRule = "strict",
): readonly string[] {
  const telemetry = integrity.filter(({ id, status }) => status === "violation" && id !== "insufficient_data").map(sentence);
  // Where nothing at all comes, that no model answers goes without saying.
  const isSilent = integrity.some(({ id, status }) => id === "telemetry_silence" && status === "violation");
  const named = isSilent ? models.map((model) => without(model, SILENCE)) : models;
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
  const statistics = models.map((verdict) => without(verdict, NO_STATISTIC));
  return statistics.flatMap((verdict) => violationsOfModel(verdict, events, minEvents, rule));
}

function without(verdict: ModelVerdict, ids: ReadonlySet<string>): ModelVerdict {
  return { ...verdict, checks: verdict.checks.filter(({ id }) => !ids.has(id)) };
}

function violationsOfModel({ model, checks }: ModelVerdict, events: number, minEvents: number, rule: WatchRule): readonly string[] {
  const counts = ({ id, value, limit }: CheckResult): boolean => {
    if (AT_ONCE.has(id)) return true;
    // How long a model has been silent is no statistic: too long is too long, however few events there are.
    if (SILENCE.has(id) && value !== null && limit !== null && value > limit) return true;
    // With fewer events a statistic says too little to end a watch by, and the watch is not over.
    return id === "insufficient_data" ? events * (1 - MOST_MISSING) > minEvents : events >= minEvents;
  };
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
