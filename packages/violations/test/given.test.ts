import type { EntryId, ModelReading } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import {
  compilePolicy,
  DEFAULT_POLICY,
  endsAtOnce,
  FeatureCard,
  judgeFeatures,
  judgeIntegrity,
  judgeModel,
  judgeTelemetry,
  TelemetryCard,
  verdictOf,
  type FeatureManifest,
  type TelemetryContext,
} from "../src/index.js";
import { context, scorecard, withLimits } from "./support.js";
import { refused, without, baseline } from "./support-options.js";

describe("features", () => {
  const stuck = (): FeatureCard => {
    const card = new FeatureCard();
    for (let index = 0; index < 60; index += 1)
      card.add({
        id: `${index + 1}-0` as EntryId,
        features: [
          {
            model: null,
            values: new Map([
              ["a", 0],
              ["b", 0],
            ]),
          },
        ],
        models: [],
      });
    return card;
  };
  const given = { policy: DEFAULT_POLICY, manifest: null, version1: false, rejected: 0 };

  test("without limits nothing is judged", async () => {
    await refused(
      () => judgeFeatures(stuck(), { ...given, policy: { ...DEFAULT_POLICY, limits: {} } }),
      '.limits["constant_output.std"] is undefined',
    );
    await refused(
      () => judgeFeatures(stuck(), { ...given, policy: without("flat_features.share") }),
      '.limits["flat_features.share"] is undefined',
    );
    await refused(
      () => judgeFeatures(stuck(), { ...given, policy: withLimits({ "flat_features.share": Number.NaN }) }),
      '.limits["flat_features.share"] is NaN',
    );
    expect(verdictOf(judgeFeatures(stuck(), given).checks)).toBe("fail");
  });

  test("a count of rejected entries that is NaN hides nothing", async () => {
    await refused(() => judgeFeatures(stuck(), { ...given, rejected: Number.NaN }), "context.rejected is NaN");
  });

  test.each<[string, unknown, string]>([
    ["features that are not a list", { features: "a", reference: new Map() }, "manifest.features is"],
    [
      "a reference that is a plain object",
      { features: ["a"], reference: {} },
      "manifest.reference is an object; it must be a Map",
    ],
    [
      "edges that are NaN",
      { features: ["a"], reference: new Map([["a", { edges: [Number.NaN], counts: [100, 100] }]]) },
      "edges[0] is NaN",
    ],
    [
      "edges that fall",
      { features: ["a"], reference: new Map([["a", { edges: [1, 0], counts: [100, 100, 100] }]]) },
      "edges",
    ],
    [
      "one count too few",
      { features: ["a"], reference: new Map([["a", { edges: [0, 1], counts: [100, 100] }]]) },
      "counts",
    ],
  ])("%s: refused", async (_, manifest, message) => {
    await refused(() => new FeatureCard(manifest as FeatureManifest), message);
    await refused(() => judgeFeatures(new FeatureCard(), { ...given, manifest: manifest as FeatureManifest }), message);
  });
});

describe("telemetry", () => {
  const telemetry: TelemetryContext = {
    asOfMs: 2_000_000,
    nowMs: 2_000_000,
    sinceMs: null,
    sourceClockOffsetMs: null,
    gaps: [],
    minEvents: 1,
  };

  test.each<[string, Partial<Record<keyof TelemetryContext, unknown>>]>([
    ["asOfMs", { asOfMs: Number.NaN }],
    ["nowMs", { nowMs: Number.NaN }],
    ["sourceClockOffsetMs", { sinceMs: null, sourceClockOffsetMs: Number.NaN }],
    ["gaps", { gaps: undefined }],
    ["minEvents", { minEvents: Number.NaN }],
    ["expectedWeights", { expectedWeights: { m: Number.NaN } }],
  ])("a context with another %s is refused", async (key, wrong) => {
    const card = new TelemetryCard(DEFAULT_POLICY);
    await refused(
      () => judgeIntegrity(card, { ...telemetry, ...wrong } as TelemetryContext, DEFAULT_POLICY),
      `context.${key}`,
    );
    const compiled = await compilePolicy(DEFAULT_POLICY);
    await refused(
      () => judgeTelemetry(card, compiled, { ...telemetry, ...wrong } as TelemetryContext),
      `context.${key}`,
    );
  });

  test("a card needs a valid limit for silence", async () => {
    await refused(
      () => new TelemetryCard(without("telemetry_silence.maxAge")),
      'limits["telemetry_silence.maxAge"] is undefined',
    );
    await refused(
      () => new TelemetryCard(withLimits({ "telemetry_silence.maxAge": Number.NaN })),
      'limits["telemetry_silence.maxAge"] is NaN',
    );
  });

  test("refuses an invalid baseline", async () => {
    const compiled = await compilePolicy(DEFAULT_POLICY);
    const baselines = new Map([["m", { ...baseline, latencyP95Ms: Number.NaN }]]);
    await refused(
      () => judgeTelemetry(new TelemetryCard(DEFAULT_POLICY), compiled, telemetry, baselines),
      'baselines.get("m").latencyP95Ms is NaN',
    );
  });

  test("an invalid answer is named with its place", async () => {
    const readings: readonly [string, Partial<Record<keyof ModelReading, unknown>>][] = [
      ["action", { action: 7 }],
      ["nonPrediction", { nonPrediction: undefined }],
      ["confidence", { confidence: "0.5" }],
      ["latencyMs", { latencyMs: "5" }],
      ["artifactSha256", { artifactSha256: 5 }],
    ];
    for (const [key, wrong] of readings)
      await refused(() => {
        scorecard([wrong as Partial<ModelReading>]);
      }, `${key} of the answer at 0-0 is`);
  });

  test("an invalid status is not a pass", async () => {
    const [check] = judgeModel(scorecard([{}]), context()).checks;
    await refused(() => verdictOf([{ ...check, status: "vioaltion" } as never]), "checks[0].status is");
  });

  test("refuses an invalid watch rule", async () => {
    const check = { id: "narrow_range", conditions: [] };
    await refused(() => endsAtOnce("stict" as "strict", check, new Set()), 'rule is "stict"');
    await refused(() => endsAtOnce("strict", check, ["narrow_range.range"] as never), "seen is");
  });
});
