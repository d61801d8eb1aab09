import type { ScoreboardDocument } from "@qsc/contract";
import type { Block } from "../blocks.js";
import { agreementTable } from "./gate.js";
import {
  asShadow,
  checkTable,
  evidence,
  headline,
  modelFindings,
  modelTable,
  nextSteps,
  reasons,
  rejectedBlocks,
  seal,
} from "./shared.js";
import { segmentBlocks } from "./segments.js";

/** The report of a scoreboard. */
export function scoreboardBlocks(document: ScoreboardDocument): readonly Block[] {
  const words = new Map(document.models.map(({ model, status }) => [model, status]));
  return [
    headline(`scoreboard${asShadow(document)}`, document),
    evidence(document),
    ...reasons(document),
    ...nextSteps(document),
    agreementTable(document.ensemble),
    checkTable("Agreement", document.ensemble.checks),
    ...modelTable("Models", document.models, ({ model }) => words.get(model) ?? "NO-GO"),
    ...modelFindings(document.models),
    ...segmentBlocks(document.models),
    ...rejectedBlocks(document.rejected),
    checkTable("Telemetry", document.integrity),
    seal(document),
  ];
}
