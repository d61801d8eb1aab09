import { Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { requireSameLabel } from "../src/onnx/label-output.js";

const LABELS = ["BUY", "HOLD", "SELL"];
const OWN = { name: "label", placeOf: (said: string) => LABELS.indexOf(said) };
const PROBABILITIES = Float32Array.of(0.2, 0.1, 0.7);
const check = (output: Tensor | undefined) => () => {
  requireSameLabel(OWN, output, PROBABILITIES, LABELS);
};

test("a label output that says the most probable label is accepted, and another one is not", () => {
  expect(check(new Tensor("string", ["SELL"], [1]))).not.toThrow();
  expect(check(new Tensor("string", ["BUY"], [1]))).toThrow(`says "BUY", its probabilities say 'SELL'`);
});

test.each([
  ["is missing", undefined],
  ["is empty", new Tensor("string", [], [0])],
])("a label output that %s contradicts the probabilities", (_, output) => {
  expect(check(output)).toThrow(
    expect.objectContaining({
      code: "output_invalid",
      message: "Model's output 'label' holds no label, its probabilities say 'SELL'",
    }),
  );
});
