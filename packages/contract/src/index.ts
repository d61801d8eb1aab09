export { EXIT, type ExitCode } from "./exit-codes.js";
export { CODES, ERROR_CODES, isRefusal, type ErrorCode } from "./codes.js";
export { asQscError, QscError } from "./errors.js";
export {
  compareIds,
  firstIdAt,
  idTime,
  lastIdAt,
  MAX_ID,
  MIN_ID,
  nextId,
  parseEntryId,
  type EntryId,
} from "./entry-id.js";
export {
  describeBeside,
  describeDuration,
  describeRoughly,
  iso,
  parseDuration,
  parseTime,
  readTime,
  type WrittenTime,
} from "./time.js";
export {
  CANARY_PHASES,
  CANARY_SHARES,
  WATCH_RULES,
  type AuditAnchor,
  type Canary,
  type CanaryPhase,
  type CanaryShare,
  type CanaryState,
  type EvidenceFinding,
  type JetStreamMark,
  type LogMark,
  type ShardMark,
  type ShardsMark,
  type SourceMark,
  type StreamMark,
  type WatchEvidence,
  type WatchMoment,
  type WatchProgress,
  type WatchStamp,
  type WatchRule,
  type ServedIdentity,
  type WeightsByModel,
  type WorstMargin,
} from "./canary.js";
export { AUDIT_EVENTS, type AuditEntry, type AuditEvent, type UnloggedEntry } from "./audit.js";
export { CANARY_PREFIX, CANARY_VARIABLES, canaryEnvironment } from "./canary-variables.js";
export { engineLine, parseEngineLine, type EngineLine, type ModelLine } from "./engine-line.js";
export { canonicalJson, digestOf, isIntact, sealed, sha256Of } from "./digest.js";
export { parseDistinct } from "./distinct-json.js";
export { ACTING_CHARACTERS, inertText } from "./inert.js";
export { lookAlike } from "./look-alike.js";
export { modelNameFault } from "./model-name.js";
export { invalidOption, showValue } from "./option.js";
export type * from "./operation.js";
export type * from "./past-canary.js";
export type * from "./policy.js";
export { REQUIREMENTS } from "./policy.js";
export {
  SEGMENT_FAULTS,
  type ModelSegments,
  type SegmentFault,
  type SegmentPolicy,
  type SegmentRow,
} from "./segments.js";
export * as rules from "./rules.js";
export type { Rule } from "./rules.js";
export * from "./telemetry.js";
export type * from "./judgement.js";
export type * from "./power.js";
export type * from "./judge-document.js";
export type * from "./profile.js";
export { FLEET_ACTIONS } from "./fleet-document.js";
export type { FleetAction, FleetDocument, FleetHostReport, FleetOutcome } from "./fleet-document.js";
export type * from "./verify-document.js";
export type * from "./verdict.js";
export { weightsContradiction, isSameWeight, sameWeights, WEIGHT_TOLERANCE } from "./weights.js";
export type * from "./wire.js";
