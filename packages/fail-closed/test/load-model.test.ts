import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  loadModel,
  ModelError,
  type Answer,
  type failClosed,
  type LoadOptions,
  type RuntimeSession,
} from "../src/index.js";
import { deferredPromise, type Deferred } from "./support/deferred.js";
import { install, LABELS, manifestText, vector } from "./support/files.js";

const GOOD: Answer = { label: "BUY", confidence: 0.5 };
const row = { features: vector() };

/** A runtime whose sessions answer as told, and the order of what happens to them. */
function fakeRuntime(given: Partial<RuntimeSession> = {}, open: () => Promise<unknown> = async () => undefined) {
  const told: string[] = [];
  let opened = 0;
  const runtime: LoadOptions["runtime"] = {
    kind: "onnx",
    async open() {
      opened += 1;
      const name = `session ${opened}`;
      await open();
      told.push(`${name} opened`);
      return {
        inputShape: null,
        labelCount: null,
        predict: () => GOOD,
        close: async () => {
          told.push(`${name} closed`);
        },
        ...given,
      };
    },
  };
  return { runtime, told };
}

/** Loads a model of files that are in order, with a runtime of the test's own. */
async function load(options: LoadOptions, given: Readonly<Record<string, unknown>> = {}) {
  await using directory = await temporaryDirectory();
  return await loadModel(await install(directory.path, "tabular", given), options);
}

describe("what a runtime says of a model", () => {
  test.each<[Partial<RuntimeSession>, string, string]>([
    [{ inputShape: [null, 5] }, "dimension_mismatch", "Manifest declares the input [1, 4], the model takes [any, 5]"],
    [{ inputShape: [1, 1, 4] }, "dimension_mismatch", "the model takes [1, 1, 4]"],
    [{ labelCount: 2 }, "dimension_mismatch", "Manifest declares 3 labels, the model has 2"],
    [
      { predict: () => ({ label: "HODL", confidence: 0.5 }) },
      "output_invalid",
      'Probe on zeros: Output has the unknown label "HODL"',
    ],
    [
      {
        predict: () => {
          throw new Error("broken");
        },
      },
      "predict_failed",
      "Probe on zeros: Predictor failed: broken",
    ],
    [
      { predict: () => Promise.reject(new ModelError("input_not_finite", "Own")) },
      "input_not_finite",
      "Probe on zeros: Own",
    ],
  ])("%j makes it inactive, and its session is closed", async (session, reason, message) => {
    const { runtime, told } = fakeRuntime(session);
    const model = await load({ runtime });
    expect(model.state).toMatchObject({ reason, error: { message: expect.stringContaining(message) } });
    expect(told).toEqual(["session 1 opened", "session 1 closed"]);
    expect(model).toMatchObject({ labels: LABELS, artifactSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test.each([[{ inputShape: [null, 4] }], [{ inputShape: [null, null], labelCount: 3 }]])(
    "%j fits",
    async (session) => {
      expect((await load({ runtime: fakeRuntime(session).runtime })).state).toEqual({ status: "active" });
    },
  );

  test("its own reason stands; anything else makes the file corrupt", async () => {
    const fails = (thrown: Error) => fakeRuntime({}, () => Promise.reject(thrown)).runtime;
    expect((await load({ runtime: fails(new ModelError("model_missing", "No runtime")) })).state).toMatchObject({
      reason: "model_missing",
    });
    const cause = new Error("bad magic");
    const { state } = await load({ runtime: fails(cause) });
    expect(state).toMatchObject({
      reason: "model_corrupt",
      error: { message: "Model file model.onnx cannot be opened: bad magic", cause },
    });
  });
});

describe("the name", () => {
  test.each([
    [{}, "xgb"],
    [{ name: "xgb", title: "XGB" }, "XGB"],
  ])("of %j", async (options, title) => {
    expect(await load({ runtime: fakeRuntime().runtime, ...options })).toMatchObject({ name: "xgb", title });
  });

  test("is that of the manifest's file until a manifest is known, and stays then", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "manifest.json");
    const model = await loadModel(path, { runtime: fakeRuntime().runtime });
    expect(model.name).toBe("manifest");
    await install(directory.path, "tabular");
    await model.reload();
    expect(model).toMatchObject({ name: "xgb", state: { status: "active" } });
    await writeFile(path, manifestText({ name: "lgbm" }));
    await model.reload();
    expect(model).toMatchObject({ name: "xgb", state: { reason: "manifest_invalid" } });
  });
});

describe("sessions", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Sessions that answer their probe at once, and every prediction when the test says so. */
  function waiting() {
    const calls: Deferred<Answer>[] = [];
    const predict: RuntimeSession["predict"] = ({ data }) => {
      if (data.every((value) => value === 0)) return GOOD;
      const call = deferredPromise<Answer>();
      calls.push(call);
      return call.promise;
    };
    return { calls, ...fakeRuntime({ predict }) };
  }

  test("are closed only after the predictions in flight, which stand", async () => {
    const { runtime, told, calls } = waiting();
    await using directory = await temporaryDirectory();
    const model = await loadModel(await install(directory.path, "tabular"), { runtime });
    const prediction = model.predict(row);
    const reloaded = model.reload();
    await vi.waitFor(() => {
      expect(told).toEqual(["session 1 opened", "session 2 opened"]);
    });
    calls[0]?.resolve(GOOD);
    expect(await prediction).toMatchObject({ status: "active" });
    expect(await reloaded).toEqual({ status: "active" });
    expect(told).toEqual(["session 1 opened", "session 2 opened", "session 1 closed"]);
    await model.close();
    expect(told.at(-1)).toBe("session 2 closed");
  });

  test("that were replaced say nothing of the model as it is now", async () => {
    const { runtime, calls } = waiting();
    await using directory = await temporaryDirectory();
    const model = await loadModel(await install(directory.path, "tabular"), { runtime });
    const prediction = model.predict(row);
    await writeFile(join(directory.path, "model.onnx"), "");
    const reloaded = model.reload();
    await vi.waitFor(() => {
      expect(model.state).toMatchObject({ reason: "model_corrupt" });
    });
    calls[0]?.resolve(GOOD);
    expect(await prediction).toMatchObject({ status: "active" });
    expect(await reloaded).toMatchObject({ reason: "model_corrupt" });
  });

  test("with an overdue call are closed when it ends at last", async () => {
    const { runtime, told, calls } = waiting();
    const model = await load({ runtime, timeLimitMs: 1 });
    expect(await model.predict(row)).toMatchObject({ reason: "timeout" });
    await model.close();
    expect(told).toEqual(["session 1 opened"]);
    calls[0]?.resolve(GOOD);
    await vi.waitFor(() => {
      expect(told.at(-1)).toBe("session 1 closed");
    });
  });

  test("that come too late are closed", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const [begun, gate] = [deferredPromise<undefined>(), deferredPromise<undefined>()];
    const { runtime, told } = fakeRuntime({}, () => {
      begun.resolve(undefined);
      return gate.promise;
    });
    const loading = load({ runtime, loadLimitMs: 50 });
    await begun.promise;
    vi.advanceTimersByTime(50);
    expect((await loading).state).toMatchObject({
      reason: "timeout",
      error: { message: "Model was not loaded within 50 ms" },
    });
    vi.useRealTimers();
    gate.resolve(undefined);
    await vi.waitFor(() => {
      expect(told).toEqual(["session 1 opened", "session 1 closed"]);
    });
  });

  test("are not opened, nor a file announced, once the load is overdue", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await using directory = await temporaryDirectory();
    const path = await install(directory.path, "tabular");
    const { runtime, told } = fakeRuntime();
    const loading = loadModel(path, { runtime, loadLimitMs: 50, onEvent: ({ kind }) => told.push(kind) });
    vi.advanceTimersByTime(50);
    expect((await loading).state).toMatchObject({ reason: "timeout" });
    // As long as the rest of the load would take, several times over.
    for (let n = 0; n < 20; n += 1) await readFile(path);
    expect(told).toEqual(["inactive"]);
  });

  test("that fail to close do no harm", async () => {
    const { runtime } = fakeRuntime({ close: () => Promise.reject(new Error("stuck")) });
    await using directory = await temporaryDirectory();
    const model = await loadModel(await install(directory.path, "tabular"), { runtime });
    expect(await model.reload()).toEqual({ status: "active" });
    await model.close();
  });

  test("are opened one at a time", async () => {
    let [opening, most] = [0, 0];
    const { runtime, told } = fakeRuntime({}, async () => {
      opening += 1;
      most = Math.max(most, opening);
      // As long as it takes to read a file, several times over: another reload would have come here by then.
      for (let n = 0; n < 5; n += 1) await readFile(import.meta.filename);
      opening -= 1;
    });
    await using directory = await temporaryDirectory();
    const model = await loadModel(await install(directory.path, "tabular"), { runtime });
    await Promise.all([model.reload(), model.reload(), model.reload()]);
    expect([most, told.length]).toEqual([1, 7]);
  });

  test("are closed in turn, and none stays open after a close", async () => {
    const { runtime, told } = fakeRuntime();
    await using directory = await temporaryDirectory();
    const model = await loadModel(await install(directory.path, "tabular"), { runtime });
    await Promise.all([model.reload(), model.reload(), model.reload()]);
    const last = model.reload();
    // Let the reload begin before the close.
    await Promise.resolve();
    await Promise.all([model.close(), last, model.close()]);
    expect(told.slice(0, 7)).toEqual([
      "session 1 opened",
      "session 2 opened",
      "session 1 closed",
      "session 3 opened",
      "session 2 closed",
      "session 4 opened",
      "session 3 closed",
    ]);
    expect(told.filter((line) => line.endsWith("opened")).length).toBe(
      told.filter((line) => line.endsWith("closed")).length,
    );
    expect(model.state).toMatchObject({ reason: "closed" });
  });
});

describe("refuses invalid options", () => {
  test.each([{ timeLimitMs: 0 }, { loadLimitMs: -1 }, { maxSymbols: 0.5 }, { degeneracy: { std: Number.NaN } }])(
    "%j",
    async (options) => {
      await expect(load({ runtime: fakeRuntime().runtime, ...options })).rejects.toThrow(
        expect.objectContaining({
          code: "invalid_option",
          message: expect.stringContaining(Object.keys(options)[0] ?? ""),
        }),
      );
    },
  );
});

test("wrapping a custom predictor does not need zod", async () => {
  vi.resetModules();
  vi.doMock("zod", () => {
    throw new Error("zod was imported");
  });
  try {
    const { failClosed: wrap } = (await import("../src/index.js")) as { failClosed: typeof failClosed };
    const model = wrap({
      name: "m",
      labels: ["a", "b"],
      features: ["x"],
      predict: () => ({ label: "a", confidence: 1 }),
    });
    expect(await model.predict({ features: [1] })).toMatchObject({ status: "active" });
    await expect(import("../src/manifest.js")).rejects.toThrow();
  } finally {
    vi.doUnmock("zod");
  }
});
