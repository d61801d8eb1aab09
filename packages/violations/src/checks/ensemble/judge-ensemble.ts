import type { Agreement, CheckResult, Ensemble, Policy } from "@qsc/contract";
import { isAbove, isBelow } from "@qsc/stats";
import type { TelemetryCard } from "../../cards/telemetry-card.js";
import { limitOf } from "../../policy/limit-of.js";
import type { EnsembleCheckId } from "../registry.js";
import { result } from "../result.js";
import { digitsFor, say, sayAgainst } from "../words.js";
import { worseOfEach } from "../worse.js";
import { ENSEMBLE_ROWS } from "./rows.js";

/**
 * Judges how far the ensemble agrees, over every vote that the engine counted, including silent fallbacks. It also
 * reports the same over predictions alone. The shares cover distinct decisions; each check is judged over all
 * entries too.
 *
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

const JUDGES: Readonly<Record<EnsembleCheckId, (votes: Agreement, policy: Policy) => CheckResult>> = {
  agreement,
  hard_disagreement: hardDisagreement,
};

function checksOf(votes: Agreement, policy: Policy): readonly CheckResult[] {
  return ENSEMBLE_ROWS.map(({ id }) => JUDGES[id](votes, policy));
}

function agreement({ agreement: value, n }: Agreement, policy: Policy): CheckResult {
  const least = limitOf(policy, "agreement.least");
  const most = limitOf(policy, "agreement.most");
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

function hardDisagreement({ hardDisagree: value, n }: Agreement, policy: Policy): CheckResult {
  const limit = limitOf(policy, "hard_disagreement.share");
  if (value === null) return unmeasured("hard_disagreement", limit);
  const told = sayAgainst(value, limit, "percent");
  return result("hard_disagreement", isAbove(value, limit) ? "violation" : "pass", {
    value,
    limit,
    n,
    reason: `in ${told.value} of the decisions opposing labels were voted; at most ${told.limit} is healthy`,
  });
}

function unmeasured(id: EnsembleCheckId, limit: number): CheckResult {
  const reason = "no decision has two votes, so that agreement cannot be measured";
  return result(id, "unknown", { value: null, limit, n: 0, reason });
}
