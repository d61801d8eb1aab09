import {
  EXIT,
  sealed,
  type Ensemble,
  type ErrorCode,
  type ScoreboardDocument,
  type ScoreboardStatus,
  type Verdict,
} from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { verdictOf } from "@qsc/violations";
import { contextRule, scoreboardRequest, sourceRule } from "./judge/requests.js";
import { codeOf, NO_MODELS, objections, reasonsWithCodes, type Objection } from "./judge/evidence.js";
import type { JudgementContext } from "./judge/context.js";
import { judgeWindow } from "./judge/judge-window.js";
import { namesOf, requireModel } from "./judge/require-model.js";
import { shadowSteps, stepsAgainst } from "./judge/next-steps.js";
import type { WindowRequest } from "./judge/window.js";

export interface ScoreboardRequest extends WindowRequest {
  /** The model that is judged by its answers as a shadow, without a vote; null: none. Default: null. */
  readonly shadow?: string | null;
}

/**
 * The status of every model and of the ensemble. `GO` if all checks pass; `WAIT` if the model's own checks pass but the
 * ensemble is out of range or unmeasured; `NO-GO` otherwise. Exits with 0 only if all models are GO. A shadow has no part
 * in the ensemble: it is GO if it passes as one.
 * @throws QscError if the source cannot be read, `unknown_model`, or `invalid_option` for an invalid request
 */
export async function scoreboard(
  source: EventSource,
  request: ScoreboardRequest,
  context: JudgementContext,
): Promise<ScoreboardDocument> {
  sourceRule(source, "source");
  scoreboardRequest(request, "request");
  contextRule(context, "context");
  const { shadow = null } = request;
  const judged = await judgeWindow(source, request, context, context.policy.minEvents.canary, { shadow });
  if (shadow !== null) requireModel(shadow, namesOf(judged));
  const telemetry = verdictOf(judged.integrity);
  const models = judged.models.map((model) => ({
    ...model,
    status: statusOf(telemetry, model.verdict, judged.ensemble),
  }));
  const held = models.filter(({ status }) => status !== "GO");
  const allGo = models.length > 0 && held.length === 0;
  const none = models.length === 0 ? [NO_MODELS] : [];
  const against = [
    ...objections(judged.integrity),
    ...objections(judged.ensemble.checks),
    ...held.map(describe),
    ...none,
  ];
  return sealed({
    kind: "scoreboard" as const,
    ...(shadow !== null && { shadow }),
    verdict: allGo
      ? ("pass" as const)
      : telemetry === "unknown" || models.length === 0
        ? ("unknown" as const)
        : ("fail" as const),
    exitCode: allGo ? EXIT.proven : EXIT.refused,
    ...reasonsWithCodes(against),
    next: [
      ...shadowSteps(judged.models),
      ...stepsAgainst(
        against,
        held.every(({ model }) => model === shadow),
      ),
    ],
    ...judged.head,
    models,
    ensemble: judged.ensemble,
  });
}

function describe(model: ScoreboardDocument["models"][number]): Objection {
  const { status, reasons } = model;
  const text = `${model.model}: ${status}${reasons.length > 0 ? `: ${reasons.join("; ")}` : ""}`;
  return { code: codeOfStatus(model), text };
}

/** A model that passes its own checks is held up by something else: the telemetry, or the ensemble. */
function codeOfStatus(model: ScoreboardDocument["models"][number]): ErrorCode {
  const { status, verdict } = model;
  if (verdict !== "pass") return codeOf(model);
  return status === "WAIT" ? "model_waits" : "model_unproven";
}

function statusOf(telemetry: Verdict, model: Verdict, { checks }: Ensemble): ScoreboardStatus {
  if (telemetry !== "pass" || model !== "pass") return "NO-GO";
  return verdictOf(checks) === "pass" ? "GO" : "WAIT";
}
