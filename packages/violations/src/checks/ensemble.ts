import type { Agreement, CheckResult, Ensemble, Policy } from "@qsc/contract";
import type { TelemetryCard } from "../cards/telemetry-card.js";
import { limitOf } from "../policy/limit-of.js";
import { result, type FurtherCheck } from "./result.js";
import { say } from "./words.js";
import { worseOfEach } from "./worse.js";

/**
 * Judges how the ensemble agrees, over every vote that the engine counted: silent fallbacks are
 * votes too. The same over predictions alone stands beside it. The shares are of distinct decisions; each check is
 * judged over all entries too.
 * @param all the card of all entries
 */
export function judgeEnsemble(card: TelemetryCard, policy: Policy, all: TelemetryCard = card.withRepeats()): Ensemble {
  const distinct = card.allVotes.result();
  const checks = checksOf(distinct, policy);
  return {
    ...distinct,
    active: card.activeVotes.result(),
    checks: all === card ? checks : worseOfEach(checks, checksOf(all.allVotes.result(), policy)),
  };
}

function checksOf(votes: Agreement, policy: Policy): readonly CheckResult[] {
  return [agreement(votes, policy), hardDisagreement(votes, policy)];
}

function agreement({ agreement: value, n }: Agreement, policy: Policy): CheckResult {
  const least = limitOf(policy, "agreement.least");
  const most = limitOf(policy, "agreement.most");
  const within = `between ${say(least, "percent")} and ${say(most, "percent")} is healthy`;
  if (value === null) return unmeasured("agreement", least);
  const tooLow = value < least;
  return result("agreement", tooLow || value > most ? "violation" : "pass", {
    value,
    limit: tooLow ? least : most,
    n,
    reason: `the models agree to ${say(value, "percent")}; ${within}`,
  });
}

function hardDisagreement({ hardDisagree: value, n }: Agreement, policy: Policy): CheckResult {
  const limit = limitOf(policy, "hard_disagreement.share");
  if (value === null) return unmeasured("hard_disagreement", limit);
  return result("hard_disagreement", value > limit ? "violation" : "pass", {
    value,
    limit,
    n,
    reason: `in ${say(value, "percent")} of the decisions opposing labels were voted; at most ${say(limit, "percent")} is healthy`,
  });
}

function unmeasured(id: FurtherCheck, limit: number): CheckResult {
  const reason = "no decision has two votes, so that agreement cannot be measured";
  return result(id, "unknown", { value: null, limit, n: 0, reason });
}
