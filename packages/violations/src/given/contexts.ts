import { rules, type Rule } from "@qsc/contract";
import { policyRule } from "../policy/assert-policy.js";
import { baselineRule } from "./baseline.js";
import { manifestsRule } from "./manifest.js";

const { anyText, atLeastZero, count, finite, flag, listOf, mapOf, nullable, optional, recordOf, shaped } = rules;

/** A bound that is NaN, or without end, leaves what it bounds unknown: that is judged. */
const anyNumber = rules.ruleOf((value) => typeof value === "number", "a number");

/** A policy's own checks, compiled. */
export const expressionsRule: Rule = mapOf(anyText, rules.anyFunction);

/** What each model was like before. */
export const baselinesRule: Rule = mapOf(anyText, baselineRule);

/** What telemetry is judged with. */
export const telemetryContextRule: Rule = shaped({
  asOfMs: finite,
  nowMs: finite,
  sinceMs: nullable(finite),
  expectedModels: optional(listOf(anyText)),
  sourceClockOffsetMs: nullable(shaped({ low: anyNumber, high: anyNumber })),
  gaps: listOf(anyText),
  minEvents: count,
  expectedWeights: optional(recordOf(atLeastZero)),
});

/** What a model is judged with. */
export const modelContextRule: Rule = shaped({
  policy: policyRule,
  expressions: expressionsRule,
  minEvents: count,
  time: nullable(shaped({ asOfMs: finite, sinceMs: nullable(finite) })),
  absent: count,
  rejected: count,
  baseline: nullable(baselineRule),
  latencyRequired: flag,
});

/** What features are judged with. */
export const featureContextRule: Rule = shaped({
  policy: policyRule,
  manifest: nullable(manifestsRule),
  version1: flag,
  rejected: count,
});
