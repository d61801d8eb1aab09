import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Answer } from "./http/answer.js";

/** What is under way. */
interface UnderWay {
  readonly judgements: () => number;
  readonly verdicts: () => number;
}

/** What the judge counts. A name that a client chose is never a label. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter("qsc_judge_requests_total", "Requests that were answered.", ["route", "status"]);
  readonly #verdicts = this.#counter("qsc_judge_verdicts_total", "Verdicts that were answered.", ["route", "verdict"]);
  readonly #gone = this.#counter("qsc_judge_clients_gone_total", "Requests whose client was gone before the answer.", [
    "route",
  ]);
  readonly #seconds = new Histogram({
    name: "qsc_judge_request_seconds",
    help: "From the headers of a request to its answer.",
    labelNames: ["route"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.#registry],
  });

  constructor({ judgements, verdicts }: UnderWay) {
    collectDefaultMetrics({ register: this.#registry });
    const gauge = new Gauge({
      name: "qsc_judge_under_way",
      help: "Bodies that are judged, and questions about the telemetry that are answered, now.",
      labelNames: ["what"],
      registers: [this.#registry],
      collect: () => {
        gauge.set({ what: "judgements" }, judgements());
        gauge.set({ what: "verdicts" }, verdicts());
      },
    });
  }

  /** Counts an answer; of a client that was gone, only that. */
  count(route: string, { status, verdict, hasDocument = true }: Answer, seconds: number, isGone: boolean): void {
    this.#seconds.observe({ route }, seconds);
    if (isGone) {
      this.#gone.inc({ route });
      return;
    }
    this.#requests.inc({ route, status: String(status) });
    if (verdict !== null && hasDocument) this.#verdicts.inc({ route, verdict });
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }
}
