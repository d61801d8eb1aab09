import { describe, expect, test } from "vitest";
import { readProbabilities } from "../src/onnx/probabilities.js";
import { toFloat32 } from "../src/onnx/to-float32.js";

const LABELS = ["SELL", "HOLD", "BUY"];
const read = (...values: number[]) => readProbabilities(Float64Array.from(values), LABELS);

describe("probabilities", () => {
  test("give the most probable label, of equals the first", () => {
    expect(read(0.25, 0.125, 0.625)).toEqual({ label: "BUY", confidence: 0.625 });
    expect(read(0.375, 0.25, 0.375)).toEqual({ label: "SELL", confidence: 0.375 });
    expect(readProbabilities(Float32Array.of(0, 1, 0), LABELS)).toEqual({ label: "HOLD", confidence: 1 });
  });

  test("may be beside [0, 1] as float32 rounds, and the confidence is in it", () => {
    expect(read(-1e-6, 1 + 1e-6, 0)).toEqual({ label: "HOLD", confidence: 1 });
  });

  test.each([
    [[-1.1e-6, 1, 0], "Output holds -0.0000011 for 'SELL', not a number in [0, 1]"],
    [[0, 1 + 1.1e-6, 0], "for 'HOLD', not a number in [0, 1]"],
    [[0.5, 0.5, Number.NaN], "Output holds NaN for 'BUY'"],
    [[0, 0, -Infinity], "Output holds -Infinity for 'BUY'"],
    [[0.5, 0.25, 0.2489], "Output's probabilities sum up to 0.9989, not 1"],
    [[0.5, 0.25, 0.2511], "Output's probabilities sum up to 1.0011, not 1"],
    [[0, 0, 0], "Output's probabilities sum up to 0, not 1"],
  ])("%j are none", (values, message) => {
    expect(() => read(...values)).toThrow(
      expect.objectContaining({ code: "output_invalid", message: expect.stringContaining(message) }),
    );
  });

  test.each([[[0.5, 0.5]], [[0.25, 0.25, 0.25, 0.25]], [[]]])("%j are not of three labels", (values) => {
    expect(() => read(...values)).toThrow(expect.objectContaining({ code: "dimension_mismatch" }));
  });

  test("sum up to 1 within a thousandth", () => {
    expect(read(0.5, 0.25, 0.2491)).toMatchObject({ label: "SELL" });
    expect(read(0.5, 0.25, 0.2509)).toMatchObject({ label: "SELL" });
  });
});

describe("float32", () => {
  test("takes what it can hold", () => {
    expect(toFloat32(Float64Array.of(1, -3.4e38, 1e-50), ["a", "b", "c"])).toEqual(Float32Array.of(1, -3.4e38, 0));
  });

  test("names the feature of what it cannot, in any row", () => {
    expect(() => toFloat32(Float64Array.of(1, 2, 3, -3.5e38), ["a", "b"])).toThrow(
      "Input holds -3.5e+38 in 'b', too large for float32",
    );
  });
});
