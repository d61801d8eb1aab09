/** What only judges telemetry: nothing here acts on a unit, and nothing that does is loaded with it. */
export { diagnose, type DiagnosisRequest } from "./diagnose.js";
export { featureSanity, type SanityRequest } from "./feature-sanity.js";
export { qualityGate, type GateRequest } from "./quality-gate.js";
export { writeReport, type WrittenReport } from "./reports.js";
export { scoreboard } from "./scoreboard.js";
export type { Setting } from "./telemetry/setting.js";
export { ownAccounts, readTrusted, trust, type Trusted } from "./canary/trusted.js";
export { waitForEvents, type WaitOptions, type WaitProgress } from "./telemetry/wait.js";
export type { WindowRequest } from "./telemetry/window.js";
