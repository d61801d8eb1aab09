import { rules, type ActivateDocument, type GateDocument, type Rule } from "@qsc/contract";
import type { Block, Tone } from "../blocks.js";
import { percent, signed } from "../format.js";
import { plain } from "./shared.js";

const RESULTS: Readonly<Record<string, readonly [word: string, tone: Tone]>> = {
  alike: ["no difference is proven", "good"],
  different: ["they differ", "bad"],
  unknown: ["whether they differ is unknown", "unknown"],
};

const { anyText, count, finite, listOf, nullable, oneOf, optional, shaped } = rules;
const share = nullable(finite);

/** The members of a comparison that the report reads. */
export const comparisonShape: Rule = shaped({
  against: anyText,
  result: oneOf("alike", "different", "unknown"),
  because: optional(anyText),
  decisions: count,
  compared: count,
  agreement: share,
  labels: listOf(shaped({ label: anyText, shadow: share, against: share })),
  log10: finite,
  threshold: finite,
  since: nullable(count),
});

/** The model of an activation, and whether it was judged as a shadow. */
export function judged({ model, gate }: Pick<ActivateDocument, "model" | "gate">): string {
  return gate?.shadow === true ? `${model}, judged as a shadow by its answers without a vote` : model;
}

/** How a shadow compares with another model on the same decisions; nothing without a comparison. */
export function comparisonBlocks({ model, comparison }: Pick<GateDocument, "model" | "comparison">): readonly Block[] {
  if (comparison === undefined) return [];
  const { against, result, because, decisions, compared, agreement, labels, log10, threshold, since } = comparison;
  const shadow = model ?? "the shadow";
  const [word = result, tone = "unknown"] = RESULTS[result] ?? [];
  const proven =
    since === null ? (because === undefined ? "" : `, because ${because}`) : `, proven since decision ${since}`;
  return [
    {
      kind: "table",
      title: `${shadow} compared with ${against}`,
      head: ["label", shadow, against, "difference"],
      rows: labels.map(({ label, shadow: ours, against: theirs }) => [
        plain(label),
        plain(percent(ours)),
        plain(percent(theirs)),
        plain(ours === null || theirs === null ? "-" : `${signed((ours - theirs) * 100, 2)} pp`),
      ]),
    },
    {
      kind: "findings",
      title: "Comparison",
      items: [
        {
          tone,
          label: "",
          text: `${word}${proven}: evidence 10^${log10.toFixed(1)}, and 10^${threshold.toFixed(1)} is conclusive; ${compared} of ${decisions} common decisions compared, the same label in ${percent(agreement)}`,
        },
      ],
    },
  ];
}
