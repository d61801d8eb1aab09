export { EXPOSITION_TYPE, toExposition, type Family, type Sample } from "./exposition.js";
export { familiesOf, type Measured } from "./families.js";
export type { MeasuredNotifications } from "./notify-families.js";
export type { MeasuredTelemetry } from "./telemetry-families.js";
export { MOST_MODELS, TelemetryTally, type ModelTally } from "./tally.js";
