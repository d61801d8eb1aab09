import type { Policy } from "@qsc/contract";
import type { FeatureManifests } from "../../features/manifests.js";

/** What features are judged by. */
export interface FeatureContext {
  readonly policy: Policy;
  /** The manifest of all models, or one per model by name: the same that the card was made with. */
  readonly manifest: FeatureManifests;
  /** Whether the telemetry is of contract version 1, whose features are known by name. */
  readonly version1: boolean;
  /** Entries that could not be read. */
  readonly rejected: number;
}
