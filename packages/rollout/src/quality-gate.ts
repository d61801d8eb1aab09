import {
  EXIT,
  sealed,
  type Delta,
  type EvidenceHead,
  type GateDocument,
  type GateMode,
  type ModelVerdict,
  type Verdict,
} from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { modelStats, verdictOf } from "@qsc/violations";
import { gateRequest, settingRule, sourceRule } from "./requests.js";
import { objections } from "./telemetry/evidence.js";
import type { Setting } from "./telemetry/setting.js";
import { judgeWindow, type JudgedWindow } from "./telemetry/judged.js";
import { namesOf, requireModel } from "./telemetry/require-model.js";
import type { WindowRequest } from "./telemetry/window.js";

export interface GateRequest extends WindowRequest {
  readonly mode: GateMode;
  /** Whether this model passes; null: whether any does. */
  readonly model: string | null;
}

/**
 * Judges whether a model may take traffic. Collection mode needs fewer events and never permits
 * anything: its best end is `collected`, exit 3. Canary mode ends in 0 only when no check of the
 * telemetry is violated or unknown, and the model asked for (or, without one, any) passes.
 * @throws QscError where the source cannot be read, `unknown_model`, or `invalid_option` for a request that is not one
 */
export async function qualityGate(
  source: EventSource,
  request: GateRequest,
  setting: Setting,
): Promise<GateDocument> {
  sourceRule(source, "source");
  gateRequest(request, "request");
  settingRule(setting, "setting");
  const { mode, model } = request;
  const judged = await judgeWindow(source, request, setting, setting.policy.minEvents[mode]);
  if (model !== null) requireModel(model, namesOf(judged));
  const verdict = overall(judged, model);
  return sealed({
    kind: "quality-gate" as const,
    mode,
    model,
    ...conclusion(verdict, mode),
    reasons: verdict === "pass" ? [] : reasonsOf(judged, model),
    ...judged.head,
    models: judged.models,
    ensemble: judged.ensemble,
    deltas: deltasOf(judged, setting),
  });
}

function overall({ integrity, models }: JudgedWindow, model: string | null): Verdict {
  const telemetry = verdictOf(integrity);
  if (telemetry !== "pass") return telemetry;
  const asked = models.filter((verdict) => model === null || verdict.model === model);
  const verdicts = asked.map(({ verdict }) => verdict);
  if (verdicts.includes("pass")) return "pass";
  return verdicts.includes("unknown") || verdicts.length === 0 ? "unknown" : "fail";
}

function conclusion(verdict: Verdict, mode: GateMode): Pick<EvidenceHead, "verdict" | "exitCode"> {
  if (verdict !== "pass") return { verdict, exitCode: EXIT.refused };
  return mode === "collection"
    ? { verdict: "collected", exitCode: EXIT.collected }
    : { verdict, exitCode: EXIT.proven };
}

function reasonsOf({ integrity, models }: JudgedWindow, model: string | null): readonly string[] {
  const asked = models.filter((verdict) => model === null || verdict.model === model);
  const failing = asked.filter(({ verdict }) => verdict !== "pass").map(describe);
  const none = models.length === 0 ? ["no event names a model"] : [];
  return [...objections(integrity), ...failing, ...none];
}

function describe({ model, verdict, reasons }: ModelVerdict): string {
  return `${model}: ${verdict}: ${reasons.join("; ")}`;
}

function deltasOf({ before, models }: JudgedWindow, { policy }: Setting): readonly Delta[] | null {
  if (before === null) return null;
  return models.map(({ model, stats }) => {
    const card = before.scorecardOf(model);
    const absent = Math.max(0, before.counts.judged - card.appearances);
    return { model, before: modelStats(card, policy.labels, absent), after: stats };
  });
}
