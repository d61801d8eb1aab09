import { expect, expectTypeOf, test } from "vitest";
import {
  failClosed,
  MODEL_ERROR_CODES,
  vote,
  type Decision,
  type FailClosedModel,
  type InactivePrediction,
  type ModelErrorCode,
  type Prediction,
} from "../src/index.js";
import { active } from "./support/predictions.js";

const model = failClosed({
  name: "m",
  labels: ["BUY", "SELL"],
  features: ["x"],
  predict: () => ({ label: "BUY", confidence: 1 }),
});

test("labels are inferred", async () => {
  expectTypeOf(model).toEqualTypeOf<FailClosedModel<"BUY" | "SELL">>();
  const prediction = await model.predict({ features: [1] });
  expectTypeOf(prediction).toEqualTypeOf<Prediction<"BUY" | "SELL">>();
  if (prediction.status === "active") expectTypeOf(prediction.action).toEqualTypeOf<"BUY" | "SELL">();
  expectTypeOf(model).toExtend<FailClosedModel>();
});

test("there is no action to read before one knows that there is one", async () => {
  const prediction = await model.predict({ features: [1] });
  // @ts-expect-error: it may be inactive
  expect(prediction.action).toBe("BUY");
  // @ts-expect-error: it may be inactive
  expect(prediction.confidence).toBe(1);
  // @ts-expect-error: it may be active
  expect(prediction.reason).toBeUndefined();
  expectTypeOf<InactivePrediction>().not.toHaveProperty("action");
  expectTypeOf<InactivePrediction>().not.toHaveProperty("confidence");
});

test("there is no action of a decision before one knows that there is one", () => {
  const decision = vote([active("m", "BUY", 1)], { weights: new Map([["m", 1]]), quorum: 1 });
  expectTypeOf(decision).toEqualTypeOf<Decision<"BUY">>();
  // @ts-expect-error: there may be no decision
  expect(decision.action).toBe("BUY");
});

test("a reason can be told exhaustively", () => {
  const isOperators = (reason: ModelErrorCode): boolean => {
    switch (reason) {
      case "manifest_invalid":
      case "model_missing":
      case "model_corrupt":
      case "hash_mismatch":
      case "signature_missing":
      case "signature_invalid":
      case "probe_mismatch":
      case "closed":
        return true;
      case "dimension_mismatch":
      case "input_missing":
      case "input_not_finite":
      case "insufficient_history":
      case "output_invalid":
      case "degenerate_output":
      case "timeout":
      case "predict_failed":
        return false;
      default:
        return reason satisfies never;
    }
  };
  expect(MODEL_ERROR_CODES.filter(isOperators)).toHaveLength(8);
});

test("a label that is none cannot be asked for", () => {
  const refuse = (prediction: Prediction<"BUY" | "SELL">) => {
    // @ts-expect-error: HODL is no label
    return prediction.status === "active" && prediction.action === "HODL";
  };
  expectTypeOf(refuse).returns.toEqualTypeOf<boolean>();
});
