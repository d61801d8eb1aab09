export * from "./judging.js";
export { activate, type ActivateRequest } from "./activate.js";
export type { NextWatch } from "./canary/next-watch.js";
export { checkpointAudit, verifyAudit, type CheckpointOptions } from "./audit.js";
export { PROMISE_SECONDS } from "./operation/bounds.js";
export { LEASE_SECONDS } from "./operation/lease-seconds.js";
export { hostClock, type Clock } from "./host/clock.js";
export type { Files } from "./host/files.js";
export { hostFiles } from "./host/host-files.js";
export { fileLock, type FileLockOptions, type Lock } from "./host/lock.js";
export { requireOwnWorkdir } from "./operation/own-workdir.js";
export { loadSchemas } from "./operation/schemas.js";
export { canaryWeights } from "./operation/weights.js";
export { canaryPaths, type CanaryPaths, type OperationContext } from "./operation/context.js";
export { cutover } from "./cutover.js";
export { monitor, type MonitorRequest } from "./monitor.js";
export type { WatchReport } from "./watch/loop.js";
export { promote, type PromoteRequest } from "./promote.js";
export { rollback, type RollbackRequest } from "./rollback.js";
export { notified } from "./notified.js";
export type { NotificationHealth } from "./operation/notification-health.js";
export { history } from "./history.js";
export { status } from "./status.js";
export { monitorUnit, watchUnitOf } from "./canary/watch-unit.js";
export { watchWindowOf } from "./canary/watch-unit-window.js";
export { WATCH_WINDOW } from "./canary/window-size.js";
export { init, type InitRequest } from "./init.js";
export { notifyUnit, type NotifyRequest } from "./init/notify-unit.js";
export type { JournalOf } from "./judge/diagnosis/journal.js";
export { deploy, type DeployRequest } from "./deploy.js";
export { preflight, type PreflightRequest } from "./preflight.js";
export { parseRequiredEnvironment, type EnvironmentRequirement } from "./preflight/required-environment.js";
export { Observer, type Observation, type ObservedLog, type ObservedPlace } from "./observe/observer.js";
export { watchedSegments, type WatchedSegments } from "./observe/watched-segments.js";
export { verify } from "./verify.js";
export type { GivenReport } from "./attestation/given-report.js";
export { VERDICT_PREDICATE_TYPE } from "./attestation/verdict-statement.js";
export {
  attest,
  openAttestation,
  requireAttested,
  type Attestation,
  type AttestationForm,
  type OpenedAttestation,
} from "./attest.js";
export { PastReports, type ListedReport } from "./observe/past-reports.js";
export { TelemetryWatch, type TelemetrySight, type TelemetryWatchRequest } from "./observe/telemetry-watch.js";
export type { ReadState } from "./canary/state.js";
export { guardName } from "./canary/lease.js";
export {
  ANY_ADDRESS,
  CONSOLE_LISTEN,
  consoleNames,
  inUrl,
  parseAddress,
  requireServable,
  type ConsoleAddress,
} from "./observe/console-address.js";
export type { ConsoleProgram, ConsoleRequest } from "./observe/program.js";
export type {
  JudgeServerProgram,
  JudgeServerRequest,
  NamedProfile,
  PredictionReading,
  ReadPrediction,
} from "./observe/judge-program.js";
