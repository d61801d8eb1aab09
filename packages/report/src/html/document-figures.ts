import type { EvidenceFinding, QscDocument, SanityDocument, WatchProgress } from "@qsc/contract";
import { fixed, percent } from "../format.js";
import type { Figure } from "./figures.js";
import { bar, deltaFigures, limitLine, modelFigures } from "./model-figures.js";

/** The most features that are drawn; the table of the report has them all. */
const MOST_FEATURES = 60;

/** The plots of a document's report, in their order. */
export function figuresOf(document: QscDocument): readonly Figure[] {
  switch (document.kind) {
    case "quality-gate":
      return [...modelFigures(document.models), ...deltaFigures(document.deltas)];
    case "scoreboard":
    case "diagnose":
      return modelFigures(document.models);
    case "feature-sanity":
      return driftFigures(document);
    case "activate":
      return document.gate === null ? [] : modelFigures(document.gate.models);
    case "monitor":
      return [
        ...marginFigures(document.watch),
        ...evidenceFigures(document.evidence),
        ...modelFigures(document.models),
      ];
    case "status":
      return marginFigures(document.watch);
    case "preflight":
    case "deploy":
    case "cutover":
    case "promote":
    case "rollback":
    case "audit":
    case "init":
      return [];
  }
}

function driftFigures({ features, driftLimit }: SanityDocument): readonly Figure[] {
  const measured = features
    .flatMap(({ feature, model, psi }) => (psi === null ? [] : [{ feature, model, psi }]))
    .toSorted((a, b) => b.psi - a.psi);
  if (measured.length === 0) return [];
  const limit = driftLimit ?? null;
  const shown = measured.slice(0, MOST_FEATURES);
  const to = 1.1 * Math.max(shown[0]?.psi ?? 0, limit ?? 0, 0.1);
  const left = measured.length - shown.length;
  return [
    {
      title: "Drift of the features",
      note: `PSI against the training data, largest first${left === 0 ? "" : `; ${left} smaller ones are in the table alone`}. The dashed line is the limit.`,
      axis: { from: 0, to },
      head: { names: ["feature", "model"], plot: `0 to ${fixed(to, 2)}`, values: ["PSI", "below"] },
      rows: shown.map(({ feature, model, psi }) => {
        const over = limit !== null && psi >= limit;
        return {
          names: [feature, model ?? "all"],
          shapes: [bar(0, psi, over ? "over" : "bar"), ...limitLine(limit)],
          values: [
            { text: fixed(psi, 4), tone: over ? ("bad" as const) : ("plain" as const) },
            { text: fixed(limit, 2) },
          ],
        };
      }),
    },
  ];
}

/** How near each check came to its limit: 0 is the limit, beyond it to the left. */
function marginFigures(watch: WatchProgress | null): readonly Figure[] {
  if (watch === null || watch.worst.length === 0) return [];
  return [
    {
      title: "Margins",
      note: "How far each check stayed from its limit at its worst moment. The dashed line is the limit; a red bar is beyond it.",
      axis: { from: -0.5, to: 1 },
      head: { names: ["model", "check", "when"], plot: "beyond the limit to 100 % away", values: ["margin"] },
      rows: watch.worst.map(({ model, check, margin, at }) => ({
        names: [model ?? "telemetry", check, at],
        shapes: [bar(0, margin, margin < 0 ? "over" : "bar"), ...limitLine(0)],
        values: [{ text: percent(margin), tone: margin < 0 ? "bad" : "plain" }],
      })),
    },
  ];
}

/** How much of the conclusive evidence there is. */
function evidenceFigures(findings: readonly EvidenceFinding[]): readonly Figure[] {
  const some = findings.filter(({ log10, conclusive }) => log10 > 0 || conclusive);
  if (some.length === 0) return [];
  return [
    {
      title: "Evidence",
      note: "Decimal logarithm of the evidence that a check is violated, as a part of what is conclusive (the dashed line).",
      axis: { from: 0, to: 1.25 },
      head: { names: ["model", "check"], plot: "none to conclusive", values: ["evidence", "conclusive at"] },
      rows: some
        .toSorted((a, b) => b.log10 / b.threshold - a.log10 / a.threshold)
        .map(({ model, check, log10, threshold, since }) => ({
          names: [model, check],
          shapes: [bar(0, log10 / threshold, since === null ? "bar" : "over"), ...limitLine(1)],
          values: [
            { text: `10^${fixed(log10, 1)}`, tone: since === null ? ("plain" as const) : ("bad" as const) },
            { text: `10^${fixed(threshold, 1)}` },
          ],
        })),
    },
  ];
}
