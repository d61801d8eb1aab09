import { engineLine } from "@qsc/contract";
import type { InactivePrediction, ModelError, ModelEvent } from "@qsc/fail-closed";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics.js";

/** What is inactive, and why: a model, or its prediction for one row. */
interface Fault {
  readonly model: string;
  readonly title: string;
  readonly error: ModelError;
}

/** Reports what happens to a model to log and metrics, with the reason that telemetry names. */
export function modelEvents(log: Log, metrics: Metrics): (event: ModelEvent) => void {
  const { json, line, sparing } = log;
  /** Faults that made a model inactive. The prediction that follows reports the same again. */
  const told = new Map<string, ModelError>();
  return (event) => {
    const { model, title } = event;
    switch (event.kind) {
      case "loading":
        line(engineLine.init(title, `Model file: ${event.file}`));
        line(engineLine.init(title, `SHA256: ${event.sha256}`));
        line(engineLine.init(title, `Manifest SHA256: ${event.manifestSha256}`));
        // The hash of both files, which telemetry names.
        line(engineLine.init(title, `Artifact SHA256: ${event.artifactSha256}`));
        line(engineLine.init(title, `Expected feature_dim: ${event.featureDim}`));
        return;
      case "loaded":
        json.info({ model, artifact_sha256: event.artifactSha256 }, "model loaded");
        return;
      case "inactive":
        // An engine that ends closes its models, which is not an alarm.
        if (event.reason === "closed") return;
        metrics.active.set({ model }, 0);
        told.set(model, event.error);
        tellFault(log, event);
        return;
      case "active":
        metrics.active.set({ model }, 1);
        sparing.tell(`${model} active`, (times) => {
          json.info({ model, times }, "model active");
        });
        return;
      case "prediction":
        metrics.prediction(event.prediction);
        if (event.prediction.status === "active" || isTold(event.prediction, told)) return;
        tellFault(log, { model, title, error: event.prediction.error });
    }
  };
}

function tellFault({ json, line, sparing }: Log, { model, title, error }: Fault): void {
  const { code: reason, message } = error;
  if (reason === "closed") return;
  sparing.tell(`${model} ${reason}`, (times) => {
    const often = times === 1 ? "" : ` (${times} times since this was last logged)`;
    line(engineLine.failClosed(title, `${message}${often}`, reason));
    json.warn({ model, inactive_reason: reason, times, err: error }, "model inactive");
  });
}

function isTold({ model, error }: InactivePrediction, told: Map<string, ModelError>): boolean {
  return told.get(model) === error && told.delete(model);
}
