import { digestOf, type ModelSegments, type Policy } from "@qsc/contract";
import type { ReadState } from "../canary/state.js";
import { evidenceOf } from "../watch/kept-evidence.js";

/** Each watched model's answers symbol by symbol, as the state file has them. */
export interface WatchedSegments {
  /** Empty if nothing is watched, or no decision was judged yet. */
  readonly models: readonly { readonly model: string; readonly segments: ModelSegments }[];
  /** Why they are unknown; null if they are not. */
  readonly problem: string | null;
}

const NONE: WatchedSegments = { models: [], problem: null };

/**
 * What a watch has seen of each symbol so far. Never throws: what cannot be read is said.
 * @param policy of the one who asks: evidence can only be read under the policy that it was gathered under
 */
export function watchedSegments(read: ReadState, policy: Policy): WatchedSegments {
  const unknown = (problem: string): WatchedSegments => ({ models: [], problem });
  if (read.kind === "broken") return unknown(read.detail);
  if (read.kind === "absent" || !("evidence" in read.state) || read.state.evidence === null) return NONE;
  const { canary, evidence } = read.state;
  if (digestOf(policy) !== canary.policyHash)
    return unknown("the watch has another policy than this command. Start it with the same --policy.");
  try {
    const segments = evidenceOf(policy, canary, evidence).segments();
    return { models: [...segments].map(([model, own]) => ({ model, segments: own })), problem: null };
  } catch {
    // Its own message tells a watch what to do.
    return unknown(
      "the evidence of the watch is not as this version writes it. qsc status says whether it can be used.",
    );
  }
}
