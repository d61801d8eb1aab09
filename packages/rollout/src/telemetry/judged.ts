import type { EvidenceHead, ModelBaseline } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import {
  compilePolicy,
  judgeTelemetry,
  type Judgement,
  type TelemetryCard,
  type TelemetryContext,
} from "@qsc/violations";
import { collect, type Collection } from "./collect.js";
import { asOfOf, evidenceOf } from "./evidence.js";
import type { Setting } from "./setting.js";
import { gapsOf } from "./gaps.js";
import { fixWindow, sinceOf, type WindowRequest } from "./window.js";

/** A window of telemetry, read and judged: what gate, scoreboard and diagnosis have in common. */
export interface JudgedWindow extends Judgement {
  readonly collection: Collection;
  /** The telemetry before the cutover, where there is some. */
  readonly before: TelemetryCard | null;
  readonly head: Omit<EvidenceHead, "verdict" | "exitCode" | "reasons">;
}

/**
 * Reads a window and judges every model in it. `minEvents` holds for the stream and for each model; `byLabel` keeps
 * confidences by label too, for a diagnosis.
 */
export async function judgeWindow(
  source: EventSource,
  request: WindowRequest,
  setting: Setting,
  minEvents: number,
  byLabel = false,
): Promise<JudgedWindow> {
  const { policy } = setting;
  const window = await fixWindow(source, request, setting);
  const wanted = { policy, features: null, byLabel };
  const collected = await collect(source, window, wanted);
  const { collection, earlier, expectedModels } = collected;
  const before = collected.before?.card ?? null;
  const asOf = asOfOf(source, request, collection.newestMs, setting.now());
  const context: TelemetryContext = {
    asOfMs: asOf.ms,
    nowMs: setting.now(),
    sinceMs: sinceOf(request, collection.card.counts.read),
    expectedModels,
    sourceClockOffsetMs: window.sourceClockOffsetMs,
    gaps: gapsOf(source, earlier?.gaps ?? [], collection.gaps),
    minEvents,
  };
  const compiled = await compilePolicy(policy);
  const judgement = judgeTelemetry(collection.card, compiled, context, baselinesOf(before, minEvents));
  const { integrity } = judgement;
  const head = evidenceOf({ source, collection, earlier, asOf, request, setting, integrity });
  return { ...judgement, collection, before, head };
}

/** What each model was like before the cutover, where enough of it was seen. */
function baselinesOf(before: TelemetryCard | null, minEvents: number): ReadonlyMap<string, ModelBaseline> {
  const baselines = new Map<string, ModelBaseline>();
  if (before === null) return baselines;
  for (const [name, card] of before.models) {
    if (card.predictions < minEvents) continue;
    baselines.set(name, {
      predictions: card.predictions,
      nonPredictions: card.nonPredictions.total + Math.max(0, before.counts.judged - card.appearances),
      latencyP95Ms: card.latencies.n === 0 ? null : (card.latencies.quantile(0.95)?.lower ?? null),
    });
  }
  return baselines;
}
