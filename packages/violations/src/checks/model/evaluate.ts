import type { CheckResult, CheckStatus, ConditionResult, Policy } from "@qsc/contract";
import { isAbove, isBelow } from "@qsc/stats";
import { type Measured, type ModelEvidence, MEASURES } from "./measures.js";
import { isMet } from "./needs.js";
import { limitOf } from "../../policy/limit-of.js";
import { limitKey, type Comparing, type LimitKey } from "../registry.js";
import { digitsFor, say } from "../words.js";

/** Judges a check that compares measures on one model's evidence. */
export function evaluate(
  check: Comparing,
  evidence: ModelEvidence,
  limits: Policy["limits"],
  waiveUnknown = false,
): CheckResult {
  const outcomes = check.anyOf
    .filter((condition) => applies(condition, evidence))
    .map((condition) => compare(limitKey(check, condition), condition, evidence, limits));
  const decisive = outcomes.reduce((a, b) => (severity(b) > severity(a) ? b : a));
  const { status, value, limit, interval } = decisive.result;
  return {
    id: check.id,
    status,
    value,
    limit,
    n: decisive.measured.n,
    interval,
    reason: sentence(decisive),
    waived: waiveUnknown && status === "unknown",
    conditions: outcomes.map(({ result }) => result),
  };
}

/** Whether `value` is on the wrong side of `limit`. */
function isBeyond(value: number, violatedWhen: "below" | "above", limit: number): boolean {
  return violatedWhen === "below" ? isBelow(value, limit) : isAbove(value, limit);
}

type Condition = Comparing["anyOf"][number];

interface Outcome {
  readonly condition: Condition;
  readonly measured: Measured;
  readonly result: ConditionResult;
}

function applies({ needs }: Condition, { baseline, labels }: ModelEvidence): boolean {
  return needs === undefined || isMet(needs, baseline, labels);
}

function compare(key: LimitKey, condition: Condition, evidence: ModelEvidence, limits: Policy["limits"]): Outcome {
  const { measure, violatedWhen } = condition;
  const measured = MEASURES[measure].take(evidence);
  const limit = limitOf({ limits }, key);
  const status = statusOf(measured, violatedWhen, limit);
  const { value, worst, interval } = measured;
  return {
    condition,
    measured,
    result: { measure, status, value, worst, violatedWhen, limit, interval },
  };
}

function statusOf({ value, worst }: Measured, violatedWhen: "below" | "above", limit: number): CheckStatus {
  if (value === null || worst === null) return "unknown";
  const violated = isBeyond(value, violatedWhen, limit) || isBeyond(worst, violatedWhen, limit);
  return violated ? "violation" : "pass";
}

/** A violation decides before an unknown, and an unknown before a pass; between equals the earlier condition. */
function severity({ result }: Outcome): number {
  return { pass: 0, unknown: 1, violation: 2 }[result.status];
}

function sentence({ condition, measured, result }: Outcome): string {
  const { subject, unit, basis } = MEASURES[condition.measure];
  const name = subject.replace("{of}", () => measured.of ?? "the largest label");
  if (result.value === null) return `${name} is unknown: no ${basis} to measure`;
  const more = digitsFor([result.value, result.worst], result.limit ?? Number.NaN, unit);
  const told = (number: number | null): string => say(number, unit, more);
  const found = `${name} is ${told(result.value)} of ${measured.n} ${basis}`;
  const plain = unit === "percent" ? found : `${name} is ${told(result.value)} (n = ${measured.n})`;
  const worst =
    result.worst !== null && result.worst !== result.value
      ? `, ${told(result.worst)} if the unreadable events were the worst`
      : "";
  const limit = told(result.limit);
  const bound = condition.violatedWhen === "below" ? `at least ${limit} is needed` : `at most ${limit} is allowed`;
  return `${plain}${worst}; ${bound}`;
}
