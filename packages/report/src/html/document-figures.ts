import type { QscDocument, SanityDocument, ScoreKind } from "@qsc/contract";
import { fixed } from "../format.js";
import type { Figure } from "./figures.js";
import { deltaFigures, modelFigures, UNIT } from "./model-figures.js";
import { bar, limitLine } from "./shapes.js";
import { watchFigures } from "./watch-figures.js";

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
    case "judge":
      return modelFigures(document.models, axisOf(document.profile.score));
    case "feature-sanity":
      return driftFigures(document);
    case "activate":
      return document.gate === null ? [] : modelFigures(document.gate.models);
    case "monitor":
      return [
        ...watchFigures(document.watch, {
          violated: document.violations.length > 0,
          evidence: document.evidence,
        }),
        ...modelFigures(document.models),
      ];
    case "status":
      return watchFigures(document.watch, { violated: false, evidence: [] });
    case "preflight":
    case "deploy":
    case "cutover":
    case "promote":
    case "rollback":
    case "audit":
    case "history":
    case "init":
    case "notify":
    case "verify":
    case "fleet":
      return [];
  }
}

/** What a score may be. */
function axisOf(score: ScoreKind): Figure["axis"] {
  return typeof score === "string" ? UNIT : { from: score.low, to: score.high };
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
