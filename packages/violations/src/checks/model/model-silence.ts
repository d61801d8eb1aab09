import { describeBeside, describeDuration, iso, type CheckResult, type Policy } from "@qsc/contract";
import type { Scorecard } from "../../cards/scorecard.js";
import { limitOf } from "../../policy/limit-of.js";
import { result } from "../result.js";
import type { TelemetryContext } from "../telemetry/telemetry-context.js";

/** Whether a model is alive now: its newest prediction must be as recent as the telemetry's newest event must be. */
export function modelSilence(
  card: Scorecard,
  { asOfMs, sinceMs }: Pick<TelemetryContext, "asOfMs" | "sinceMs">,
  policy: Policy,
): CheckResult {
  const limit = limitOf(policy, "telemetry_silence.maxAge");
  const { newestMs } = card;
  if (newestMs === null) {
    const since = sinceMs === null ? "" : ` since ${iso(sinceMs)}`;
    const value = sinceMs === null ? null : Math.max(0, asOfMs - sinceMs);
    return result("model_silence", "violation", { value, limit, n: 0, reason: `it made no prediction${since}` });
  }
  const age = Math.max(0, asOfMs - newestMs);
  return result("model_silence", age > limit ? "violation" : "pass", {
    value: age,
    limit,
    n: card.predictions,
    reason:
      `its newest prediction, of ${iso(newestMs)}, is ${describeBeside(age, limit)} old as of ${iso(asOfMs)}; ` +
      `at most ${describeDuration(limit)} is allowed`,
  });
}
