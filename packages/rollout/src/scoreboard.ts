import { EXIT, sealed, type Ensemble, type ScoreboardDocument, type ScoreboardStatus, type Verdict } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { verdictOf } from "@qsc/violations";
import { settingRule, sourceRule, windowRequest } from "./requests.js";
import { objections } from "./telemetry/evidence.js";
import type { Setting } from "./telemetry/setting.js";
import { judgeWindow } from "./telemetry/judged.js";
import type { WindowRequest } from "./telemetry/window.js";

/**
 * How every model and the ensemble stand. `GO` where all checks pass; `WAIT` where the model's
 * own checks pass and the ensemble is out of range or unmeasured; `NO-GO` otherwise. Ends in 0
 * only when all models are GO.
 */
export async function scoreboard(
  source: EventSource,
  request: WindowRequest,
  setting: Setting,
): Promise<ScoreboardDocument> {
  sourceRule(source, "source");
  windowRequest(request, "request");
  settingRule(setting, "setting");
  const judged = await judgeWindow(source, request, setting, setting.policy.minEvents.canary);
  const telemetry = verdictOf(judged.integrity);
  const models = judged.models.map((model) => ({
    ...model,
    status: statusOf(telemetry, model.verdict, judged.ensemble),
  }));
  const held = models.filter(({ status }) => status !== "GO");
  const allGo = models.length > 0 && held.length === 0;
  const words = held.map(({ model, status, reasons }) => `${model}: ${status}${reasons.length > 0 ? `: ${reasons.join("; ")}` : ""}`);
  const none = models.length === 0 ? ["no event names a model"] : [];
  return sealed({
    kind: "scoreboard" as const,
    verdict: allGo ? ("pass" as const) : telemetry === "unknown" || models.length === 0 ? ("unknown" as const) : ("fail" as const),
    exitCode: allGo ? EXIT.proven : EXIT.refused,
    reasons: [...objections(judged.integrity), ...objections(judged.ensemble.checks), ...words, ...none],
    ...judged.head,
    models,
    ensemble: judged.ensemble,
  });
}

function statusOf(telemetry: Verdict, model: Verdict, { checks }: Ensemble): ScoreboardStatus {
  if (telemetry !== "pass" || model !== "pass") return "NO-GO";
  return verdictOf(checks) === "pass" ? "GO" : "WAIT";
}
