/** The part that only judges telemetry: nothing here acts on a unit, or loads code that does. */
export { diagnose, type DiagnosisRequest } from "./diagnose.js";
export { featureSanity, type SanityRequest } from "./feature-sanity.js";
export { qualityGate, type GateRequest } from "./quality-gate.js";
export { writeReport, type WrittenReport } from "./host/reports.js";
export { scoreboard, type ScoreboardRequest } from "./scoreboard.js";
export type { ModelSignatures } from "./judge/model-signatures.js";
export type { JudgementContext } from "./judge/context.js";
export { ownAccounts, readTrusted, trust, type Trusted } from "./host/trusted.js";
export { waitForEvents, type WaitOptions, type WaitProgress } from "./judge/wait.js";
export type { WindowRequest } from "./judge/window.js";
export type { PartCollection, Wanted } from "./judge/part-collection.js";
export type { PartReaders, PartTask } from "./judge/parts.js";
export { readPart } from "./judge/read-part.js";
