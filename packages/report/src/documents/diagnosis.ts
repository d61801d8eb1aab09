import type { DiagnosisDocument, JournalReading, ModelDiagnosis } from "@qsc/contract";
import { toneOf, type Block } from "../blocks.js";
import { fixed, percent } from "../format.js";
import { segmentBlocks } from "./segments.js";
import { asShadow, checkTable, evidence, headline, plain, reasons, rejectedBlocks, seal } from "./shared.js";

/** The report of a diagnosis. */
export function diagnosisBlocks(document: DiagnosisDocument): readonly Block[] {
  return [
    headline(`diagnosis${asShadow(document)}`, document),
    evidence(document),
    ...reasons(document),
    ...document.models.flatMap(modelBlocks),
    ...segmentBlocks(document.models),
    ...journalBlocks(document.journal),
    ...rejectedBlocks(document.rejected),
    checkTable("Telemetry", document.integrity),
    seal(document),
  ];
}

function journalBlocks({ status, detail, build, findings }: JournalReading): readonly Block[] {
  const words = { read: "read", unknown: "UNKNOWN", skipped: "not read" }[status];
  const tone = status === "unknown" ? ("unknown" as const) : ("plain" as const);
  const rows = findings.map(({ kind, model, reason, count, sample }) => [
    plain(kind.replace("_", " ")),
    plain(model ?? "-"),
    plain(String(count)),
    plain(reason),
    plain(sample),
  ]);
  const items = [
    { tone, label: words, text: detail },
    ...(build === null ? [] : [{ tone: "plain" as const, label: "build", text: build }]),
  ];
  return [
    { kind: "findings", title: "The engine's journal", items },
    ...(rows.length === 0
      ? []
      : [
          {
            kind: "table" as const,
            title: "What it says of the models",
            head: ["line", "model", "n", "reason", "first"],
            rows,
          },
        ]),
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
    driftOf(drift),
  ];
  return parts.join("; ");
}

function driftOf(drift: ModelDiagnosis["drift"]): string {
  if (drift === null) return "no cutover to compare with (--after)";
  const known = [
    drift.labels === null ? null : `${fixed(drift.labels, 3)} of labels`,
    drift.confidence === null ? null : `${fixed(drift.confidence, 3)} of confidence`,
  ].filter((part) => part !== null);
  const measured = known.length === 0 ? [] : [`drift since before the cutover: PSI ${known.join(", ")}`];
  return [...measured, ...drift.unknown].join("; ");
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
