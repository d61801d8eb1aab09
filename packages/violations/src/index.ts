export {
  DuplicateFilter,
  DUPLICATE_HORIZON,
  haveInCommon,
  type Occurrence,
  type PartDecisions,
} from "./cards/duplicates.js";
export { EXACT_LIMIT, Sample } from "./cards/sample.js";
export { asShadow, shadowContradictions } from "./cards/shadow.js";
export { type Reading } from "./cards/reading.js";
export { Scorecard } from "./cards/scorecard.js";
export { TelemetryCard, type CardOptions, type CardState } from "./cards/telemetry-card.js";
export { judgeClock } from "./checks/telemetry/clock-skew.js";
export { describeClock, describeUnknown } from "./checks/telemetry/clock-words.js";
export { judgeIntegrity } from "./checks/telemetry/integrity.js";
export type { ClockOffset, ShardContext, TelemetryContext } from "./checks/telemetry/telemetry-context.js";
export { CHECKS, type Check, type Condition } from "./checks/model/eight.js";
export { TAKEN_OUT, type Cause } from "./checks/model/causes.js";
export { likelyCauses } from "./checks/model/likely-causes.js";
export type { WatchRole } from "./checks/definition.js";
export type { CheckId, LimitKey } from "./checks/registry.js";
export {
  besideFeatures,
  isGradual,
  isNamed,
  nextStepOf,
  servingOther,
  watchRoleOf,
  withoutImplied,
} from "./checks/roles.js";
export { say, type Unit } from "./checks/words.js";
export { DegeneracyDetector, type Degeneracy, type DegeneracyOptions, type RecentOutput } from "./degeneracy.js";
export { type Occasion } from "./dependence/bursts.js";
export { ShardTally, type ShardSeen, type ShardTallyState } from "./cards/shard-tally.js";
export { RecentDecisions, type PairedAnswers, type RecentState } from "./dependence/recent-decisions.js";
export { EntryMonitor, type EntryMonitorState } from "./sequential/entry-monitor.js";
export { describeFinding } from "./sequential/describe-finding.js";
export {
  SequentialMonitor,
  FALSE_ALARM_BUDGET,
  type SequentialOptions,
  type SequentialState,
} from "./sequential/sequential-monitor.js";
export { comparePaired, type LabelShares, type PairedComparison } from "./sequential/paired-comparison.js";
export { powerOf, type Power } from "./sequential/power.js";
export { powerOfWatch, seenInTime, USUAL_WATCH_MS } from "./sequential/watch-power.js";
export { endsAtOnce } from "./sequential/watch-rule.js";
export { segmentsOf, type SegmentedDecisions } from "./segments/segments-of.js";
export { powerOfSymbols, type SymbolPower } from "./segments/symbol-power.js";
export { FeatureCard } from "./features/feature-card.js";
export { judgeFeatures, type FeatureJudgement } from "./checks/features/judge-features.js";
export { type FeatureContext } from "./checks/features/feature-context.js";
export type { FeatureManifests } from "./features/manifests.js";
export { leastRows, parseFeatureManifest, type FeatureManifest, type FeatureReference } from "./features/reference.js";
export { compilePolicy, judgeTelemetry, type CompiledPolicy, type Judgement } from "./judge.js";
export { isAgainst, judgeModel, modelStats, verdictOf, type ModelContext } from "./judge-model.js";
export { allLabels, DEFAULT_LABELS } from "./labels.js";
export { policyRule } from "./policy/assert-policy.js";
export { DEFAULT_POLICY } from "./policy/default.js";
export { EXPRESSION_NAMES } from "./policy/expression.js";
export { limitOf } from "./policy/limit-of.js";
export { laxerKeys } from "./policy/laxer-keys.js";
export { LIMIT_RULES, type LimitRule } from "./policy/limits.js";
export { parsePolicy } from "./policy/load.js";
export { parseYaml, YamlFault } from "./given/yaml.js";
export { judgePredictions, type PlainPrediction, type PredictionOptions } from "./predictions.js";
export { learnProfile, type LearnOptions } from "./profile/learn.js";
export { limitsFor, PROFILE_LIMITS } from "./profile/limits.js";
export { parseProfile } from "./profile/load.js";
export { makeProfile, type ProfileParts } from "./profile/make.js";
export { READY_MADE, READY_MADE_NAMES, type ReadyMade, type ReadyMadeName } from "./profile/ready-made.js";
export { createJudge, PredictionJudge, type JudgeOptions, type VerdictPlace } from "./prediction-judge/create-judge.js";
export { PREDICTION_ROWS, type PredictionCheckId } from "./checks/predictions/rows.js";
export { type Prediction } from "./prediction-judge/prediction.js";
