import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, test, vi } from "vitest";
import { createEnsemble, loadModel, onnxRuntime, type LoadOptions, type ModelManifest } from "../support/built.js";
import { install, modelFile, vector } from "../support/files.js";
import { Threads } from "../support/threads.js";

/** Multiplications that take sometimes-slow.onnx far more than LIMIT_MS, on any machine. */
const LONG = 4000;
const LIMIT_MS = 200;

const long = { features: vector(LONG) };
const short = { features: vector(0) };

async function load(model: string, options: Partial<LoadOptions> = {}, runtime = onnxRuntime()) {
  await using directory = await temporaryDirectory();
  return { model: await loadModel(await install(directory.path, model), { runtime, ...options }), runtime };
}

describe("while a model computes", () => {
  test("the event loop turns", async () => {
    const { model } = await load("sometimes-slow", { timeLimitMs: 60_000 });
    let turns = 0;
    let isAnswered = false;
    const turn = () => {
      turns += 1;
      if (!isAnswered) setImmediate(turn);
    };
    const prediction = model.predict({ features: vector(500) });
    setImmediate(turn);
    expect(await prediction).toMatchObject({ status: "active" });
    isAnswered = true;
    // Two turns pass even if it computes on this thread.
    expect(turns).toBeGreaterThan(10);
    await model.close();
  });

  test("the others of its ensemble answer, and its time limit holds", async () => {
    const runtime = onnxRuntime();
    const told: string[] = [];
    const onEvent: LoadOptions["onEvent"] = (event) => {
      if (event.kind === "prediction") told.push(`${event.model} ${event.prediction.status}`);
    };
    const { model: fast } = await load("tabular", { onEvent }, runtime);
    await using directory = await temporaryDirectory();
    const slow = await loadModel(await install(directory.path, "sometimes-slow", { name: "slow" }), {
      runtime,
      onEvent,
      timeLimitMs: LIMIT_MS,
    });
    const ensemble = createEnsemble({
      models: [slow, fast],
      weights: new Map([
        ["slow", 0.5],
        ["xgb", 0.5],
      ]),
      quorum: 1,
    });

    const decided = ensemble.decide(long);
    await fast.predict(short);
    await fast.predict(short);
    expect(told).toEqual(["xgb active", "xgb active", "xgb active"]);
    expect(await decided).toMatchObject({
      predictions: [{ reason: "timeout" }, { status: "active" }],
      decision: { kind: "decision", active: 1 },
    });
    expect(told.at(-1)).toBe("slow inactive");

    const next = await ensemble.decide(short);
    expect(next.predictions).toMatchObject([{ reason: "timeout", latencyMs: null }, { status: "active" }]);
    await runtime.idle();
    expect(await ensemble.decide(short)).toMatchObject({ predictions: [{ status: "active" }, { status: "active" }] });
    await ensemble.close();
  });
});

describe("a close", () => {
  test("waits for a call in time, and leaves no thread", async () => {
    using threads = new Threads();
    const { model } = await load("sometimes-slow", { timeLimitMs: 60_000 });
    const predictions = [300, 0, 100].map((first) => model.predict({ features: vector(first) }));
    await model.close();
    expect(await Promise.all(predictions)).toMatchObject([
      { status: "active" },
      { status: "active" },
      { status: "active" },
    ]);
    expect([threads.started.length, threads.alive]).toEqual([1, 0]);
  });

  test("does not wait for an overdue call, whose thread ends after it", async () => {
    using threads = new Threads();
    const { model, runtime } = await load("sometimes-slow", { timeLimitMs: LIMIT_MS });
    expect(await model.predict(long)).toMatchObject({ reason: "timeout" });
    await model.close();
    expect(threads.alive).toBe(1);
    await runtime.idle();
    await vi.waitFor(() => {
      expect(threads.alive).toBe(0);
    });
  });
});

describe("a reload", () => {
  test("during an overdue call serves at once, in a new thread", async () => {
    using threads = new Threads();
    await using directory = await temporaryDirectory();
    const runtime = onnxRuntime();
    const model = await loadModel(await install(directory.path, "sometimes-slow"), { runtime, timeLimitMs: LIMIT_MS });
    expect(await model.predict(long)).toMatchObject({ reason: "timeout" });
    expect(await model.reload()).toEqual({ status: "active" });
    expect(await model.predict(short)).toMatchObject({ status: "active" });
    expect(threads.alive).toBe(2);
    await runtime.idle();
    await vi.waitFor(() => {
      expect(threads.alive).toBe(1);
    });
    expect(await model.predict(short)).toMatchObject({ status: "active" });
    await model.close();
    expect(threads.alive).toBe(0);
  });

  test.each(["truncated", "two-inputs", "not-a-number"])("of %s leaves no thread", async (broken) => {
    using threads = new Threads();
    await using directory = await temporaryDirectory();
    const model = await loadModel(await install(directory.path, "tabular"), { runtime: onnxRuntime() });
    await install(directory.path, broken);
    expect(await model.reload()).toMatchObject({ status: "inactive" });
    expect([threads.started.length, threads.alive]).toEqual([2, 0]);
    await model.close();
  });

  test("repeated two hundred times leaks no thread", async () => {
    using threads = new Threads();
    const models = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const directory = await temporaryDirectory();
        return {
          directory,
          model: await loadModel(await install(directory.path, "tabular"), { runtime: onnxRuntime() }),
        };
      }),
    );
    await Promise.all(
      models.map(async ({ model }) => {
        for (let n = 0; n < 50; n += 1) expect(await model.reload()).toEqual({ status: "active" });
      }),
    );
    expect([threads.started.length, threads.alive]).toEqual([204, 4]);
    expect(threads.most).toBeLessThanOrEqual(8);
    for (const { model, directory } of models) {
      await model.close();
      await directory[Symbol.asyncDispose]();
    }
    expect(threads.alive).toBe(0);
  });
});

describe("a thread that has died", () => {
  const ended = (worker: Worker | undefined) => new Promise((resolve) => worker?.once("exit", resolve));

  test("of an error makes every prediction fail with it, until a reload", async () => {
    using threads = new Threads();
    await using directory = await temporaryDirectory();
    const model = await loadModel(await install(directory.path, "tabular"), { runtime: onnxRuntime() });
    const [thread] = threads.started;
    const gone = ended(thread);
    // No question: nothing in the thread catches what comes of it.
    thread?.postMessage(null);
    const pending = [model.predict(short), model.predict(short)];
    await gone;
    for (const prediction of [...(await Promise.all(pending)), await model.predict(short)]) {
      expect(prediction).toMatchObject({
        reason: "predict_failed",
        error: {
          message: expect.stringMatching(
            /^Predictor failed: Thread of the model has ended: Cannot read properties of null/,
          ),
          cause: { cause: expect.objectContaining({ name: "TypeError" }) },
        },
      });
    }
    expect(model.state).toMatchObject({ reason: "predict_failed" });
    expect(await model.reload()).toEqual({ status: "active" });
    expect(await model.predict(short)).toMatchObject({ status: "active" });
    await model.close();
    expect(threads.alive).toBe(0);
  });

  test("of an exit does so too", async () => {
    using threads = new Threads();
    const { model, runtime } = await load("tabular");
    await threads.started[0]?.terminate();
    expect(await model.predict(short)).toMatchObject({
      reason: "predict_failed",
      error: { message: "Predictor failed: Thread of the model has ended: exit code 1" },
    });
    await runtime.idle();
    await model.close();
  });

  test("before its session was open makes the model corrupt", async () => {
    const kill = (worker: Worker) => void worker.terminate();
    process.once("worker", kill);
    const { model } = await load("tabular");
    expect(model.state).toMatchObject({
      reason: "model_corrupt",
      error: {
        message: expect.stringMatching(
          /^Model file model.onnx cannot be opened: Thread of the model has ended: exit code \d$/,
        ),
      },
    });
    await model.close();
  });
});

describe("the bytes that are opened", () => {
  const manifest: ModelManifest = {
    name: "xgb",
    title: "XGB",
    kind: "onnx",
    file: "model.onnx",
    sha256: null,
    input: { name: null, shape: [1, 4] },
    output: { name: null },
    features: ["a", "b", "c", "d"],
    labels: ["SELL", "HOLD", "BUY"],
    rows: 1,
    reference: new Map(),
    probes: [],
    metadata: {},
  };

  test("are those that were given, which stay the caller's", async () => {
    const file = await readFile(modelFile("tabular"));
    const bytes = new Uint8Array(file.length + 16).subarray(8, -8);
    bytes.set(file);
    const opening = onnxRuntime().open(bytes, manifest);
    bytes.fill(0);
    const session = await opening;
    expect(session).toMatchObject({ inputShape: [1, 4], labelCount: 3 });
    expect(bytes).toHaveLength(file.length);
    await session.close();
  });

  test("go to the thread with no more of the manifest than it needs", async () => {
    const reference = new Map([["a", (() => undefined) as never]]);
    const session = await onnxRuntime().open(await readFile(modelFile("tabular")), { ...manifest, reference });
    await session.close();
  });

  test("that are no model say why", async () => {
    const opening = onnxRuntime().open(await readFile(join(import.meta.dirname, "threads.test.ts")), manifest);
    await expect(opening).rejects.toThrow(/protobuf/i);
  });
});
