import {
  idTime,
  iso,
  QscError,
  type Canary,
  type EngineIdentity,
  type GateDocument,
  type ServedIdentity,
} from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import type { OperationContext } from "../operation/context.js";
import { rollbackCommand } from "../operation/document.js";
import { passedBaselines } from "../judge/passed-baselines.js";
import { newestDecision } from "../operation/engine-now.js";
import { canaryWeights } from "../operation/weights.js";

/**
 * The canary that passed a gate, based on the weights that the engine serves now.
 * A shadow needs no weight of its own there; any other model does, or it would not have voted.
 * @throws QscError, a refusal, if the telemetry does not say what is served, or the gate judged something else
 */
export async function judgedCanary(
  context: OperationContext,
  { source, gate, model }: { readonly source: EventSource; readonly gate: GateDocument; readonly model: string },
): Promise<Canary> {
  const newest = await newestDecision(source, context.judgement.policy);
  const engine = newest?.engine ?? null;
  if (newest === null || engine === null)
    throw new QscError(
      "weights_not_reported",
      "The telemetry does not say which weights the engine serves (contract version 1), so a canary could not be proven; make the engine publish version 2.",
    );
  if (engine.canary !== null)
    throw new QscError(
      "canary_served",
      `The engine already serves ${engine.canary.model} as a canary, at ${iso(idTime(newest.id))}; roll it back with ${rollbackCommand(context)}.`,
    );
  const baseline = Object.fromEntries(engine.weights);
  if (gate.shadow === undefined && !Object.hasOwn(baseline, model))
    throw new QscError(
      "invalid_weights",
      `Model '${model}' has no weight in the engine; name one of ${Object.keys(baseline).join(", ")}.`,
    );
  const weights = canaryWeights(baseline, model, 0.1);
  return {
    model,
    share: 0.1,
    weights,
    baseline,
    served: servedOf(gate, engine),
    models: passedBaselines(gate),
    formerBoot: engine.bootId,
    policyHash: gate.policyHash,
    activation: context.operation,
  };
}

/**
 * The build and files that the gate judged.
 * @throws QscError `build_not_judged`, `artifacts_mixed` unless that is one build, which serves now, and one file for
 * each model
 */
function servedOf({ builds, models }: GateDocument, engine: EngineIdentity): ServedIdentity {
  const [build, ...others] = builds;
  if (build === undefined || others.length > 0 || build !== engine.build) {
    throw new QscError(
      "build_not_judged",
      `The gate judged build ${builds.join(", ") || "(none named)"}, but the engine now runs ${engine.build}; let the gate judge the process that runs now.`,
    );
  }
  const mixed = models.find(({ artifacts }) => artifacts.length > 1);
  if (mixed !== undefined)
    throw new QscError(
      "artifacts_mixed",
      `The gate judged several files of ${mixed.model}: ${mixed.artifacts.join(", ")}; restart the engine and judge what it publishes then.`,
    );
  // If the telemetry does not name a model's file, it cannot be compared.
  return {
    build,
    artifacts: Object.fromEntries(
      models.flatMap(({ model, artifacts: [artifact] }) => (artifact === undefined ? [] : [[model, artifact]])),
    ),
  };
}
