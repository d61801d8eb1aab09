import type { EvidenceHead, ModelBaseline, ModelSegments, Policy } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import {
  compilePolicy,
  judgeTelemetry,
  segmentsOf,
  shadowContradictions,
  type Judgement,
  type TelemetryCard,
  type TelemetryContext,
} from "@qsc/violations";
import { collect, type Collection } from "./collect.js";
import { asOfOf, evidenceOf } from "./evidence.js";
import type { JudgementContext } from "./context.js";
import { gapsOf } from "./gaps.js";
import type { Wanted } from "./part-collection.js";
import { shardsOf } from "./shards.js";
import { withSignatures } from "./model-signatures.js";
import { fixWindow, sinceOf, type WindowRequest } from "./window.js";

/** A window of telemetry, read and judged, symbol by symbol too: the common part of gate, scoreboard and diagnosis. */
export interface JudgedWindow extends Judgement {
  readonly collection: Collection;
  /** The telemetry before the cutover, if there is any. */
  readonly before: TelemetryCard | null;
  readonly head: Omit<EvidenceHead, "verdict" | "exitCode" | "reasons">;
}

/**
 * Reads a window and judges every model in it. `minEvents` applies to the stream and to each model.
 */
export async function judgeWindow(
  source: EventSource,
  request: WindowRequest,
  context: JudgementContext,
  minEvents: number,
  { byLabel = false, shadow = null }: Partial<Pick<Wanted, "byLabel" | "shadow">> = {},
): Promise<JudgedWindow> {
  const { policy } = context;
  const window = await fixWindow(source, request, context);
  const wanted = { policy, features: null, byLabel, recent: true, shadow, sharded: source.shards !== undefined };
  const collected = await collect(source, window, wanted);
  const { collection, earlier, expectedModels } = collected;
  const before = collected.before?.card ?? null;
  const asOf = asOfOf(source, request, collection.newestMs, context.now());
  const sinceMs = sinceOf(request, collection.card.counts.read);
  const telemetryContext: TelemetryContext = {
    asOfMs: asOf.ms,
    nowMs: context.now(),
    sinceMs,
    expectedModels,
    sourceClockOffsetMs: window.sourceClockOffsetMs,
    gaps: gapsOf(source, earlier?.gaps ?? [], collection.gaps),
    shards: shardsOf(source, collection.shards, request, sinceMs),
    minEvents,
    shadow,
  };
  const compiled = await compilePolicy(policy);
  const baselines = baselinesOf(before, minEvents, shadow);
  const segments = segmentsIn(collection, policy, expectedModels);
  const judgement = judgeTelemetry(collection.card, compiled, telemetryContext, baselines, segments);
  const { integrity } = judgement;
  const head = evidenceOf({ source, collection, earlier, asOf, request, context, integrity });
  const models = withSignatures(judgement.models, context);
  return { ...judgement, models, collection, before, head };
}

/** The answers of every judged model, symbol by symbol. */
function segmentsIn(
  { card, recent, recentRepeats }: Collection,
  policy: Policy,
  expectedModels: readonly string[],
): ReadonlyMap<string, ModelSegments> {
  if (recent === null || recentRepeats === null) return new Map();
  const models = [...new Set([...card.withRepeats().modelNames(), ...expectedModels])].sort();
  return segmentsOf({ distinct: recent, repeats: recentRepeats, unread: card.counts.rejected }, policy, models);
}

/**
 * How each model behaved before the cutover, for models with enough predictions there. A shadow that may have voted
 * then has none: its votes would count as failures, and so allow more of them now.
 */
function baselinesOf(
  before: TelemetryCard | null,
  minEvents: number,
  shadow: string | null,
): ReadonlyMap<string, ModelBaseline> {
  const baselines = new Map<string, ModelBaseline>();
  if (before === null) return baselines;
  for (const [name, card] of before.models) {
    if (card.predictions < minEvents) continue;
    if (name === shadow && shadowContradictions(card)?.length !== 0) continue;
    baselines.set(name, {
      predictions: card.predictions,
      nonPredictions: card.nonPredictions.total + Math.max(0, before.counts.judged - card.appearances),
      latencyP95Ms: card.latencies.n === 0 ? null : (card.latencies.quantile(0.95)?.lower ?? null),
      entropy: card.entropy(),
    });
  }
  return baselines;
}
