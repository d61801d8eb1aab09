import type { CheckResult, ExpressionCheck, ModelStats } from "@qsc/contract";
import type { Expression, ExpressionName } from "../../policy/expression.js";
import { MEASURES, type ModelEvidence } from "./measures.js";
import { couldHide, ownResult } from "../result.js";

/** Judges the policy's own checks. A failing expression is a violation; unread entries could always hide one. */
export function judgeExpressions(
  checks: readonly ExpressionCheck[],
  compiled: ReadonlyMap<string, Expression>,
  evidence: ModelEvidence,
  stats: ModelStats,
): readonly CheckResult[] {
  if (checks.length === 0) return [];
  const values = valuesOf(evidence, stats);
  return checks.map((check) => judgeExpression(check, compiled.get(check.id), values, evidence));
}

function judgeExpression(
  { id, violatedWhen }: ExpressionCheck,
  expression: Expression | undefined,
  values: Readonly<Record<string, number>>,
  { card, unread }: ModelEvidence,
): CheckResult {
  const n = card.predictions;
  let violated: boolean;
  try {
    if (expression === undefined) throw new TypeError("it was not compiled");
    violated = expression(values);
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
    return ownResult(id, "violation", n, `'${violatedWhen}' cannot be evaluated: ${why}`);
  }
  if (violated) return ownResult(id, "violation", n, `'${violatedWhen}' is true`);
  if (unread > 0) return ownResult(id, "unknown", n, couldHide(unread, "what makes it true"));
  return ownResult(id, "pass", n, `'${violatedWhen}' is false`);
}

/** The named statistics of a model. A statistic that is undefined is left out. */
function valuesOf(evidence: ModelEvidence, stats: ModelStats): Record<string, number> {
  const named: Record<ExpressionName, number | null> = {
    n: stats.n,
    nonPredictions: stats.nonPredictions,
    absent: stats.absent,
    nonPredictionShare: MEASURES.nonPredictionShare.take(evidence).value,
    mean: stats.mean,
    std: stats.std,
    minConfidence: stats.min,
    maxConfidence: stats.max,
    p10: stats.p10,
    p90: stats.p90,
    entropy: stats.entropy,
    largestShare: MEASURES.largestShare.take(evidence).value,
    modeShare: MEASURES.modeShare.take(evidence).value,
    latencyP95Ms: stats.latencyP95Ms,
  };
  const shares = Object.entries(stats.shares).map(([label, share]) => [`share_${label}`, share] as const);
  const defined = [...Object.entries(named), ...shares].filter((entry): entry is [string, number] => entry[1] !== null);
  return Object.fromEntries(defined);
}
