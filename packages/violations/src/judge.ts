import {
  rules,
  type CheckResult,
  type Ensemble,
  type ModelBaseline,
  type ModelSegments,
  type ModelVerdict,
  type Policy,
} from "@qsc/contract";
import { TelemetryCard } from "./cards/telemetry-card.js";
import { judgeEnsemble } from "./checks/ensemble/judge-ensemble.js";
import type { NewestPart } from "./checks/model/recent-collapse.js";
import { integrityOf } from "./checks/telemetry/integrity.js";
import type { TelemetryContext } from "./checks/telemetry/telemetry-context.js";
import { countingRepeats } from "./checks/worse.js";
import { baselinesRule, expressionsRule, segmentsRule, telemetryContextRule } from "./given/contexts.js";
import { judgeModel, worseVerdict } from "./judge-model.js";
import { policyRule } from "./policy/assert-policy.js";
import { compileExpressions } from "./policy/compile-expressions.js";
import type { Expression } from "./policy/expression.js";

/** A policy with its expressions compiled, ready for judging. */
export interface CompiledPolicy {
  readonly policy: Policy;
  readonly expressions: ReadonlyMap<string, Expression>;
}

/** Compiles the policy's own checks. @throws QscError `invalid_policy`; `invalid_option` when it is not a policy */
export async function compilePolicy(policy: Policy): Promise<CompiledPolicy> {
  policyRule(policy, "policy");
  return { policy, expressions: await compileExpressions(policy) };
}

const compiledRule = rules.shaped({ policy: policyRule, expressions: expressionsRule });

/** What telemetry proves about itself, each model and the ensemble. */
export interface Judgement {
  readonly integrity: readonly CheckResult[];
  readonly models: readonly ModelVerdict[];
  readonly ensemble: Ensemble;
  /** The models over all entries, and the number of entries; null when no entry repeats a decision. */
  readonly repeated: { readonly models: readonly ModelVerdict[]; readonly events: number } | null;
}

/**
 * Judges telemetry. Pure: the same card, policy and context give the same judgement. Statistics and minimum counts
 * cover distinct decisions. Each check is judged over those and over all entries, and the worse result counts. So a
 * repeated decision never improves a verdict, and a frozen model cannot pass because its answers look like
 * repetitions.
 *
 * @param baselines how each model behaved before, if known
 *
 * @param segments each model's answers symbol by symbol (`segmentsOf`); they are judged where the policy lets them decide
 *
 * @throws QscError `invalid_option` when the card, policy, context or a baseline is invalid
 */
export function judgeTelemetry(
  card: TelemetryCard,
  compiled: CompiledPolicy,
  context: TelemetryContext,
  baselines: ReadonlyMap<string, ModelBaseline> = new Map(),
  segments: ReadonlyMap<string, ModelSegments> = new Map(),
): Judgement {
  rules.instanceOf(TelemetryCard)(card, "card");
  compiledRule(compiled, "compiled");
  telemetryContextRule(context, "context");
  baselinesRule(baselines, "baselines");
  segmentsRule(segments, "segments");
  const { policy } = compiled;
  const all = card.withRepeats();
  const judge = judgeModels(compiled, context, { baselines, segments });
  const names = [...new Set([...all.modelNames(), ...(context.expectedModels ?? [])])].sort();
  const distinct = judge(card, names);
  const repeated = all === card ? null : judge(all, names);
  return {
    integrity: integrityOf({ card, context, policy }, all),
    models: distinct.map((verdict, index) => worseVerdict(verdict, repeated?.[index] ?? verdict)),
    ensemble: judgeEnsemble(card, policy, all),
    repeated: repeated === null ? null : { models: repeated.map(saying), events: all.counts.judged },
  };
}

/** What is known of each model besides its card. */
interface PerModel {
  readonly baselines: ReadonlyMap<string, ModelBaseline>;
  readonly segments: ReadonlyMap<string, ModelSegments>;
}

/** Judges the named models on a card. */
function judgeModels(
  { policy, expressions }: CompiledPolicy,
  time: TelemetryContext,
  { baselines, segments }: PerModel,
): (card: TelemetryCard, names: readonly string[]) => readonly ModelVerdict[] {
  const { minEvents, shadow = null } = time;
  return (card, names) => {
    const { judged, rejected } = card.counts;
    const newest = card.newest();
    const isVersion2 = card.engine.contracts.list().some(({ what }) => what === "2");
    const latencyRequired = policy.require.includes("latency") || isVersion2;
    return names.map((name) => {
      const scorecard = card.scorecardOf(name);
      const absent = Math.max(0, judged - scorecard.appearances);
      const baseline = baselines.get(name) ?? null;
      return judgeModel(scorecard, {
        policy,
        expressions,
        minEvents,
        time,
        absent,
        rejected,
        baseline,
        latencyRequired,
        isShadow: name === shadow,
        newest: newest === null ? null : partOf(newest, name),
        segments: segments.get(name) ?? null,
      });
    });
  };
}

/** A model's part in the decisions of a card. */
function partOf(newest: TelemetryCard, name: string): NewestPart {
  const card = newest.scorecardOf(name);
  const { judged, rejected } = newest.counts;
  return { card, absent: Math.max(0, judged - card.appearances), unread: rejected };
}

/** The verdict over all entries, with words that say so. */
function saying(verdict: ModelVerdict): ModelVerdict {
  return { ...verdict, checks: verdict.checks.map(countingRepeats) };
}
