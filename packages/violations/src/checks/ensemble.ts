import type { Agreement, CheckResult, Ensemble, Policy } from "@qsc/contract";
import type { TelemetryCard } from "../cards/telemetry-card.js";
import { limitOf } from "../policy/limit-of.js";
import { result, type FurtherCheck } from "./result.js";
import { say } from "./words.js";

/**
 * Judges how the ensemble agrees, over every vote that the engine counted: silent fallbacks are
 * votes too. The same over predictions alone stands beside it.
 */
export function judgeEnsemble(card: TelemetryCard, policy: Policy): Ensemble {
  const all = card.allVotes.result();
  return {
    ...all,
    active: card.activeVotes.result(),
    checks: [agreement(all, policy), hardDisagreement(all, policy)],
  };
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
