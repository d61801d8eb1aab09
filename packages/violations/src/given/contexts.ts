import { rules, SEGMENT_FAULTS, type Rule } from "@qsc/contract";
import { Scorecard } from "../cards/scorecard.js";
import { policyRule } from "../policy/assert-policy.js";
import { baselineRule } from "./baseline.js";
import { manifestsRule } from "./manifest.js";

const { anyText, atLeastZero, count, finite, flag, listOf, mapOf, nullable, optional, recordOf, shaped } = rules;

/** A bound that is NaN or infinite leaves the offset unknown, which is judged. */
const anyNumber = rules.ruleOf((value) => typeof value === "number", "a number");

/** A policy's own checks, compiled. */
export const expressionsRule: Rule = mapOf(anyText, rules.anyFunction);

/** How each model behaved before. */
export const baselinesRule: Rule = mapOf(anyText, baselineRule);

/** A model's answers symbol by symbol. */
const modelSegmentsRule: Rule = shaped({
  decides: flag,
  needed: nullable(count),
  withoutSymbol: count,
  further: count,
  rows: listOf(
    shaped({
      symbol: anyText,
      decisions: count,
      predictions: count,
      status: rules.oneOf("pass", "violation", "unknown"),
      open: nullable(rules.oneOf("too few decisions", "unread entries")),
      fault: nullable(rules.oneOf(...SEGMENT_FAULTS)),
      shares: recordOf(nullable(rules.share)),
      unchanged: nullable(rules.share),
    }),
  ),
});

/** Each model's answers symbol by symbol. */
export const segmentsRule: Rule = mapOf(anyText, modelSegmentsRule);

/** The context of a judgement of telemetry. */
export const telemetryContextRule: Rule = shaped({
  asOfMs: finite,
  nowMs: finite,
  sinceMs: nullable(finite),
  expectedModels: optional(listOf(anyText)),
  sourceClockOffsetMs: nullable(shaped({ low: anyNumber, high: anyNumber })),
  gaps: listOf(anyText),
  shards: optional(
    nullable(
      listOf(
        shaped({
          stream: anyText,
          problem: nullable(rules.oneOf("missing", "wrong_type")),
          sinceMs: nullable(finite),
          firstMs: nullable(finite),
          lastMs: nullable(finite),
          silence: shaped({ ms: atLeastZero, from: finite }),
          lateMs: atLeastZero,
        }),
      ),
    ),
  ),
  minEvents: count,
  expectedWeights: optional(recordOf(atLeastZero)),
  shadow: optional(nullable(rules.someText)),
});

/** The context of a judgement of a model. */
export const modelContextRule: Rule = shaped({
  policy: policyRule,
  expressions: expressionsRule,
  minEvents: count,
  time: nullable(shaped({ asOfMs: finite, sinceMs: nullable(finite) })),
  absent: count,
  rejected: count,
  baseline: nullable(baselineRule),
  latencyRequired: flag,
  isShadow: optional(flag),
  segments: optional(nullable(modelSegmentsRule)),
  newest: optional(nullable(shaped({ card: rules.instanceOf(Scorecard), absent: count, unread: count }))),
});

/** The context of a judgement of features. */
export const featureContextRule: Rule = shaped({
  policy: policyRule,
  manifest: nullable(manifestsRule),
  version1: flag,
  rejected: count,
});
