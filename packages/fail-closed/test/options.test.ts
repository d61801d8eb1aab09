import { QscError } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkWeights,
  createEnsemble,
  failClosed,
  loadModel,
  parseWeights,
  readWeights,
  vote,
  weightsFromEnvironment,
  type EnsembleOptions,
  type FailClosedOptions,
  type LoadOptions,
  type VoteOptions,
} from "../src/index.js";
import { onnxRuntime } from "../src/onnx/index.js";
import { HOSTILE, junk } from "./support/hostile.js";
import { active } from "./support/predictions.js";

const LABELS = ["BUY", "SELL"] as const;
const WRAP: FailClosedOptions<string> = {
  name: "m",
  labels: LABELS,
  features: ["x"],
  predict: () => ({ label: "BUY", confidence: 0.5 }),
};
const LOAD: LoadOptions = { runtime: { kind: "onnx", open: () => Promise.reject(new Error("none")) } };
const ENSEMBLE: EnsembleOptions<string> = { models: [failClosed(WRAP)], weights: new Map([["m", 1]]), quorum: 1 };
const VOTE: VoteOptions = { weights: new Map([["m", 1]]), quorum: 1 };

/** An error of `run`, which must be a coded one; null where there is none. */
async function refusal(run: () => unknown): Promise<QscError | null> {
  try {
    await run();
    return null;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(QscError);
    return thrown as QscError;
  }
}

/** What is `invalid_option`, and what the sentence says. */
async function sentence(run: () => unknown): Promise<string> {
  const error = await refusal(run);
  expect(error?.code).toBe("invalid_option");
  return error?.message ?? "";
}

const wrap = (given: object) => sentence(() => failClosed({ ...WRAP, ...given }));

describe("refuses an invalid option by name and value", () => {
  test.each<[object, string]>([
    [{ degeneracy: { share: 95 } }, "degeneracy.share is 95; it must be a number from 0 to below 1."],
    [{ degeneracy: { share: Number.NaN } }, "degeneracy.share is NaN"],
    [{ degeneracy: { std: "0.02%" } }, 'degeneracy.std is "0.02%"'],
    [{ degeneracy: { windw: 5 } }, 'degeneracy has the unknown key "windw"'],
    [{ degeneracy: { per: "pair" } }, 'degeneracy.per must be "model" or "symbol", not "pair".'],
    [{ degeneracy: false }, "degeneracy must be an object of options, not false."],
    [{ degeneracy: null }, "degeneracy must be an object of options, not null."],
    [{ degeneracy: [] }, "degeneracy must be an object of options, not a list of 0."],
    [{ name: 7 }, "name must be letters, digits and ._:/@+-, not 7."],
    [{ name: undefined }, "name must be letters, digits and ._:/@+-, not undefined."],
    [{ predict: undefined }, "predict must be a function, not undefined."],
    [{ predict: "BUY" }, 'predict must be a function, not "BUY".'],
    [{ labels: "BUY" }, 'labels must be different names, at least 2, not "BUY".'],
    [{ labels: [1, 2] }, "labels must be different names, at least 2, not a list of 2."],
    [{ labels: ["BUY", , "SELL"] }, "labels must be different names, at least 2"],
    [{ labels: ["é".normalize("NFC"), "é".normalize("NFD")] }, "labels must be different names"],
    [{ features: [undefined] }, "features must be different names, at least 1"],
    [{ rows: "3" }, 'rows must be a whole number, at least 1, not "3".'],
    [{ title: 5 }, "title must be a text that is not empty, not 5."],
    [
      { timeLimitMs: "1000" },
      'timeLimitMs must be a number of milliseconds above 0 and at most 2147483647, not "1000".',
    ],
    [{ onEvent: {} }, "onEvent must be a function, not an object."],
    [
      { timelimitMs: 5 },
      '"timelimitMs" is not an option: the options are title, timeLimitMs, degeneracy, onEvent, maxSymbols, name, labels, features, rows, predict.',
    ],
  ])("failClosed: %j", async (given, message) => {
    expect(await wrap(given)).toContain(message);
  });

  test("failClosed, loadModel, createEnsemble and vote without any options at all", async () => {
    for (const nothing of [undefined, null, 5, "x", []]) {
      for (const run of [
        failClosed,
        createEnsemble,
        (given: never) => loadModel("m.json", given),
        (given: never) => vote([], given),
        onnxRuntime,
      ]) {
        if (run === onnxRuntime && nothing === undefined) continue;
        expect(await sentence(() => run(nothing as never))).toMatch(/^options must be an object, not /);
      }
    }
  });

  test.each<[() => unknown, string]>([
    [() => loadModel(5 as never, LOAD), "manifestPath must be a text that is not empty, not 5."],
    [
      () => loadModel("m.json", {} as never),
      "runtime must be a runtime with 'kind' and 'open', such as onnxRuntime(), not undefined.",
    ],
    [() => loadModel("m.json", { ...LOAD, name: "a b" }), 'name must be letters, digits and ._:/@+-, not "a b".'],
    [() => createEnsemble({ ...ENSEMBLE, models: [{}] as never }), "models must be a list of models, not a list of 1."],
    [
      () => vote([null as never], VOTE),
      "predictions must be a list of predictions, each with its 'model', not a list of 1.",
    ],
    [
      () => vote([active("m", "BUY", 1)], { ...VOTE, weights: { m: 1 } as never }),
      "weights must be a Map of models and weights, not an object.",
    ],
    [() => onnxRuntime({ threads: 0 }), "threads must be a whole number from 1 to 1024, not 0."],
    [() => parseWeights(null as never, ["m"], "Text"), "json is null; it must be a text."],
    [() => readWeights(5 as never, ["m"]), "path must be a text that is not empty, not 5."],
    [
      () => weightsFromEnvironment({ QSC_CANARY_WEIGHT: 0.1 } as never, ["m"]),
      "env.QSC_CANARY_WEIGHT is 0.1; it must be a text.",
    ],
  ])("%o", async (run, message) => {
    expect(await sentence(run)).toContain(message);
  });

  test("weights that are neither a Map nor pairs are invalid weights", async () => {
    for (const weights of [null, 5, "m", { m: 1 }, [1], [[1, 1]]]) {
      expect(await refusal(() => createEnsemble({ ...ENSEMBLE, weights: weights as never }))).toMatchObject({
        code: "invalid_weights",
      });
    }
  });
});

/** The options with one, or all, of them replaced by anything. */
const replaced = (options: object): fc.Arbitrary<() => unknown> =>
  fc.oneof(
    junk,
    fc
      .tuple(fc.constantFrom(...Object.keys(options)), junk)
      .map(([key, value]) => () => ({ ...options, [key]: value() })),
    fc.tuple(fc.string(), junk).map(([key, value]) => () => ({ ...options, [key]: value() })),
  );

describe("any value in any option gives a coded error or the usual result", () => {
  const guard = {
    title: "t",
    timeLimitMs: 5,
    degeneracy: { window: 3, share: 0.5, std: 0.1, recovered: { share: 0.5, std: 0.1 }, per: "model" },
    onEvent: () => undefined,
    maxSymbols: 5,
  };
  const inDegeneracy = replaced(guard.degeneracy).map((degeneracy) => () => ({ ...WRAP, degeneracy: degeneracy() }));

  test.each<[string, fc.Arbitrary<() => unknown>, (given: unknown) => unknown]>([
    ["failClosed", replaced({ ...WRAP, ...guard, rows: 2 }), (given) => failClosed(given as never)],
    ["failClosed's degeneracy", inDegeneracy, (given) => failClosed(given as never)],
    [
      "loadModel",
      replaced({ ...LOAD, ...guard, name: "m", loadLimitMs: 5 }),
      (given) => loadModel("nowhere.json", given as never),
    ],
    ["createEnsemble", replaced(ENSEMBLE), (given) => createEnsemble(given as never)],
    ["vote", replaced(VOTE), (given) => vote([active("m", "BUY", 1)], given as never)],
    ["vote's predictions", replaced([active("m", "BUY", 1)]), (given) => vote(given as never, VOTE)],
    ["vote's prediction", replaced(active("m", "BUY", 1)), (given) => vote([given] as never, VOTE)],
    ["onnxRuntime", replaced({ threads: 1 }), (given) => onnxRuntime(given as never)],
    ["checkWeights", replaced([["m", 1]]), (given) => checkWeights(given as never, ["m"], "Text")],
    ["checkWeights' models", junk, (given) => checkWeights([["m", 1]], given as never, "Text")],
    ["parseWeights", junk, (given) => parseWeights(given as never, ["m"], "Text")],
    [
      "weightsFromEnvironment",
      replaced({ QSC_CANARY_WEIGHT: "1" }),
      (given) => weightsFromEnvironment(given as never, ["m"]),
    ],
  ])("%s", async (_, arbitrary, run) => {
    await fc.assert(
      fc.asyncProperty(arbitrary, async (given) => {
        await refusal(() => run(given()));
      }),
      { numRuns: 500 },
    );
  });

  test.each(HOSTILE.map((value, index) => [index, value] as const))(
    "a value that throws when it is looked at (%d)",
    async (_, value) => {
      for (const key of [...Object.keys(WRAP), ...Object.keys(guard)])
        await refusal(() => failClosed({ ...WRAP, [key]: value }));
      await refusal(() => failClosed(value as never));
      await refusal(() => createEnsemble({ ...ENSEMBLE, models: [value] as never }));
      await refusal(() => vote([value] as never, VOTE));
      await refusal(() => vote([{ ...active("m", "BUY", 1), action: value, confidence: value }] as never, VOTE));
    },
  );
});
