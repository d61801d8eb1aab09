import fc from "fast-check";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { failClosed, loadModel, ModelError, type ModelErrorCode, type ModelEvent } from "../src/index.js";
import { promClientMetrics } from "../src/prom-client/index.js";

interface Sample {
  readonly labels: object;
  readonly value: number;
}

/** The samples of one metric, without buckets. */
async function samples(register: Registry, name: string): Promise<readonly Sample[]> {
  const metric = register.getSingleMetric(name);
  if (metric === undefined) throw new Error(`there is no ${name}`);
  const { values } = (await metric.get()) as { values: readonly Sample[] };
  return values.map(({ labels, value }) => ({ labels, value }));
}

function wrapped(name: string, onEvent: (event: ModelEvent) => void, code?: string) {
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

describe("the listener for prom-client", () => {
  test("counts predictions by status, and failures by reason", async () => {
    const register = new Registry();
    const onEvent = promClientMetrics({ register });
    const [one, two] = [wrapped("one", onEvent), wrapped("two", onEvent)];
    for (const f of [0.5, -0.7, Number.NaN]) await one.predict(row(f));
    await two.predict(row(7));
    expect(await samples(register, "qsc_model_predictions_total")).toEqual([
      { labels: { model: "one", status: "active" }, value: 2 },
      { labels: { model: "one", status: "inactive" }, value: 1 },
      { labels: { model: "two", status: "inactive" }, value: 1 },
    ]);
    expect(await samples(register, "qsc_model_failures_total")).toEqual([
      { labels: { model: "one", reason: "input_not_finite" }, value: 1 },
      { labels: { model: "two", reason: "output_invalid" }, value: 1 },
    ]);
  });

  test("measures the time of calls alone: a row that no predictor saw has none", async () => {
    const register = new Registry();
    const model = wrapped("one", promClientMetrics({ register }));
    for (const f of [0.5, Number.NaN]) await model.predict(row(f));
    const text = await register.metrics();
    expect(text).toMatch(/^qsc_model_prediction_duration_seconds_count\{model="one"\} 1$/m);
    expect(text).toMatch(/^qsc_model_prediction_duration_seconds_bucket\{le="1",model="one"\} 1$/m);
  });

  test("says whether a model can serve as its state does", async () => {
    const register = new Registry();
    const model = wrapped("one", promClientMetrics({ register }));
    const active = () => samples(register, "qsc_model_active");
    expect(await active()).toEqual([]);
    for (const f of [0.5, 7, 0.4, Number.NaN, Number.NaN, -0.9]) {
      await model.predict(row(f));
      const value = model.state.status === "active" ? 1 : 0;
      expect(await active()).toEqual([{ labels: { model: "one" }, value }]);
    }
    await model.close();
    expect(await active()).toEqual([{ labels: { model: "one" }, value: 0 }]);
  });

  test("follows the state after any rows, reloads and a close", async () => {
    const act = fc.constantFrom(0.5, -0.9, 7, Number.NaN, "reload" as const, "close" as const);
    const symbols = fc.constantFrom("A", "B");
    const law = fc.asyncProperty(fc.array(fc.tuple(act, symbols), { minLength: 1, maxLength: 30 }), async (acts) => {
      const register = new Registry();
      const model = wrapped("one", promClientMetrics({ register }));
      let isKnown = false;
      for (const [each, symbol] of acts) {
        if (each === "reload") await model.reload();
        else if (each === "close") await model.close();
        else await model.predict({ symbol, features: { f: each } });
        isKnown ||= each !== "reload";
        const value = model.state.status === "active" ? 1 : 0;
        expect(await samples(register, "qsc_model_active")).toEqual(
          isKnown ? [{ labels: { model: "one" }, value }] : [],
        );
      }
    });
    await fc.assert(law, { numRuns: 200 });
  });

  test("a model that could not be loaded is not active", async () => {
    const register = new Registry();
    const runtime = { kind: "onnx", open: () => Promise.reject(new Error("not reached")) };
    await loadModel("/nowhere/model.json", { runtime, name: "one", onEvent: promClientMetrics({ register }) });
    expect(await samples(register, "qsc_model_active")).toEqual([{ labels: { model: "one" }, value: 0 }]);
    expect(await samples(register, "qsc_model_info")).toEqual([]);
  });

  test("an artefact replaces the one before", async () => {
    const register = new Registry();
    const listen = promClientMetrics({ register });
    for (const artifactSha256 of ["a".repeat(64), "b".repeat(64), "b".repeat(64)])
      listen({ kind: "loaded", model: "one", title: "One", artifactSha256 });
    expect(await samples(register, "qsc_model_info")).toEqual([
      { labels: { model: "one", artifact_sha256: "b".repeat(64) }, value: 1 },
    ]);
  });

  test("models beyond the limit share one name, which never counts as active", async () => {
    const register = new Registry();
    const onEvent = promClientMetrics({ register, maxModels: 2 });
    for (let at = 0; at < 50; at += 1) await wrapped(`customer-${at}`, onEvent).predict(row(0.5));
    expect(await samples(register, "qsc_model_predictions_total")).toEqual([
      { labels: { model: "customer-0", status: "active" }, value: 1 },
      { labels: { model: "customer-1", status: "active" }, value: 1 },
      { labels: { model: "(other)", status: "active" }, value: 48 },
    ]);
    expect(await samples(register, "qsc_model_active")).toEqual([
      { labels: { model: "customer-0" }, value: 1 },
      { labels: { model: "customer-1" }, value: 1 },
      { labels: { model: "(other)" }, value: 0 },
    ]);
  });

  test("reasons that a predictor makes up share one label", async () => {
    const register = new Registry();
    const onEvent = promClientMetrics({ register });
    for (let at = 0; at < 20; at += 1) await wrapped("one", onEvent, `made-up-${at}`).predict(row(0.5));
    expect(await samples(register, "qsc_model_failures_total")).toEqual([
      { labels: { model: "one", reason: "(other)" }, value: 20 },
    ]);
  });

  test("refuses a registry that has such metrics already, and options that mean nothing", () => {
    const register = new Registry();
    promClientMetrics({ register });
    expect(() => promClientMetrics({ register })).toThrow(/register already has qsc_model_predictions_total: make one/);
    for (const options of [{ register: {} }, { maxModels: 0 }, { registry: register }])
      expect(() => promClientMetrics(options as never)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });
});
