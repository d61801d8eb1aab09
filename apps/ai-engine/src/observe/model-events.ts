import type { ModelEvent } from "@qsc/fail-closed";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics.js";

/** Tells log and metrics what happens to a model, with the reason that its telemetry names. */
export function modelEvents({ json, line }: Log, metrics: Metrics): (event: ModelEvent) => void {
  return (event) => {
    const { model, title } = event;
    switch (event.kind) {
      case "loading":
        line(`[${title}-INIT] Model file: ${event.file}`);
        line(`[${title}-INIT] SHA256: ${event.sha256}`);
        line(`[${title}-INIT] Expected feature_dim: ${event.featureDim}`);
        return;
      case "loaded":
        json.info({ model, artifact_sha256: event.artifactSha256 }, "model loaded");
        return;
      case "inactive":
        // An engine that ends closes its models: that is no alarm.
        if (event.reason === "closed") return;
        metrics.active.set({ model }, 0);
        line(`[${title}] QSC FAIL-CLOSED: ${event.error.message}; inactive_reason=${event.reason}`);
        json.warn({ model, inactive_reason: event.reason, err: event.error }, "model inactive");
        return;
      case "active":
        metrics.active.set({ model }, 1);
        json.info({ model }, "model active");
        return;
      case "prediction":
        metrics.prediction(event.prediction);
    }
  };
}
