import { seededTelemetry, type SeededTelemetry } from "./telemetry/seeded.js";

/** Any seed would do; this one is written down so that the committed journal can be made again. */
const demoSeed = 20_260_105;

/** The telemetry of `demo/healthy.ndjson.gz`: a four-model ensemble in good health, contract version 2. */
export function demoTelemetry(): SeededTelemetry {
  return seededTelemetry({
    seed: demoSeed,
    version: 2,
    count: 330,
    startMs: Date.UTC(2026, 0, 5, 9, 0, 0),
    intervalMs: 20_000,
  });
}
