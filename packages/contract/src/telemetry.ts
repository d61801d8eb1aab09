import type { EntryId } from "./entry-id.js";

/** The stream that an engine publishes to by default. */
export const DEFAULT_STREAM = "quantum:stream:trade.intent";
/** The only `event_type` that is an intent. */
export const INTENT_EVENT_TYPE = "trade.intent";
/** The `side` of a decision for which too few models were active. It is not HOLD, and must not be traded on. */
export const NO_DECISION = "NO_DECISION";
/** The stream that an engine reads its features from by default. */
export const DEFAULT_FEATURE_STREAM = "quantum:stream:market.features";
/** The `event_type` of a row of features. */
export const FEATURES_EVENT_TYPE = "market.features";
/** A row with more features than this is rejected. */
export const MAX_FEATURES = 1024;
/** An entry whose fields add up to more bytes than this is rejected unread. */
export const MAX_ENTRY_BYTES: number = 1024 * 1024;
/** A breakdown with more models than this is rejected. */
export const MAX_MODELS = 256;

/** The `nonPrediction` of an answer whose only fault is that the engine runs its model without a vote. */
export const SHADOW = "shadow";

/** Why an entry was rejected. Every rejected entry is counted under one of these. */
export const REJECTION_REASONS = [
  "invalid_id",
  "unreadable_line",
  "too_large",
  "invalid_utf8",
  "duplicate_field",
  "other_event_type",
  "unknown_contract",
  "no_payload",
  "unreadable_json",
  "not_an_object",
  "number_overflow",
  "forbidden_key",
  "too_deep",
  "no_breakdown",
  "too_many_models",
  "invalid_model_name",
  "missing_field",
  "signature_missing",
  "signature_invalid",
] as const;

/** Why an entry could not be read. */
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** An entry that could not be read. It is counted, sampled and judged; never skipped silently. */
export interface Rejection {
  readonly kind: "rejected";
  /** Null when even the ID could not be read. */
  readonly id: EntryId | null;
  /** Where it is, for a person: its ID, or `line 17`. */
  readonly place: string;
  readonly reason: RejectionReason;
  /** What is wrong with it, in words. Text quoted from the entry is cut short but not escaped. */
  readonly detail: string;
}

/** A value that is not a number, as found; `invalid` is at most 40 characters of it. */
export interface InvalidValue {
  readonly invalid: string;
}

/** What one model answered in one decision. */
export interface ModelReading {
  readonly model: string;
  /**
   * Null for a prediction. Otherwise why the answer is not one: the engine marked the model (`inactive: ...`,
   * `error: ...`), the answer is a silent fallback (`fallback: nhits_insufficient_history`), or, of an answer without
   * any such fault, the model has no vote (`shadow`).
   */
  readonly nonPrediction: string | null;
  /** Whether the engine counted this answer as a vote: a silent fallback counts, an inactive model does not. */
  readonly voted: boolean;
  /** The label as found, any string; null when it is missing or not a string. */
  readonly action: string | null;
  /** The number as found, including NaN and the infinities. */
  readonly confidence: number | InvalidValue;
  readonly latencyMs: number | InvalidValue | null;
  /** 64 lower-case hex digits without a prefix; null when none is named. Any other form is not a SHA-256. */
  readonly artifactSha256: string | InvalidValue | null;
}

/** What an entry of contract version 2 says about the process that wrote it. */
export interface EngineIdentity {
  readonly build: string;
  readonly bootId: string;
  /** Voting weights by model. */
  readonly weights: ReadonlyMap<string, number>;
  readonly canary: { readonly model: string; readonly weight: number } | null;
}

/** One feature vector, of one model or (null) of all models. */
export interface FeatureVector {
  readonly model: string | null;
  readonly values: ReadonlyMap<string, number | InvalidValue>;
}

/** One row of features, as read: the input of an engine. */
export interface FeatureObservation {
  readonly kind: "features";
  readonly id: EntryId;
  readonly symbol: string;
  readonly values: ReadonlyMap<string, number | InvalidValue>;
}

/** One decision of the engine, as read. */
export interface Intent {
  readonly kind: "intent";
  readonly id: EntryId;
  readonly contract: 1 | 2;
  readonly symbol: string | null;
  /** Equal for two entries that are the same decision. */
  readonly decisionKey: string;
  /** Equal for two entries with the same content. */
  readonly contentKey: string;
  readonly models: readonly ModelReading[];
  /** Null in version 1, which does not carry it. */
  readonly engine: EngineIdentity | null;
  /** Null when the reader was not asked for features. */
  readonly features: readonly FeatureVector[] | null;
  /**
   * When the newest row of features behind the decision was taken, in milliseconds since 1970. Null when the entry
   * does not say. Version 1 never does: its timestamp may be a candle's.
   */
  readonly featuresAtMs: number | InvalidValue | null;
  /**
   * Names of the numbers outside `models` that are NaN or infinite, including those the writer replaced by null or
   * text.
   */
  readonly notFinite: readonly string[];
  /** Null in version 2, whose contract says which members may be null. */
  readonly members: PayloadMembers | null;
}

/**
 * Members at the top of a version 1 payload. The contract says little about them: one that is a number in one
 * decision and null in another must have been a number there too.
 */
export interface PayloadMembers {
  readonly numbers: readonly string[];
  readonly nulls: readonly string[];
}

const NOT_FINITE = /^\s*[+-]?(?:nan|inf|infinity)\s*$/i;

/** Whether a text is a writer's form of a number that is not finite: `NaN`, `-Infinity`, `inf`, in any case. */
export function isNotFiniteText(text: string): boolean {
  return NOT_FINITE.test(text);
}

/** The numeric metadata that contract version 1 promises: its feature vector. */
export const V1_FEATURES = ["atr_value", "volatility_factor", "exchange_divergence", "funding_rate"] as const;
