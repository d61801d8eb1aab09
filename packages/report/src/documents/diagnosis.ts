import type { DiagnosisDocument, ModelDiagnosis } from "@qsc/contract";
import { toneOf, type Block } from "../blocks.js";
import { fixed, percent } from "../format.js";
import { checkTable, evidence, headline, plain, reasons, rejectedBlocks, seal } from "./shared.js";

/** The report of a diagnosis. */
export function diagnosisBlocks(document: DiagnosisDocument): readonly Block[] {
  return [
    headline("diagnosis", document),
    evidence(document),
    ...reasons(document),
    ...document.models.flatMap(modelBlocks),
    ...rejectedBlocks(document.rejected),
    checkTable("Telemetry", document.integrity),
    seal(document),
  ];
}

function modelBlocks(model: ModelDiagnosis): readonly Block[] {
  const tone = toneOf(model.verdict);
  return [
    {
      kind: "findings",
      title: `${model.model}: ${model.verdict}`,
      items: [
        { tone, label: "likely cause", text: model.cause },
        { tone: "plain", label: "next step", text: model.nextStep },
        { tone: "plain", label: "telemetry", text: telemetryOf(model) },
        ...model.fallbacks.map(({ what, count, sample }) => ({
          tone: "bad" as const,
          label: `${count} x`,
          text: `${what}, first ${sample ?? "-"}`,
        })),
      ],
    },
    ...actionTable(model),
  ];
}

function telemetryOf({ stats, deadZoneShare, inferredThreshold, fallbackShare, drift }: ModelDiagnosis): string {
  const parts = [
    `${stats.n} predictions`,
    `dead zone ${percent(deadZoneShare)}`,
    `fallbacks ${percent(fallbackShare)}`,
    inferredThreshold === null
      ? "no threshold between trading and holding"
      : `trades from a confidence of about ${fixed(inferredThreshold, 4)}`,
    drift === null
      ? "nothing before the cutover to compare with"
      : `drift since before the cutover: PSI ${fixed(drift.labels, 3)} of labels, ${fixed(drift.confidence, 3)} of confidence`,
  ];
  return parts.join("; ");
}

function actionTable({ model, actions }: ModelDiagnosis): readonly Block[] {
  if (actions.length === 0) return [];
  const rows = actions.map(({ action, count, share, min, mean, max }) => [
    plain(action),
    plain(String(count)),
    plain(percent(share)),
    ...[min, mean, max].map((value) => plain(fixed(value))),
  ]);
  const head = ["action", "n", "share", "least confidence", "mean", "greatest"];
  return [{ kind: "table", title: `${model}: actions`, head, rows }];
}
