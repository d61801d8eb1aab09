import { describe, expect, it } from "vitest";

import { healthyModels } from "../src/telemetry/models.js";
import { seededTelemetry } from "../src/telemetry/seeded.js";
import type { Entry } from "../src/telemetry/entry.js";

interface Prediction {
  action: string;
  confidence: number;
}

function breakdowns(entries: readonly Entry[]): Record<string, Prediction>[] {
  return entries.map(({ fields }) => JSON.parse(fields["model_breakdown"] ?? "{}") as Record<string, Prediction>);
}

function share(values: readonly unknown[], wanted: unknown): number {
  return values.filter((value) => value === wanted).length / values.length;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe("seededTelemetry", () => {
  it("is the same for the same seed and different for another", () => {
    expect(seededTelemetry({ seed: 7 })).toEqual(seededTelemetry({ seed: 7 }));
    expect(seededTelemetry({ seed: 7 }).entries).not.toEqual(seededTelemetry({ seed: 8 }).entries);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("is healthy by default (seed %i)", (seed) => {
    const events = breakdowns(seededTelemetry({ seed, count: 330 }).entries);
    for (const { name } of healthyModels) {
      const predictions = events.map((event) => event[name] ?? { action: "absent", confidence: Number.NaN });
      const confidences = predictions.map(({ confidence }) => confidence).sort((a, b) => a - b);
      for (const label of ["BUY", "SELL", "HOLD"]) {
        expect(
          share(
            predictions.map(({ action }) => action),
            label,
          ),
        ).toBeLessThan(0.6);
      }
      expect(deviation(confidences)).toBeGreaterThan(0.1);
      expect((confidences[297] ?? 0) - (confidences[33] ?? 1)).toBeGreaterThan(0.25);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("has an ensemble that neither echoes nor contradicts itself (seed %i)", (seed) => {
    const votes = breakdowns(seededTelemetry({ seed, count: 330 }).entries).map((event) =>
      Object.values(event).map(({ action }) => action),
    );
    const largest = votes.map((actions) => Math.max(...actions.map((action) => share(actions, action))));
    const opposed = votes.map((actions) => actions.includes("BUY") && actions.includes("SELL"));
    const agreement = largest.reduce((sum, value) => sum + value, 0) / largest.length;
    expect(agreement).toBeGreaterThan(0.55);
    expect(agreement).toBeLessThan(0.8);
    expect(share(opposed, true)).toBeLessThanOrEqual(0.2);
  });

  it.each([1, 2] as const)("varies every feature (version %i)", (version) => {
    const { entries } = seededTelemetry({ version, count: 60 });
    const vectors = entries.map(
      ({ fields }) =>
        JSON.parse((version === 1 ? fields["payload"] : fields["features"]) ?? "{}") as Record<string, number>,
    );
    for (const name of ["atr_value", "volatility_factor", "exchange_divergence", "funding_rate"]) {
      expect(deviation(vectors.map((vector) => vector[name] ?? Number.NaN))).toBeGreaterThan(1e-6);
    }
  });

  it("has the shape of version 2", () => {
    const [entry] = seededTelemetry({ version: 2, count: 1 }).entries;
    expect(entry?.id).toBe("1767603600000-0");
    expect(Object.keys(entry?.fields ?? {})).toEqual(
      expect.arrayContaining(["event_type", "contract", "payload", "model_breakdown", "features"]),
    );
    const payload = JSON.parse(entry?.fields["payload"] ?? "{}") as object;
    expect(payload).toMatchObject({ canary: null, total_models: 4, weights: { xgboost: 0.25 } });
    expect(Object.keys(payload)).toEqual(expect.arrayContaining(["decision_id", "build", "boot_id"]));
    const [breakdown] = breakdowns(entry === undefined ? [] : [entry]);
    expect(breakdown?.["xgboost"]).toMatchObject({ status: "active", feature_dim: 8 });
  });

  it("keeps what a test changes in an event, even NaN as Python writes it", () => {
    const { entries } = seededTelemetry({
      count: 2,
      mutate: (draft, index) => {
        if (index === 1) draft.modelBreakdown["xgboost"] = { action: "BUY", confidence: Number.NaN };
      },
    });
    expect(entries[1]?.fields["model_breakdown"]).toContain('"xgboost":{"action":"BUY","confidence":NaN}');
    expect(entries[0]?.fields["model_breakdown"]).not.toContain("NaN");
  });

  it("refuses a model that it could not draw exactly", () => {
    const [model] = healthyModels;
    if (model === undefined) throw new Error("no healthy model");
    const wild = { ...model, confidence: { mean: 0.9, std: 0.2, autocorrelation: 0 } };
    expect(() => seededTelemetry({ models: [wild] })).toThrow(/leaves \[0, 1\]/);
    expect(() => seededTelemetry({ models: [{ ...model, labels: { BUY: 0.5 } }] })).toThrow(/sum to 0.5/);
  });
});
