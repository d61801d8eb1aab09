import type { Policy } from "@qsc/contract";
import { allLabels } from "../labels.js";
import { compileExpression, type Expression } from "./expression.js";

/**
 * Compiles the policy's own checks, by ID. A share of a label that the policy does not have is refused anywhere: in
 * a branch that is never taken, a misspelt label would go unnoticed.
 *
 * @throws QscError `invalid_policy`
 */
export async function compileExpressions({
  checks,
  labels,
}: Pick<Policy, "checks" | "labels">): Promise<ReadonlyMap<string, Expression>> {
  const known = allLabels(labels);
  const compiled = new Map<string, Expression>();
  for (const { id, violatedWhen } of checks) {
    compiled.set(id, await compileExpression(violatedWhen, `Policy check ${id}`, known));
  }
  return compiled;
}
