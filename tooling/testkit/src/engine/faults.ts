import type { Draft } from "../telemetry/entry.js";

/** One model's answer in one decision. */
type Answer = Record<string, unknown>;

/** What a fault changes in a decision of a process that serves a canary. */
type Fault = (answer: Answer, number: number, draft: Draft) => void;

/** The Redis key that tells every scripted engine which fault to show; none if it is absent. */
export const FAULT_KEY = "scripted-engine:fault";

/** The engine makes no decision at all. */
export const SILENCE = "telemetry_silence";

/** A fault that a scripted engine can show. */
export type FaultName = ModelFault | typeof SILENCE;

type ModelFault =
  | "constant_output"
  | "action_bias_buy"
  | "action_bias_sell"
  | "dead_zone"
  | "narrow_range"
  | "action_collapse"
  | "confidence_collapse"
  | "error_rate_spike"
  | "latency_spike"
  | "invalid_confidence"
  | "unknown_label"
  | "weights_mismatch"
  | "rejected_events"
  | "repeated_answers"
  | "segment_collapse";

/** True for `count` of every `of` decisions, evenly spread: a share that every window has. */
function share(count: number, of: number): (number: number) => boolean {
  return (number) => number % of < count;
}

const SEVEN_NINTHS = share(7, 9);
const SEVEN_TENTHS = share(7, 10);
const THREE_FIFTHS = share(3, 5);
const ONE_FIFTH = share(1, 5);
const ONE_TWELFTH = share(1, 12);

/** What all decisions of one candle have in common. */
let candle: { readonly id: string; readonly featuresAt: unknown } = { id: "", featuresAt: null };

/**
 * Faults of the canary's model, named after the check that each violates. Those that a window approaches gradually stay
 * clear of every other check's limit, before and after.
 */
const FAULTS: Readonly<Record<ModelFault, Fault>> = {
  constant_output: (answer) => {
    answer["confidence"] = 0.7;
  },
  action_bias_buy: (answer) => {
    answer["action"] = "BUY";
  },
  action_bias_sell: (answer) => {
    answer["action"] = "SELL";
  },
  dead_zone: (answer) => {
    answer["action"] = "HOLD";
  },
  // Two in 25 are far away: they keep the standard deviation up, but leave P10 and P90 in place.
  narrow_range: (answer, number) => {
    const outlier = [0.1, 0.99][number % 25];
    answer["confidence"] = outlier ?? 0.7 + 0.1 * (Number(answer["confidence"]) - 0.62);
  },
  action_collapse: (answer, number) => {
    answer["action"] = SEVEN_NINTHS(number) ? "BUY" : "HOLD";
  },
  confidence_collapse: (answer, number) => {
    if (THREE_FIFTHS(number)) answer["confidence"] = 0.62;
  },
  error_rate_spike: (answer, number) => {
    if (!ONE_TWELFTH(number)) return;
    for (const name of ["action", "confidence"]) Reflect.deleteProperty(answer, name);
    Object.assign(answer, { status: "inactive", inactive_reason: "timeout", error: "no answer within 1000 ms" });
  },
  latency_spike: (answer, number) => {
    if (ONE_FIFTH(number)) answer["latency_ms"] = 400;
  },
  invalid_confidence: (answer) => {
    answer["confidence"] = 1.5;
  },
  unknown_label: (answer) => {
    answer["action"] = "HODL";
  },
  weights_mismatch: (_answer, _number, { payload }) => {
    const names = Object.keys(payload["weights"] as object);
    payload["weights"] = Object.fromEntries(names.map((name) => [name, 1 / names.length]));
  },
  rejected_events: (_answer, _number, draft) => {
    draft.fields["model_breakdown"] = "{";
  },
  // Seven of ten decisions are identical, so an engine might call them one decision. Among distinct decisions all is
  // well.
  repeated_answers: (_answer, number, draft) => {
    if (!SEVEN_TENTHS(number)) return;
    const id = `${String(draft.payload["boot_id"])}:candle ${Math.floor(number / 10)}`;
    // One decision is made from the features of one time.
    if (candle.id !== id) candle = { id, featuresAt: draft.payload["features_at"] };
    Object.assign(draft.payload, { decision_id: id, features_at: candle.featuresAt });
    for (const each of Object.values(draft.modelBreakdown))
      Object.assign(each, { action: "BUY", confidence: 0.62, latency_ms: 8 });
    draft.features = Object.fromEntries(Object.keys(draft.features).map((name) => [name, 1]));
  },
  // One of four symbols: too few answers for any check of the whole.
  segment_collapse: (answer, _number, { payload }) => {
    if (payload["symbol"] === "SOLUSDC") answer["confidence"] = 0.62;
  },
};

/** The fault with a name from Redis. @throws Error if there is no such fault, because a test would wait in vain. */
export function faultCalled(name: string): Fault | typeof SILENCE {
  if (name === SILENCE) return SILENCE;
  if (!Object.hasOwn(FAULTS, name)) throw new Error(`'${name}' is not a fault of a scripted engine`);
  return FAULTS[name as ModelFault];
}
