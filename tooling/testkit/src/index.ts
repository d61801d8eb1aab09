export { demoTelemetry } from "./demo-journal.js";
export { encodeJournal, writeJournal } from "./journal.js";
export { recording, recordingOrSkip, repositoryRoot } from "./recording.js";
export { selfSignedCertificate, type Certificate } from "./redis/certificate.js";
export { startCluster, type RedisCluster } from "./redis/cluster.js";
export { freePort } from "./redis/free-port.js";
export { startRedis, type AclUser, type RedisOptions, type RedisServer } from "./redis/server.js";
export { startSentinel, type Sentinel, type SentinelOptions } from "./redis/sentinel.js";
export { requireCommands } from "./require-command.js";
export { startTimeProxy, type TimeProxy, type TimeProxyOptions } from "./redis/time-proxy.js";
export { requireRedis } from "./redis/require.js";
export { requireSmallDisk, smallDisk, type SmallDisk } from "./small-disk.js";
export { writeStream } from "./redis/write-stream.js";
export { requirePolkit, startPolkit } from "./systemd/polkit.js";
export { requireSystemd } from "./systemd/require.js";
export { startSystemd, type Printed, type RealSystemd } from "./systemd/server.js";
export { sshInto } from "./systemd/ssh.js";
export { startUserSystemd, type UserSystemd } from "./systemd/user.js";
export { requireRoot } from "./require-root.js";
export { describeRequiring, type Requirement } from "./requirement.js";
export { createRandom, type Random } from "./telemetry/random.js";
export {
  seededTelemetry,
  type TelemetryOptions,
  type SeededTelemetry,
} from "./telemetry/seeded.js";
export { healthyModels, type ModelProfile } from "./telemetry/models.js";
export { type Draft, type Entry } from "./telemetry/entry.js";
export { temporaryDirectory, type TemporaryDirectory } from "./temporary-directory.js";
export { CanaryHost, type CanaryHostOptions } from "./engine/canary-host.js";
export { type FaultName } from "./engine/faults.js";
export { type QscRun, type RunningQsc } from "./engine/qsc-run.js";
export { BASELINE_WEIGHTS } from "./engine/script.js";
