import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canaryEnvironment, QscError } from "@qsc/contract";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkWeights, parseWeights, readWeights, weightsFromEnvironment } from "../src/index.js";

const MODELS = ["xgb", "lgbm", "nhits"];

const refusal = (message: string) => expect.objectContaining({ code: "invalid_weights", message });

describe("weights", () => {
  test("are in the order of the models, whatever they are written in", () => {
    expect([...parseWeights('{"nhits": 0, "xgb": 2.5e-1, "lgbm": 0.75}', MODELS, "Text")]).toEqual([
      ["xgb", 0.25],
      ["lgbm", 0.75],
      ["nhits", 0],
    ]);
  });

  test.each([1 / 3, 0.333333, 0.3333336])("of %d each are 1 within the tolerance", (weight) => {
    expect(
      checkWeights(
        MODELS.map((model) => [model, weight]),
        MODELS,
        "Text",
      ).size,
    ).toBe(3);
  });

  test.each([
    ['{"xgb": 0.5, "lgbm": 0.5}', "Text: 'nhits' is missing; write 0 for a model that shall not vote."],
    ['{"xgb": 1}', "Text: 'lgbm', 'nhits' is missing; write 0 for a model that shall not vote."],
    [
      '{"xgb": 0.5, "lgbm": 0.5, "nhits": 0, "patchtst": 0}',
      "Text: 'patchtst' is not a model of the ensemble, which has xgb, lgbm, nhits.",
    ],
    ['{"xgb": 0.5, "lgbm": 0.5, "xgb": 0.5, "nhits": 0}', "Text: it is not JSON: the key 'xgb' stands there twice."],
    [String.raw`{"xgb": 0.5, "x\u0067b": 0.5}`, "Text: it is not JSON: the key 'xgb' stands there twice."],
    ['{"__proto__": 1}', "Text: it is not JSON: the key '__proto__' is not allowed."],
    ['{"xgb": -0.5, "lgbm": 1.5, "nhits": 0}', "Text: 'xgb' has the weight -0.5, not a finite number >= 0."],
    ['{"xgb": "1", "lgbm": 0, "nhits": 0}', "Text: 'xgb' has the weight \"1\", not a finite number >= 0."],
    ['{"xgb": null, "lgbm": 0, "nhits": 0}', "Text: 'xgb' has the weight null, not a finite number >= 0."],
    ['{"xgb": 1e400, "lgbm": 0, "nhits": 0}', "Text: 'xgb' has the weight Infinity, not a finite number >= 0."],
    [
      '{"xgb": 0.5, "lgbm": 0.25, "nhits": 0.125}',
      "Text: the weights xgb 0.5, lgbm 0.25, nhits 0.125 sum up to 0.875, not 1.",
    ],
    ['{"xgb": 0, "lgbm": 0, "nhits": 0}', "Text: the weights xgb 0, lgbm 0, nhits 0 sum up to 0, not 1."],
    ["[0.5, 0.5]", "Text: it is not an object of models and weights."],
    ["null", "Text: it is not an object of models and weights."],
  ])("%s are refused", (text, message) => {
    expect(() => parseWeights(text, MODELS, "Text")).toThrow(refusal(message));
  });

  test("beside 1 by more than the tolerance are refused", () => {
    for (const weight of [0.3333326, 0.3333337])
      expect(() =>
        checkWeights(
          MODELS.map((model) => [model, weight]),
          MODELS,
          "Text",
        ),
      ).toThrow("not 1.");
  });

  test.each(["", "{", '{"xgb": NaN}', '{"xgb": Infinity}', "{'xgb': 1}"])("%s is not JSON", (text) => {
    expect(() => parseWeights(text, MODELS, "Text")).toThrow(/^Text: it is not JSON: /);
  });

  test("given twice are refused, as NaN is", () => {
    expect(() =>
      checkWeights(
        [
          ["xgb", 1],
          ["xgb", 0],
        ],
        MODELS,
        "Text",
      ),
    ).toThrow(refusal("Text: 'xgb' stands there twice."));
    expect(() => checkWeights([["xgb", Number.NaN]], MODELS, "Text")).toThrow("NaN");
  });

  test("are read from a file, which refusals name", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "weights.json");
    await expect(readWeights(path, MODELS)).rejects.toThrow(/^File .*weights.json: it cannot be read: ENOENT/);
    await writeFile(path, '{"xgb": 0.5, "lgbm": 0.5, "nhits": 0}');
    expect((await readWeights(path, MODELS)).get("xgb")).toBe(0.5);
    await writeFile(path, '\ufeff{"xgb": 0.5, "lgbm": 0.5, "nhits": 0}');
    await expect(readWeights(path, MODELS)).rejects.toThrow(
      /weights.json: it begins with a byte order mark \(BOM\); save it as UTF-8 without one\.$/,
    );
    await writeFile(path, '{"xgb": 0.5, "lgbm": 0.5, "nhits": 0}', "utf16le");
    await expect(readWeights(path, MODELS)).rejects.toThrow(
      /weights.json: it is not UTF-8 text, perhaps UTF-16; save it as UTF-8\.$/,
    );
    await writeFile(path, "{}");
    await expect(readWeights(path, MODELS)).rejects.toThrow(QscError);
  });
});

describe("the weights of a canary", () => {
  const WEIGHTS = '{"xgb": 0.5, "lgbm": 0.4, "nhits": 0.1}';
  const env = (model?: string, weight?: string, weights: string | undefined = WEIGHTS) => ({
    QSC_CANARY_WEIGHTS: weights,
    QSC_CANARY_MODEL: model,
    QSC_CANARY_WEIGHT: weight,
  });

  test.each([{}, { QSC_CANARY_WEIGHTS: "", QSC_CANARY_MODEL: "", QSC_CANARY_WEIGHT: "" }])(
    "are none in %j",
    (given) => {
      expect(weightsFromEnvironment(given, MODELS)).toBeNull();
    },
  );

  test.each(["0.1", "1e-1", ".1", "0.1000004"])("are those of the drop-in, with %s", (weight) => {
    expect(weightsFromEnvironment(env("nhits", weight), MODELS)).toEqual({
      weights: new Map([
        ["xgb", 0.5],
        ["lgbm", 0.4],
        ["nhits", 0.1],
      ]),
      canary: { model: "nhits", weight: Number(weight) },
    });
  });

  test("are read as `qsc activate` writes them", () => {
    fc.assert(
      fc.property(fc.nat(100), fc.constantFrom(...MODELS), (hundredths, model) => {
        const share = hundredths / 100;
        const [one = "", other = ""] = MODELS.filter((each) => each !== model);
        const weights = { [model]: share, [one]: 1 - share, [other]: 0 };
        const env = Object.fromEntries(canaryEnvironment({ model, weights }));
        expect(weightsFromEnvironment(env, MODELS)).toEqual({
          weights: new Map(MODELS.map((each) => [each, weights[each]])),
          canary: { model, weight: share },
        });
      }),
    );
  });

  test.each<[Record<string, string | undefined>, string]>([
    [env("nhits"), "Environment: 'QSC_CANARY_WEIGHT' is not set, though other variables of a canary are."],
    [env("", "0.1"), "Environment: 'QSC_CANARY_MODEL' is not set, though other variables of a canary are."],
    [
      { QSC_CANARY_WEIGHT: "0.1" },
      "Environment: 'QSC_CANARY_WEIGHTS', 'QSC_CANARY_MODEL' is not set, though other variables of a canary are.",
    ],
    [
      env("patchtst", "0.1"),
      "QSC_CANARY_MODEL: 'patchtst' is not a model of the ensemble, which has xgb, lgbm, nhits.",
    ],
    [env("nhits", "0.2"), "QSC_CANARY_WEIGHT: 0.2 contradicts QSC_CANARY_WEIGHTS, which gives nhits 0.1."],
    [env("nhits", "10%"), 'QSC_CANARY_WEIGHT: "10%" is not a number from 0 to 1.'],
    [env("nhits", "0x1"), 'QSC_CANARY_WEIGHT: "0x1" is not a number from 0 to 1.'],
    [env("nhits", "NaN"), 'QSC_CANARY_WEIGHT: "NaN" is not a number from 0 to 1.'],
    [env("nhits", "-0.1"), 'QSC_CANARY_WEIGHT: "-0.1" is not a number from 0 to 1.'],
    [env("nhits", "1e400"), 'QSC_CANARY_WEIGHT: "1e400" is not a number from 0 to 1.'],
    [env("nhits", " "), 'QSC_CANARY_WEIGHT: " " is not a number from 0 to 1.'],
    [
      env("nhits", "0.1", '{"nhits": 1}'),
      "QSC_CANARY_WEIGHTS: 'xgb', 'lgbm' is missing; write 0 for a model that shall not vote.",
    ],
  ])("%j is refused", (given, message) => {
    expect(() => weightsFromEnvironment(given, MODELS)).toThrow(refusal(message));
  });
});
