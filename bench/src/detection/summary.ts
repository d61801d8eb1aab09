import type { WatchRule } from "@qsc/contract";
import { JUDGES, type Judge, type Outcome } from "./watch.js";

/** What a judge did in all watches of a scenario. */
interface JudgeSummary {
  /** The share of watches that ended although nothing was wrong, or before it was. */
  readonly falseShare: number;
  /** The checks that ended those, most frequent first. */
  readonly falseChecks: readonly (readonly [check: string, share: number])[];
  /** The share of the other watches in which the fault was found. */
  readonly foundShare: number;
  /** Over those other watches; a fault that was not found counts as infinitely late. */
  readonly events: Delay;
  readonly seconds: Delay;
}

export interface Delay {
  readonly median: number;
  readonly p95: number;
}

export interface Summary {
  readonly watches: number;
  readonly judges: Readonly<Record<Judge, JudgeSummary>>;
  /** The share of watches that the rule did not end, but to which a check objects at their end. */
  readonly refusedShare: Readonly<Record<WatchRule, number>>;
  /** How many watches `strict` ended later than the runbook's rule. */
  readonly strictLater: number;
}

export function summarise(outcomes: readonly Outcome[]): Summary {
  return {
    watches: outcomes.length,
    judges: Object.fromEntries(JUDGES.map((judge) => [judge, ofJudge(outcomes, judge)])) as Record<Judge, JudgeSummary>,
    refusedShare: {
      strict: shareOf(outcomes, ({ refused }) => refused.strict),
      evidence: shareOf(outcomes, ({ refused }) => refused.evidence),
    },
    strictLater: outcomes.filter(
      ({ alarms: { strict, runbook } }) => runbook !== null && (strict === null || strict.second > runbook.second),
    ).length,
  };
}

function shareOf(outcomes: readonly Outcome[], is: (outcome: Outcome) => boolean): number {
  return outcomes.filter(is).length / outcomes.length;
}

function ofJudge(outcomes: readonly Outcome[], judge: Judge): JudgeSummary {
  const isEarly = ({ alarms, fault }: Outcome): boolean => {
    const alarm = alarms[judge];
    return alarm !== null && (fault === null || alarm.second < fault.second);
  };
  const early = outcomes.filter(isEarly);
  const others = outcomes.filter((outcome) => !isEarly(outcome) && outcome.fault !== null);
  const delays = others.map(({ alarms, fault }) => {
    const alarm = alarms[judge];
    if (alarm === null || fault === null) return { events: Infinity, seconds: Infinity };
    return { events: alarm.event - fault.event, seconds: alarm.second - fault.second };
  });
  return {
    falseShare: early.length / outcomes.length,
    falseChecks: tally(
      early.flatMap(({ alarms }) => alarms[judge]?.check ?? []),
      outcomes.length,
    ),
    foundShare: delays.filter(({ events }) => events < Infinity).length / others.length,
    events: delayOf(delays.map(({ events }) => events)),
    seconds: delayOf(delays.map(({ seconds }) => seconds)),
  };
}

function tally(names: readonly string[], of: number): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => [name, count / of] as const)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

function delayOf(values: readonly number[]): Delay {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (p: number): number => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95) };
}
