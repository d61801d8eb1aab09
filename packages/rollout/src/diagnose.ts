import { EXIT, sealed, type DiagnosisDocument } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { verdictOf } from "@qsc/violations";
import { concludeFrom } from "./diagnosis/causes.js";
import { factsOf } from "./diagnosis/facts.js";
import { readEngineJournal, type JournalOf } from "./diagnosis/journal.js";
import { diagnosisRequest, settingRule, sourceRule } from "./requests.js";
import { objections } from "./telemetry/evidence.js";
import type { Setting } from "./telemetry/setting.js";
import { judgeWindow } from "./telemetry/judged.js";
import { namesOf, requireModel } from "./telemetry/require-model.js";
import type { WindowRequest } from "./telemetry/window.js";

export interface DiagnosisRequest extends WindowRequest {
  /** Diagnose this model alone; null: all. */
  readonly model: string | null;
  readonly journal: JournalOf;
}

/**
 * Explains what the telemetry shows of each model: where variance is lost, what fell back, what
 * drifted since before the cutover, what the engine's journal says of it, the likely cause, the next step. It permits nothing: its
 * exit code says that the diagnosis was made, its verdict is the telemetry's and the models'.
 */
export async function diagnose(
  source: EventSource,
  request: DiagnosisRequest,
  setting: Setting,
): Promise<DiagnosisDocument> {
  sourceRule(source, "source");
  diagnosisRequest(request, "request");
  settingRule(setting, "setting");
  const { policy } = setting;
  const judged = await judgeWindow(source, request, setting, policy.minEvents.canary, true);
  if (request.model !== null) requireModel(request.model, namesOf(judged));
  const journal = await readEngineJournal(request.journal);
  // A label or a confidence that comes again and again is what is to be seen: repeated entries are among the facts.
  const [card, before] = [judged.collection.card.withRepeats(), judged.before?.withRepeats() ?? null];
  const asked = judged.models.filter(({ model }) => request.model === null || model === request.model);
  const models = asked.map((verdict) => {
    const former = { card: before?.models.get(verdict.model) ?? null, least: policy.minEvents.collection };
    const facts = factsOf(verdict, card.scorecardOf(verdict.model), request.afterMs === null ? null : former, policy.labels);
    return { ...facts, ...concludeFrom(facts, verdict, journal) };
  });
  const telemetry = verdictOf(judged.integrity);
  const allPass = models.length > 0 && models.every(({ verdict }) => verdict === "pass");
  return sealed({
    kind: "diagnose" as const,
    verdict: telemetry !== "pass" ? telemetry : allPass ? ("pass" as const) : ("fail" as const),
    exitCode: EXIT.proven,
    reasons: objections(judged.integrity),
    ...judged.head,
    models,
    journal,
  });
}
