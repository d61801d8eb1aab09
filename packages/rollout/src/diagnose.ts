import { EXIT, sealed, type DiagnosisDocument } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { verdictOf } from "@qsc/violations";
import { concludeFrom } from "./judge/diagnosis/causes.js";
import { factsOf } from "./judge/diagnosis/facts.js";
import { readEngineJournal, type JournalOf } from "./judge/diagnosis/journal.js";
import { shadowOf, type ShadowRequest } from "./judge/compare-shadow.js";
import { diagnosisRequest, contextRule, sourceRule } from "./judge/requests.js";
import { objections, reasonsWithCodes } from "./judge/evidence.js";
import type { JudgementContext } from "./judge/context.js";
import { judgeWindow } from "./judge/judge-window.js";
import { namesOf, requireModel } from "./judge/require-model.js";
import type { WindowRequest } from "./judge/window.js";

export interface DiagnosisRequest extends WindowRequest, Omit<ShadowRequest, "against"> {
  /** Diagnose only this model; null: all. */
  readonly model: string | null;
  readonly journal: JournalOf;
}

/**
 * Explains what the telemetry shows of each model: where its variance is lost, what fell back, what has drifted since
 * the cutover, what the engine's journal says about it, the likely cause, and the next step. It permits nothing: its
 * exit code only says that the diagnosis was made; its verdict is that of the telemetry and the models.
 */
export async function diagnose(
  source: EventSource,
  request: DiagnosisRequest,
  context: JudgementContext,
): Promise<DiagnosisDocument> {
  sourceRule(source, "source");
  diagnosisRequest(request, "request");
  contextRule(context, "context");
  const { policy } = context;
  const shadow = shadowOf(request);
  const judged = await judgeWindow(source, request, context, policy.minEvents.canary, { byLabel: true, shadow });
  if (request.model !== null) requireModel(request.model, namesOf(judged));
  const journal = await readEngineJournal(request.journal);
  // Repeated labels and confidences are what a diagnosis is looking for, so repeated entries count.
  const [card, before] = [judged.collection.card.withRepeats(), judged.before?.withRepeats() ?? null];
  const asked = judged.models.filter(({ model }) => request.model === null || model === request.model);
  const models = asked.map((verdict) => {
    const former = { card: before?.models.get(verdict.model) ?? null, least: policy.minEvents.collection };
    const facts = factsOf(
      verdict,
      card.scorecardOf(verdict.model),
      request.afterMs === null ? null : former,
      policy.labels,
    );
    const { segments } = verdict;
    return { ...facts, ...concludeFrom(facts, verdict, journal), ...(segments !== undefined && { segments }) };
  });
  const telemetry = verdictOf(judged.integrity);
  const allPass = models.length > 0 && models.every(({ verdict }) => verdict === "pass");
  return sealed({
    kind: "diagnose" as const,
    ...(shadow !== null && { shadow }),
    verdict: telemetry !== "pass" ? telemetry : allPass ? ("pass" as const) : ("fail" as const),
    exitCode: EXIT.proven,
    ...reasonsWithCodes(objections(judged.integrity)),
    ...judged.head,
    models,
    journal,
  });
}
