import { failClosed, type FailClosedModel } from "@qsc/fail-closed";
import { openTelemetryMetrics } from "@qsc/fail-closed/opentelemetry";
import { promClientMetrics } from "@qsc/fail-closed/prom-client";
import { metrics } from "@opentelemetry/api";
import { Registry } from "prom-client";

// One listener for all models. An engine keeps metrics with one library; this program shows both.
const register = new Registry();
const prometheus = promClientMetrics({ register });
const openTelemetry = openTelemetryMetrics({ meter: metrics.getMeter("my-engine") });

const wrapped = (name: string, confidence: number): FailClosedModel =>
  failClosed({
    name,
    labels: ["BUY", "SELL"],
    features: ["return_5"],
    predict: ({ data: [change = 0] }) => ({ label: change > 0 ? "BUY" : "SELL", confidence }),
    onEvent: (event) => {
      prometheus(event);
      openTelemetry(event);
    },
  });

// The second model is broken: no probability is above 1.
await using steady = wrapped("steady", 0.7);
await using broken = wrapped("broken", 1.7);
for (const change of [0.02, -0.01, Number.NaN])
  for (const model of [steady, broken]) await model.predict({ features: { return_5: change } });

// What a scrape of /metrics would show, without the histogram, whose times differ from run to run.
const scrape = await register.metrics();
console.log(
  scrape
    .split("\n")
    .filter((line) => line.startsWith("qsc_") && !line.includes("seconds"))
    .join("\n"),
);
