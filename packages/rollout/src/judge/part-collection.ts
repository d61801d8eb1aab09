import type { EntryId, Policy } from "@qsc/contract";
import type { CardState, FeatureManifests, PartDecisions, RecentState, ShardTallyState } from "@qsc/violations";
import type { IdsSeen } from "./id-conflicts.js";

/** What to collect from the telemetry. */
export interface Wanted {
  readonly policy: Policy;
  /** Null if features are not judged. The manifest is used if there is one. */
  readonly features: { readonly manifest: FeatureManifests } | null;
  /** Whether confidences are also kept by label, which only a diagnosis needs. */
  readonly byLabel: boolean;
  /** Whether the newest decisions are kept, to measure how answers depend on those before, and to judge each symbol. */
  readonly recent: boolean;
  /** The model that is judged as a shadow; null: none. */
  readonly shadow: string | null;
  /** Whether the stream is merged from shards, each of which has to show its own decisions. Default: no. */
  readonly sharded?: boolean;
}

/** What was collected from a part of a range, as plain data: everything but the features. */
export interface PartCollection {
  readonly card: CardState;
  /** The newest decisions; null if they are not wanted. */
  readonly recent: RecentState | null;
  /** The newest entries that repeat a decision; null if the newest decisions are not wanted. */
  readonly recentRepeats: RecentState | null;
  readonly newestId: EntryId | null;
  readonly decisions: PartDecisions;
  /** When the decisions of each shard came; null if the stream has none. */
  readonly shards: ShardTallyState | null;
  /** Null if IDs cannot repeat. */
  readonly ids: IdsSeen | null;
  /** What was lost while reading, one sentence each. */
  readonly gaps: readonly string[];
}
