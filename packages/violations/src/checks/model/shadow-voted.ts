import type { CheckResult } from "@qsc/contract";
import { shadowContradictions } from "../../cards/shadow.js";
import type { Scorecard } from "../../cards/scorecard.js";
import { couldHide, describeFaults, neverStatus, result } from "../result.js";

/**
 * Whether a model that is judged as a shadow was one in every entry. One that votes must pass with its votes, and a
 * model that is both has answers of two kinds, of which neither proves anything about the other.
 *
 * @param unread events that could not be read
 */
export function shadowVoted(card: Scorecard, unread: number): CheckResult {
  const found = shadowContradictions(card);
  const facts = { limit: 0, n: card.appearances };
  if (found === null) {
    const reason = "too many kinds of inactive answers to tell whether the model voted in one of them";
    return result("shadow_voted", "unknown", { ...facts, value: null, reason });
  }
  const count = found.reduce((sum, kind) => sum + kind.count, 0);
  const reason =
    count > 0
      ? `the model was judged as a shadow, and is not one: ${describeFaults(found)}; judge it without --shadow`
      : unread > 0
        ? couldHide(unread, "a vote of the shadow")
        : "the model had no vote and no weight in any entry";
  return result("shadow_voted", neverStatus(count, unread), { ...facts, value: count, reason });
}
