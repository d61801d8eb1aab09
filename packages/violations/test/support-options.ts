import type { Policy } from "@qsc/contract";
import { expect } from "vitest";
import { DEFAULT_POLICY, type PlainPrediction } from "../src/index.js";

/** Matches an `invalid_option` error with this in its message. */
export const invalid = (name: string) =>
  expect.objectContaining({ code: "invalid_option", message: expect.stringContaining(name) as string }) as unknown;
/** Expects `invalid_option` with this in its message. */
export const refused = async (run: () => unknown, name: string): Promise<void> => {
  const thrown = await Promise.resolve()
    .then(run)
    .then(
      () => "nothing was thrown",
      (error: unknown) => error,
    );
  expect(thrown).toEqual(invalid(name));
};

const LABELS = ["BUY", "SELL", "HOLD"];
/** Predictions of a healthy model. */
export const sound = (n: number): PlainPrediction[] =>
  Array.from({ length: n }, (_, index) => ({
    label: LABELS[index % 3] ?? null,
    confidence: 0.2 + (0.7 * ((index * 37) % n)) / n,
  }));
/** Predictions of a frozen model. */
export const frozen = sound(300).map(({ label }) => ({ label, confidence: 0.615 }));
/** The built-in policy with every limit NaN. */
export const NaNs: Policy = {
  ...DEFAULT_POLICY,
  limits: Object.fromEntries(Object.keys(DEFAULT_POLICY.limits).map((key) => [key, Number.NaN])),
};
/** The built-in policy without any limit. */
export const without = (key: string): Policy => ({
  ...DEFAULT_POLICY,
  limits: Object.fromEntries(Object.entries(DEFAULT_POLICY.limits).filter(([name]) => name !== key)),
});
export const baseline = { predictions: 1000, nonPredictions: 10, latencyP95Ms: 20 };
