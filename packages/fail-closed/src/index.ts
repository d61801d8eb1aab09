export { failClosed, type FailClosedOptions } from "./fail-closed.js";
export type { DegeneracyGuard, GuardOptions } from "./guard/options.js";
export { loadModel, type LoadOptions } from "./load/load-model.js";
export type { SignatureDemand } from "./load/signature.js";
export type { GoldenProbe } from "./manifest-probe.js";
export type { ModelManifest } from "./manifest.js";
export type { Runtime, RuntimeSession } from "./runtime.js";
export type { Answer, CallContext, ModelInput, Predict } from "./predictor.js";
export { MODEL_ERROR_CODES, ModelError, type ModelErrorCode } from "./errors.js";
export type {
  ActiveEvent,
  FailClosedModel,
  InactiveEvent,
  LoadedEvent,
  LoadingEvent,
  ModelEvent,
  ModelState,
  PredictionEvent,
} from "./model.js";
export type { ActivePrediction, FeatureRow, InactivePrediction, Prediction } from "./prediction.js";
export { vote, type Decided, type Decision, type NoDecision, type VoteOptions } from "./ensemble/vote.js";
export { checkWeights, parseWeights, readWeights, type Weights } from "./ensemble/weights.js";
export { weightsFromEnvironment, type CanaryWeights } from "./ensemble/weights-from-environment.js";
export { createEnsemble, type Ensemble, type EnsembleDecision, type EnsembleOptions } from "./ensemble/ensemble.js";
