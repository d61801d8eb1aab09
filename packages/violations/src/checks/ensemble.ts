import type { Agreement, CheckResult, Ensemble, Policy } from "@qsc/contract";
import { isAbove, isBelow } from "@qsc/stats";
import type { TelemetryCard } from "../cards/telemetry-card.js";
import { result } from "./result.js";
import { digitsFor, say, sayAgainst } from "./words.js";

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

function agreement({ agreement: value, n }: Agreement, { limits }: Policy): CheckResult {
  const least = limits["agreement.least"] ?? 1;
  const most = limits["agreement.most"] ?? 0;
  if (value === null) return unmeasured("agreement", least);
  const tooLow = isBelow(value, least);
  const digits = Math.max(digitsFor([value], least, "percent"), digitsFor([value], most, "percent"));
  const told = (share: number): string => say(share, "percent", digits);
  return result("agreement", tooLow || isAbove(value, most) ? "violation" : "pass", {
    value,
    limit: tooLow ? least : most,
    n,
    reason: `the models agree to ${told(value)}; between ${told(least)} and ${told(most)} is healthy`,
  });
}

function hardDisagreement({ hardDisagree: value, n }: Agreement, { limits }: Policy): CheckResult {
  const limit = limits["hard_disagreement.share"] ?? 0;
  if (value === null) return unmeasured("hard_disagreement", limit);
  const told = sayAgainst(value, limit, "percent");
  return result("hard_disagreement", isAbove(value, limit) ? "violation" : "pass", {
    value,
    limit,
    n,
    reason: `in ${told.value} of the decisions opposing labels were voted; at most ${told.limit} is healthy`,
  });
}

function unmeasured(id: string, limit: number): CheckResult {
  const reason = "no decision has two votes, so that agreement cannot be measured";
  return result(id, "unknown", { value: null, limit, n: 0, reason });
}
