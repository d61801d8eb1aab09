import {
  rules,
  type CheckResult,
  type Ensemble,
  type ModelBaseline,
  type ModelVerdict,
  type Policy,
} from "@qsc/contract";
import { TelemetryCard } from "./cards/telemetry-card.js";
import { judgeEnsemble } from "./checks/ensemble.js";
import { judgeIntegrity } from "./checks/integrity.js";
import type { TelemetryContext } from "./checks/telemetry-context.js";
import { baselinesRule, expressionsRule, telemetryContextRule } from "./given/contexts.js";
import { judgeModel } from "./judge-model.js";
import { policyRule } from "./policy/assert-policy.js";
import { compileExpression, type Expression } from "./policy/expression.js";

/** A policy with its expressions compiled: what a judge is made from. */
export interface CompiledPolicy {
  readonly policy: Policy;
  readonly expressions: ReadonlyMap<string, Expression>;
}

/** Compiles the policy's own checks. @throws QscError `invalid_policy`; `invalid_option` for what is not a policy */
export async function compilePolicy(policy: Policy): Promise<CompiledPolicy> {
  policyRule(policy, "policy");
  const expressions = new Map<string, Expression>();
  for (const { id, violatedWhen } of policy.checks) {
    expressions.set(id, await compileExpression(violatedWhen, `Policy check ${id}`));
  }
  return { policy, expressions };
}

const compiledRule = rules.shaped({ policy: policyRule, expressions: expressionsRule });

/** What telemetry proves: of itself, of each model, of the ensemble. */
export interface Judgement {
  readonly integrity: readonly CheckResult[];
  readonly models: readonly ModelVerdict[];
  readonly ensemble: Ensemble;
}

/**
 * Judges telemetry. Pure: the same card, policy and context give the same judgement.
 * @param baselines what each model was like before, where that is known
 * @throws QscError `invalid_option` for a card, policy, context or baseline that is not one
 */
export function judgeTelemetry(
  card: TelemetryCard,
  compiled: CompiledPolicy,
  context: TelemetryContext,
  baselines: ReadonlyMap<string, ModelBaseline> = new Map(),
): Judgement {
  rules.instanceOf(TelemetryCard)(card, "card");
  compiledRule(compiled, "compiled");
  telemetryContextRule(context, "context");
  baselinesRule(baselines, "baselines");
  const { policy, expressions } = compiled;
  const { judged, rejected } = card.counts;
  const latencyRequired =
    policy.require.includes("latency") || card.engine.contracts.list().some(({ what }) => what === "2");
  const models = card.modelNames().map((name) => {
    const scorecard = card.scorecardOf(name);
    return judgeModel(scorecard, {
      policy,
      expressions,
      minEvents: context.minEvents,
      absent: Math.max(0, judged - scorecard.appearances),
      rejected,
      baseline: baselines.get(name) ?? null,
      latencyRequired,
    });
  });
  return {
    integrity: judgeIntegrity(card, context, policy),
    models,
    ensemble: judgeEnsemble(card, policy),
  };
}
