import type { CheckResult, ModelVerdict, ServedIdentity } from "@qsc/contract";
import { servingOther } from "@qsc/violations";

/** What the decisions show about the engine's build and its model files. */
export interface Shown {
  readonly builds: readonly string[];
  /** All models, watched or not. */
  readonly models: readonly Pick<ModelVerdict, "model" | "artifacts" | "stats">[];
}

/** What is served differently from what the gate judged, one sentence each. */
function deviations({ builds, models }: Shown, served: ServedIdentity): readonly string[] {
  const others = builds
    .filter((build) => build !== served.build)
    .map((build) => `the engine runs build ${build}, but the gate judged ${served.build}`);
  const files = models.flatMap(({ model, artifacts, stats }) => {
    const judged = Object.hasOwn(served.artifacts, model) ? served.artifacts[model] : undefined;
    if (judged === undefined) return [];
    const wrong = artifacts.filter((artifact) => artifact !== judged);
    const named = artifacts.length === 0 && stats.n > 0 ? ["no readable SHA-256"] : wrong;
    return named.map((artifact) => `the file of ${model} is ${artifact}, but the gate judged ${judged}`);
  });
  return [...others, ...files];
}

/** The checks of the telemetry, one of them violated if what is served is not what the gate judged. */
export function asJudged(
  integrity: readonly CheckResult[],
  shown: Shown,
  served: ServedIdentity | undefined,
): readonly CheckResult[] {
  return servingOther(integrity, served === undefined ? [] : deviations(shown, served));
}
