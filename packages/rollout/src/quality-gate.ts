import {
  EXIT,
  sealed,
  type Delta,
  type EvidenceHead,
  type GateDocument,
  type GateMode,
  type ModelVerdict,
  type Verdict,
  type WatchPower,
} from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { modelStats, powerOfWatch, USUAL_WATCH_MS, verdictOf } from "@qsc/violations";
import { gateRequest, contextRule, sourceRule } from "./judge/requests.js";
import { codeOf, NO_MODELS, objections, reasonsWithCodes, type Objection } from "./judge/evidence.js";
import {
  compareShadow,
  comparisonObjections,
  shadowOf,
  withComparison,
  type ShadowRequest,
} from "./judge/compare-shadow.js";
import type { JudgementContext } from "./judge/context.js";
import { judgeWindow, type JudgedWindow } from "./judge/judge-window.js";
import { namesOf, requireModel } from "./judge/require-model.js";
import { afterPass, shadowStep, stepsAgainst } from "./judge/next-steps.js";
import { testsOf } from "./watch/kept-evidence.js";
import { passedBaselines } from "./judge/passed-baselines.js";
import type { WindowRequest } from "./judge/window.js";

export interface GateRequest extends WindowRequest, ShadowRequest {
  readonly mode: GateMode;
  /** The length of the watch whose power is stated, in milliseconds. Default: six hours. */
  readonly watchMs?: number;
}

/**
 * Judges whether a model may take traffic. Collection mode needs fewer events but never permits anything: its best
 * result is `collected`, exit 3. Canary mode exits with 0 only if every check of the telemetry passes, and the
 * requested model (or, without one, any model) passes. With a comparison, it must not find a difference either.
 * @throws QscError if the source cannot be read, `unknown_model`, or `invalid_option` for an invalid request
 */
export async function qualityGate(
  source: EventSource,
  request: GateRequest,
  context: JudgementContext,
): Promise<GateDocument> {
  sourceRule(source, "source");
  gateRequest(request, "request");
  contextRule(context, "context");
  const { mode, model } = request;
  const shadow = shadowOf(request);
  const needed = context.policy.minEvents[mode];
  const judged = await judgeWindow(source, request, context, needed, { shadow });
  if (model !== null) requireModel(model, namesOf(judged));
  const comparison = compareShadow(judged, request, context, mode);
  const asked = { mode, model, ...(shadow !== null && { shadow: true as const }) };
  const verdict = withComparison(overall(judged, model), comparison);
  const dependence = [...(judged.collection.recent?.measured() ?? [])].map(([name, one]) => ({ model: name, ...one }));
  const against = verdict === "pass" ? [] : [...reasonsOf(judged, model), ...comparisonObjections(model, comparison)];
  return sealed({
    kind: "quality-gate" as const,
    ...asked,
    ...(comparison !== null && { comparison }),
    ...conclusion(verdict, mode),
    ...reasonsWithCodes(against),
    next:
      verdict === "pass"
        ? afterPass({ ...asked, models: judged.models, ...judged.head })
        : [...shadowStep(request, judged.models), ...stepsAgainst(against, shadow !== null)],
    ...judged.head,
    models: judged.models,
    ensemble: judged.ensemble,
    deltas: deltasOf(judged, context),
    dependence,
    power: powerOfPassed(judged, dependence, context, request),
  });
}

/** What a watch of the models that pass could see of the one that is asked about, or of each. */
function powerOfPassed(
  { models }: JudgedWindow,
  dependence: NonNullable<GateDocument["dependence"]>,
  { policy }: JudgementContext,
  { model, watchMs = USUAL_WATCH_MS }: GateRequest,
): readonly WatchPower[] {
  const passed = passedBaselines({ models, dependence });
  const asked = Object.keys(passed).filter((name) => model === null || name === model);
  return asked.length === 0 ? [] : powerOfWatch(testsOf(policy, passed), watchMs, asked);
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

function reasonsOf({ integrity, models }: JudgedWindow, model: string | null): readonly Objection[] {
  const asked = models.filter((verdict) => model === null || verdict.model === model);
  const failing = asked.filter(({ verdict }) => verdict !== "pass").map(describe);
  const none = models.length === 0 ? [NO_MODELS] : [];
  return [...objections(integrity), ...failing, ...none];
}

function describe(against: ModelVerdict): Objection {
  const { model, verdict, reasons } = against;
  return { code: codeOf(against), text: `${model}: ${verdict}: ${reasons.join("; ")}` };
}

function deltasOf({ before, models }: JudgedWindow, { policy }: JudgementContext): readonly Delta[] | null {
  if (before === null) return null;
  return models.map(({ model, stats }) => {
    const card = before.scorecardOf(model);
    const absent = Math.max(0, before.counts.judged - card.appearances);
    return { model, before: modelStats(card, policy.labels, absent), after: stats };
  });
}
