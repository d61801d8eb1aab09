/** A voting weight by model, or another number by name. */
export type NumbersByName = Readonly<Record<string, number>>;

/** What one model answered, as published in contract version 1. Other members are ignored. */
export interface WireAnswerV1 {
  readonly action: string;
  /** In [0, 1]. */
  readonly confidence: number;
  readonly model?: string | undefined;
  readonly inactive?: boolean | undefined;
  readonly inactive_reason?: string | null | undefined;
  readonly shadow?: boolean | undefined;
  readonly reason?: string | null | undefined;
  readonly triggered_by?: string | null | undefined;
}

/** The members that version 2 answers share. */
interface WireArtifact {
  readonly error?: string | null | undefined;
  /** Identifies the model that answered: covers its file and everything that says what its numbers mean. */
  readonly artifact_sha256: string | null;
  readonly feature_dim: number | null;
}

/** A version 2 model that answered, with or without a vote. */
export interface WirePrediction extends WireArtifact {
  readonly status: "active" | "shadow";
  readonly action: string;
  /** In [0, 1]. */
  readonly confidence: number;
  readonly latency_ms: number;
}

/** A version 2 model that was excluded from the vote. */
export interface WireInactive extends WireArtifact {
  readonly status: "inactive";
  readonly inactive_reason: string;
  readonly latency_ms?: number | null | undefined;
}

/** What version 2 of the telemetry says of one model: its prediction, or why it made none. */
export type WireAnswerV2 = WirePrediction | WireInactive;

/** What both versions say about the decision itself. */
export interface WireDecision {
  readonly symbol: string;
  readonly side: string;
  /** In [0, 1]. */
  readonly confidence: number;
  readonly timestamp: string;
  readonly model: string;
  readonly consensus_count: number;
  readonly total_models: number;
}

/** The JSON in the field `payload` of an entry of version 1. Its numeric metadata may be NaN or infinite. */
export interface PayloadV1 extends WireDecision {
  readonly model_breakdown: Readonly<Record<string, WireAnswerV1>>;
  readonly atr_value?: number | undefined;
  readonly volatility_factor?: number | undefined;
  readonly exchange_divergence?: number | undefined;
  readonly funding_rate?: number | undefined;
}

/** The JSON in the field `payload` of an entry of version 2. */
export interface PayloadV2 extends WireDecision {
  readonly decision_id: string;
  /** Git SHA of the engine. */
  readonly build: string;
  /** Unique for each engine process. */
  readonly boot_id: string;
  readonly weights: NumbersByName;
  readonly canary: { readonly model: string; readonly weight: number } | null;
  /** The time of the newest row of features behind the decision, in ISO 8601 UTC. */
  readonly features_at: string;
  /** Why there is no decision, such as `below_quorum` or `tie`; null or missing when there is one. */
  readonly no_decision_reason?: string | null | undefined;
  /** Whether the engine wants this decision traded; if not, why. It is judged in either case. */
  readonly trade?: { readonly signal: boolean; readonly withheld: string | null } | undefined;
}

/** The JSON in the field `model_breakdown` of an entry of version 2. */
export type BreakdownV2 = Readonly<Record<string, WireAnswerV2>>;

/** The JSON in the field `features` of an entry of version 2: one vector for all models, or one per model. */
export type FeaturesV2 = NumbersByName | Readonly<Record<string, NumbersByName>>;

/** The JSON in the field `payload` of a features entry. The entry's ID is its time. */
export interface FeaturesPayload {
  readonly symbol: string;
  /** May contain NaN and the infinities: the models refuse them, naming the feature. */
  readonly features: NumbersByName;
}
