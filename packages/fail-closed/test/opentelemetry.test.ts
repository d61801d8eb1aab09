import { AggregationTemporality, MeterProvider, MetricReader, type MetricData } from "@opentelemetry/sdk-metrics";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { failClosed, ModelError, type FailClosedModel, type ModelErrorCode, type ModelEvent } from "../src/index.js";
import { openTelemetryMetrics } from "../src/opentelemetry/index.js";

/** Collects when it is asked to. */
class OnDemand extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

let provider: MeterProvider;
let reader: OnDemand;
beforeEach(() => {
  reader = new OnDemand({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  provider = new MeterProvider({ readers: [reader] });
});
afterEach(() => provider.shutdown());

async function collected(): Promise<ReadonlyMap<string, MetricData>> {
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  return new Map(
    resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics).map((metric) => [metric.descriptor.name, metric]),
  );
}

async function points(name: string): Promise<readonly { readonly attributes: object; readonly value: unknown }[]> {
  const metric = (await collected()).get(name);
  return (metric?.dataPoints ?? []).map(({ attributes, value }) => ({ attributes, value }));
}

const listener = (options: object = {}) => openTelemetryMetrics({ meter: provider.getMeter("test"), ...options });

function wrapped(name: string, onEvent: (event: ModelEvent) => void, code?: string): FailClosedModel {
  return failClosed({
    name,
    labels: ["A", "B"],
    features: ["f"],
    onEvent,
    predict: ({ data }) => {
      if (code !== undefined) throw new ModelError(code as ModelErrorCode, "Thrown");
      return { label: (data[0] ?? 0) > 0 ? "A" : "B", confidence: Math.abs(data[0] ?? 0) };
    },
  });
}

const row = (f: number) => ({ symbol: "BTCUSDT", features: { f } });

describe("the listener for OpenTelemetry", () => {
  test("counts predictions, those without an answer by error.type", async () => {
    const model = wrapped("one", listener());
    for (const f of [0.5, -0.7, Number.NaN, 7]) await model.predict(row(f));
    expect(await points("qsc.model.predictions")).toEqual([
      { attributes: { "qsc.model.name": "one" }, value: 2 },
      { attributes: { "qsc.model.name": "one", "error.type": "input_not_finite" }, value: 1 },
      { attributes: { "qsc.model.name": "one", "error.type": "output_invalid" }, value: 1 },
    ]);
  });

  test("measures durations in seconds, in buckets that end where a call is overdue", async () => {
    const model = wrapped("one", listener());
    for (const f of [0.5, Number.NaN]) await model.predict(row(f));
    const metric = (await collected()).get("qsc.model.prediction.duration");
    expect(metric?.descriptor.unit).toBe("s");
    const [point, ...others] = metric?.dataPoints ?? [];
    expect(others).toEqual([]);
    expect(point).toMatchObject({ attributes: { "qsc.model.name": "one" }, value: { count: 1 } });
    const { boundaries } = (point?.value as { buckets: { boundaries: readonly number[] } }).buckets;
    expect([boundaries[0], boundaries.at(-1)]).toEqual([0.000_05, 1]);
  });

  test("says whether a model can serve as its state does", async () => {
    const model = wrapped("one", listener());
    expect(await points("qsc.model.active")).toEqual([]);
    for (const f of [0.5, 7, 0.4, Number.NaN, Number.NaN, -0.9]) {
      await model.predict(row(f));
      const value = model.state.status === "active" ? 1 : 0;
      expect(await points("qsc.model.active")).toEqual([{ attributes: { "qsc.model.name": "one" }, value }]);
    }
  });

  test("models beyond the limit share one name, which never counts as active", async () => {
    const onEvent = listener({ maxModels: 1 });
    for (let at = 0; at < 30; at += 1) await wrapped(`customer-${at}`, onEvent).predict(row(0.5));
    expect(await points("qsc.model.predictions")).toEqual([
      { attributes: { "qsc.model.name": "customer-0" }, value: 1 },
      { attributes: { "qsc.model.name": "(other)" }, value: 29 },
    ]);
    expect(await points("qsc.model.active")).toEqual([
      { attributes: { "qsc.model.name": "customer-0" }, value: 1 },
      { attributes: { "qsc.model.name": "(other)" }, value: 0 },
    ]);
  });

  test("reasons that a predictor makes up share one attribute", async () => {
    const onEvent = listener();
    for (let at = 0; at < 20; at += 1) await wrapped("one", onEvent, `made-up-${at}`).predict(row(0.5));
    expect(await points("qsc.model.predictions")).toEqual([
      { attributes: { "qsc.model.name": "one", "error.type": "_OTHER" }, value: 20 },
    ]);
  });

  test("refuses what is not a meter, and options that mean nothing", () => {
    const meter = provider.getMeter("test");
    for (const options of [{}, { meter: {} }, { meter, maxModels: 0.5 }, { meter, prefix: "x" }])
      expect(() => openTelemetryMetrics(options as never)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });
});
