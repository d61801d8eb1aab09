import { expect, test } from "vitest";
import type { Policy } from "../../src/index.js";
import { policy } from "../../src/schemas/index.js";

const built: Policy = {
  limits: { "constant_output.std": 0.01, "action_bias.tradingShare": 0.85 },
  labels: { acting: ["BUY", "SELL"], abstaining: ["HOLD"] },
  minEvents: { collection: 100, canary: 200 },
  confidence: { xgboost: "probability" },
  require: ["latency"],
  checks: [{ id: "narrow", violatedWhen: "p90 - p10 < 0.2" }],
};

test("accepts an effective policy unchanged", () => {
  expect(policy.parse(built)).toEqual(built);
});

test.each([
  ["a key that is unknown", { ...built, limit: {} }],
  ["a key that is missing", { ...built, checks: undefined }],
  ["a limit that is no number", { ...built, limits: { "constant_output.std": "0.01" } }],
  ["a limit that is NaN", { ...built, limits: { "constant_output.std": NaN } }],
  ["a limit without its measure", { ...built, limits: { constant_output: 0.01 } }],
  ["no label that trades", { ...built, labels: { acting: [], abstaining: ["HOLD"] } }],
  ["a label twice", { ...built, labels: { acting: ["BUY"], abstaining: ["BUY"] } }],
  ["a mode that is missing", { ...built, minEvents: { canary: 200 } }],
  ["a scale that is unknown", { ...built, confidence: { xgboost: "percent" } }],
  ["a requirement that is unknown", { ...built, require: ["everything"] }],
  ["a check without its expression", { ...built, checks: [{ id: "narrow" }] }],
])("%s is refused", (_, value) => {
  expect(policy.safeParse(value).success).toBe(false);
});
