import { INTENT_EVENT_TYPE, NO_DECISION, type PayloadV2 } from "@qsc/contract";
import type { Decision, FailClosedModel, Prediction } from "@qsc/fail-closed";
import type { FeedRow } from "../feed/port.js";
import type { Voting } from "../settings/voting.js";
import type { Trade } from "../trading-limits.js";
import { breakdownOf } from "./breakdown.js";
import { featuresField } from "./features.js";

/** What every decision of an engine process says about that process. */
export interface EngineFacts extends Pick<Voting, "weights" | "canary" | "shadows"> {
  readonly build: string;
  readonly bootId: string;
}

/** One decision, and everything it is based on. */
export interface Decided {
  /** Counts the decisions of this process from 1. */
  readonly number: number;
  readonly timeMs: number;
  readonly row: FeedRow;
  readonly predictions: readonly Prediction[];
  readonly decision: Decision;
  readonly trade: Trade;
}

/** Writes decisions as entries of contract version 2: field names and values in turn. */
export function intentWriter(
  engine: EngineFacts,
  models: readonly FailClosedModel[],
): (decided: Decided) => readonly string[] {
  const weights = Object.fromEntries(engine.weights);
  return (decided) => {
    const { row, predictions } = decided;
    return [
      ...["event_type", INTENT_EVENT_TYPE],
      ...["contract", "2"],
      ...["source", "ai-engine"],
      ...["payload", JSON.stringify(payloadOf(decided, { ...engine, weights }))],
      ...["model_breakdown", JSON.stringify(breakdownOf(predictions, engine.shadows))],
      ...["features", featuresField(models, row.features)],
    ];
  };
}

function payloadOf(
  { number, timeMs, row, decision, predictions, trade }: Decided,
  engine: Omit<EngineFacts, "weights"> & Pick<PayloadV2, "weights">,
): PayloadV2 {
  return {
    decision_id: `${engine.bootId}:${number}`,
    symbol: row.symbol,
    ...voteOf(decision),
    timestamp: new Date(timeMs).toISOString(),
    model: "ensemble",
    total_models: predictions.filter(({ model }) => !engine.shadows.has(model)).length,
    build: engine.build,
    boot_id: engine.bootId,
    weights: engine.weights,
    canary: engine.canary,
    features_at: new Date(row.timeMs).toISOString(),
    trade,
  };
}

function voteOf(decision: Decision): Pick<PayloadV2, "side" | "confidence" | "consensus_count" | "no_decision_reason"> {
  if (decision.kind === "no_decision") {
    return { side: NO_DECISION, confidence: 0, consensus_count: 0, no_decision_reason: decision.reason };
  }
  return {
    side: decision.action,
    confidence: decision.confidence,
    consensus_count: decision.agreeing,
    no_decision_reason: null,
  };
}
