import type { LabelSet, ModelBaseline, ModelVerdict, Policy } from "@qsc/contract";
import { scaleOf, Scorecard } from "./cards/scorecard.js";
import { compilePolicy } from "./judge.js";
import { judgeModel } from "./judge-model.js";
import { DEFAULT_POLICY } from "./policy/default.js";

/** One answer of a classifier. */
export interface PlainPrediction {
  /** Null where the model gave no answer: it then counts as a non-prediction. */
  readonly label: string | null;
  /** In [0, 1]. */
  readonly confidence: number;
  readonly latencyMs?: number;
}

export interface PredictionOptions {
  /** The labels the classifier may give. By default BUY, SELL and HOLD. */
  readonly labels?: LabelSet;
  readonly model?: string;
  readonly policy?: Policy;
  /** Fewer predictions than this prove nothing. By default the policy's for a canary. */
  readonly minEvents?: number;
  readonly baseline?: ModelBaseline;
}

/**
 * Judges plain predictions of any classifier, without Redis, systemd or the command line.
 * Latencies are judged where there are some; a prediction without one then counts as the worst.
 * @returns pass, fail or unknown, with every check's value, limit, n and interval
 */
export async function judgePredictions(
  predictions: Iterable<PlainPrediction>,
  options: PredictionOptions = {},
): Promise<ModelVerdict> {
  const base = options.policy ?? DEFAULT_POLICY;
  const { policy, expressions } = await compilePolicy({ ...base, labels: options.labels ?? base.labels });
  const model = options.model ?? "model";
  const card = new Scorecard(model, { labels: policy.labels, scale: scaleOf(policy, model) });
  let index = 0;
  for (const { label, confidence, latencyMs } of predictions) {
    card.add(
      {
        model: card.model,
        nonPrediction: label === null ? "no answer" : null,
        voted: label !== null,
        action: label,
        confidence: typeof confidence === "number" ? confidence : { invalid: String(confidence).slice(0, 40) },
        latencyMs: latencyMs === undefined ? null : isLatency(latencyMs) ? latencyMs : { invalid: String(latencyMs).slice(0, 40) },
        artifactSha256: null,
      },
      `prediction ${index}`,
    );
    index += 1;
  }
  return judgeModel(card, {
    policy,
    expressions,
    minEvents: options.minEvents ?? policy.minEvents.canary,
    time: null,
    absent: 0,
    rejected: 0,
    baseline: options.baseline ?? null,
    latencyRequired: policy.require.includes("latency"),
  });
}

function isLatency(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
