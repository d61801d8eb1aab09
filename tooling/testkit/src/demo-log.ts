import { seededTelemetry, type SeededTelemetry } from "./telemetry/seeded.js";

/** Any seed would do. This one is fixed so that the committed event log can be reproduced. */
const demoSeed = 20_260_105;

/** The telemetry of `demo/healthy.ndjson.gz`: a healthy four-model ensemble, contract version 2. */
export function demoTelemetry(): SeededTelemetry {
  return seededTelemetry({
    seed: demoSeed,
    version: 2,
    count: 330,
    startMs: Date.UTC(2026, 0, 5, 9, 0, 0),
    intervalMs: 20_000,
  });
}
