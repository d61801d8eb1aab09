import type { CheckResult, Policy } from "@qsc/contract";
import type { Scorecard } from "../../cards/scorecard.js";
import type { Comparing } from "../registry.js";
import { evaluate } from "./evaluate.js";
import type { ModelEvidence } from "./measures.js";
import { RECENT_COLLAPSE } from "./rows.js";

/** A model's part in the newest decisions. */
export interface NewestPart {
  readonly card: Scorecard;
  /** How many of these decisions do not name the model. */
  readonly absent: number;
  /** Entries that could not be read and may be among them. */
  readonly unread: number;
}

const CHECK: Comparing = { id: RECENT_COLLAPSE.id, anyOf: RECENT_COLLAPSE.limits };

/**
 * Whether a model that answered soundly has collapsed in the meantime. All other checks cover the whole range, in which
 * many sound answers outweigh the newest ones. The limits are those of a collapse beyond doubt: 200 decisions of a sound
 * model vary more than those of all its decisions.
 */
export function recentCollapse(newest: NewestPart, { labels }: ModelEvidence, limits: Policy["limits"]): CheckResult {
  const { card, absent, unread } = newest;
  // A baseline is of a longer range.
  const result = evaluate(CHECK, { card, absent, labels, unread, baseline: null }, limits);
  const decisions = card.appearances + absent;
  const where = decisions === 1 ? "in the newest decision" : `in the newest ${decisions} decisions`;
  return { ...result, reason: `${where}, ${result.reason}` };
}
