import { EXIT, sealed, type DiagnosisDocument } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { verdictOf } from "@qsc/violations";
import { concludeFrom } from "./diagnosis/causes.js";
import { factsOf } from "./diagnosis/facts.js";
import { readEngineJournal, type JournalOf } from "./diagnosis/journal.js";
import { requireModel } from "./quality-gate.js";
import { objections, type Setting } from "./telemetry/evidence.js";
import { judgeWindow } from "./telemetry/judged.js";
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
  const { policy } = setting;
  const judged = await judgeWindow(source, request, setting, policy.minEvents.canary, true);
  if (request.model !== null) requireModel(request.model, judged);
  const journal = await readEngineJournal(request.journal);
  const asked = judged.models.filter(({ model }) => request.model === null || model === request.model);
  const models = asked.map((verdict) => {
    const card = judged.collection.card.scorecardOf(verdict.model);
    const before = { card: judged.before?.models.get(verdict.model) ?? null, least: policy.minEvents.collection };
    const facts = factsOf(verdict, card, request.afterMs === null ? null : before, policy.labels);
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
