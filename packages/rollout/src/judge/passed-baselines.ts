import type { Canary, Dependence, GateDocument } from "@qsc/contract";

/** The statistics of the models that passed a gate: the watch of a canary compares them with these. */
export function passedBaselines({
  models,
  dependence = [],
}: Pick<GateDocument, "models" | "dependence">): Canary["models"] {
  return Object.fromEntries(
    models
      .filter(({ verdict }) => verdict === "pass")
      .map(({ model, stats: { n, nonPredictions, absent, latencyP95Ms, entropy } }) => {
        const measured = dependence.find((one) => one.model === model);
        const baseline = { predictions: n, nonPredictions: nonPredictions + absent, latencyP95Ms, entropy };
        return [model, measured === undefined ? baseline : { ...baseline, dependence: withoutModel(measured) }];
      }),
  );
}

function withoutModel({
  decisions,
  observations,
  spanMs,
  symbols,
  labels,
  equalConfidences,
  confidences,
}: Dependence): Dependence {
  const named = symbols === undefined ? {} : { symbols };
  return { decisions, observations, spanMs, ...named, labels, equalConfidences, confidences };
}
