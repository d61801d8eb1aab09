import type { EntryId, Policy } from "@qsc/contract";
import type { CardState, FeatureManifests, PartDecisions } from "@qsc/violations";
import type { IdsSeen } from "./id-watch.js";

/** What is to be taken from the telemetry. */
export interface Wanted {
  readonly policy: Policy;
  /** Null where features are not judged; a manifest is used where there is one. */
  readonly features: { readonly manifest: FeatureManifests } | null;
  /** Whether confidences are kept by label as well, which only a diagnosis looks at. */
  readonly byLabel: boolean;
}

/** What was collected of a part of a range, as plain data: everything but the features. */
export interface PartCollection {
  readonly card: CardState;
  readonly newestId: EntryId | null;
  readonly decisions: PartDecisions;
  /** Null where IDs cannot repeat. */
  readonly ids: IdsSeen | null;
  /** What was lost while it was read, a sentence each. */
  readonly gaps: readonly string[];
}
