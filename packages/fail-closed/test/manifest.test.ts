import { describe, expect, test } from "vitest";
import { parseManifest } from "../src/manifest.js";
import { FEATURES, LABELS, manifestText, SEQUENCE } from "./support/files.js";

const parse = (given: Readonly<Record<string, unknown>> = {}) => parseManifest(manifestText(given), "m.json");

describe("a manifest", () => {
  test("says what it must, and what it may leave out", () => {
    expect(parse()).toEqual({
      name: "xgb",
      title: "xgb",
      kind: "onnx",
      file: "model.onnx",
      sha256: null,
      rows: 1,
      features: FEATURES,
      labels: LABELS,
      input: { name: null, shape: [1, 4] },
      output: { name: null },
      reference: new Map(),
      probes: [],
      metadata: {},
    });
  });

  test("says all that it can", () => {
    const sha256 = "0123456789abcdef".repeat(4);
    const histogram = { edges: [0, 1], counts: [100, 200, 300] };
    const manifest = parse({
      ...SEQUENCE,
      title: "PatchTST",
      sha256,
      input: { name: "x", shape: [1, 8, 4] },
      output: { name: "y" },
      reference: { rsi: histogram },
    });
    expect(manifest).toMatchObject({
      name: "patchtst",
      title: "PatchTST",
      sha256,
      rows: 8,
      input: { name: "x", shape: [1, 8, 4] },
      output: { name: "y" },
      reference: new Map([["rsi", histogram]]),
    });
  });

  test.each<[Readonly<Record<string, unknown>>, string]>([
    [{ sha265: "0".repeat(64) }, "'sha265' is not a key of a manifest"],
    [{ input: { shape: [1, 4], dtype: "float32" } }, "'input.dtype' is not a key of a manifest"],
    [{ name: undefined }, "'name': Invalid input: expected string, received undefined"],
    [{ name: "a b" }, "'name': must be letters, digits and ._:/@+-"],
    [{ kind: "" }, "'kind'"],
    [{ file: "" }, "'file'"],
    [{ file: "../model.onnx" }, "'file': must be a file's name, without a path"],
    [{ file: "a/b" }, "'file'"],
    [{ file: "a\\b" }, "'file'"],
    [{ file: "a\0b" }, "'file'"],
    [{ file: ".." }, "'file'"],
    [{ file: "." }, "'file'"],
    [{ sha256: "A".repeat(64) }, "'sha256': must be 64 lower-case hexadecimal digits"],
    [{ sha256: "a".repeat(63) }, "'sha256'"],
    [{ sha256: null }, "'sha256'"],
    [{ input: { shape: [4] } }, "'input.shape': must be [1, features] or [1, rows, features]"],
    [{ input: { shape: [2, 4] } }, "'input.shape'"],
    [{ input: { shape: [1, 0, 4] } }, "'input.shape'"],
    [{ input: { shape: [1, 1.5] } }, "'input.shape'"],
    [{ input: { shape: [1, 1, 1, 4] } }, "'input.shape'"],
    [{ input: { shape: [1, 5] } }, "'features' names 4, 'input.shape' ends with 5"],
    [{ features: ["a", "a", "b", "c"] }, "'features': must be a list of different names, at least 1"],
    [{ features: ["a", "", "b", "c"] }, "'features"],
    [{ labels: ["BUY"] }, "'labels': must be a list of different names, at least 2"],
    [{ labels: ["BUY", "BUY"] }, "'labels'"],
    [{ labels: "BUY" }, "'labels'"],
    [{ reference: { volatility: { edges: [0], counts: [1, 1] } } }, "'reference.volatility' is not among 'features'"],
    [{ reference: { rsi: { edges: [1, 0], counts: [1, 1, 1] } } }, "'reference.rsi' needs ascending 'edges'"],
  ])("%j is refused", (given, problem) => {
    expect(() => parse(given)).toThrow(
      expect.objectContaining({
        code: "manifest_invalid",
        message: expect.stringContaining(`Manifest m.json: ${problem}`),
      }),
    );
  });

  const output = { label: "BUY", confidence: 0.5 };
  const input = [1, 2, 3, 4];
  const byName = { momentum: 1, rsi: 2, spread: 3, volume: 4 };
  const told = { input: [input], output, tolerance: 0.001 };

  test.each<[unknown, readonly unknown[]]>([
    [{ input, output }, [told]],
    [{ input: [input], output, tolerance: 0 }, [{ ...told, tolerance: 0 }]],
    [
      [
        { input: byName, output },
        { input: { volume: [4], spread: 3, rsi: 2, momentum: 1 }, output },
      ],
      [told, told],
    ],
  ])("may have the probe %j", (probe, probes) => {
    expect(parse({ probe }).probes).toEqual(probes);
  });

  test.each<[unknown, string]>([
    [null, "'probe': must be {\"input\""],
    [[], "'probe': Too small: expected array to have >=1 items"],
    [{ input }, "'probe': must be"],
    [{ input, output: { label: "BUY" } }, "'probe': must be"],
    [{ input, output: { ...output, confidence: 1.5 } }, "'probe.output.confidence': Too big"],
    [{ input, output, tolerance: 1 }, "'probe.tolerance': Too big: expected number to be <=0.1"],
    [{ input, output, tolerence: 0.1 }, "'probe.tolerence' is not a key of a manifest"],
    [{ input: [1, 2, 3, "4"], output }, "'probe': must be"],
    [{ input: [1, 2, 3], output }, "'probe.input' must have one row of the 4 features"],
    [{ input: [input, input], output }, "'probe.input' must have one row of the 4 features"],
    [{ input: { ...byName, volume: [1, 2] }, output }, "'probe.input' must have one row"],
    [{ input: { momentum: 1, rsi: 2, spread: 3 }, output }, "'probe.input' must have one row"],
    [{ input: { ...byName, more: 5 }, output }, "'probe.input' must have one row"],
    [{ input: { momentum: 1, rsi: 2, spread: 3, other: 4 }, output }, "'probe.input' must have one row"],
    [
      [
        { input, output },
        { input, output: { ...output, label: "HODL" } },
      ],
      "'probe.1.output.label' is 'HODL', which is not among 'labels'",
    ],
  ])("with the probe %j is refused", (probe, problem) => {
    expect(() => parse({ probe })).toThrow(
      expect.objectContaining({
        code: "manifest_invalid",
        message: expect.stringContaining(`Manifest m.json: ${problem}`),
      }),
    );
  });

  test("with a number in its probe that is too large is refused, and so are names in two Unicode forms", () => {
    const text = manifestText({ probe: { input, output } });
    expect(() => parseManifest(text.replace('[1,2,3,4],"output', '[1e400,2,3,4],"output'), "m.json")).toThrow(
      "'probe': must be",
    );
    expect(() => parse({ labels: ["e\u0301", "\u00e9"] })).toThrow(
      "'labels': has two names that are the same text in two Unicode forms",
    );
  });

  test.each([
    ["[]", "it is not an object"],
    ["null", "it is not an object"],
    ["", "it is not JSON"],
    [manifestText().replace("{", '{"sha256":"x","sha256":"y",'), "it is not JSON: the key 'sha256' stands there twice"],
    [
      manifestText().replace("{", String.raw`{"fil\u0065":"other",`),
      "it is not JSON: the key 'file' stands there twice",
    ],
    [
      manifestText().replace('{"shape"', '{"__proto__":{},"shape"'),
      "it is not JSON: the key '__proto__' is not allowed",
    ],
  ])("%s is refused", (text, problem) => {
    expect(() => parseManifest(text, "m.json")).toThrow(`Manifest m.json: ${problem}`);
  });

  test("a key may stand in several objects, and as a value", () => {
    const reference = Object.fromEntries(FEATURES.map((name) => [name, { edges: [0], counts: [100, 100] }]));
    expect(parse({ reference, title: '{"name": "title"}' }).reference.size).toBe(4);
    const inner = { name: "x", shape: [1, 4] };
    expect(
      parseManifest(manifestText({ input: inner }).replace(/^{(.*),("input":{.*?}),/, "{$2,$1,"), "m.json"),
    ).toMatchObject({ name: "xgb", input: inner });
  });
});
