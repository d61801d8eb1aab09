import type { SanityDocument } from "@qsc/contract";
import type { Block } from "../blocks.js";
import { fixed } from "../format.js";
import { checkTable, evidence, headline, nextSteps, plain, reasons, rejectedBlocks, seal } from "./shared.js";

/** The report of feature sanity. */
export function sanityBlocks(document: SanityDocument): readonly Block[] {
  return [
    headline("feature sanity", document),
    evidence(document, document.manifest === null ? [] : [["manifest", document.manifest]]),
    ...reasons(document),
    ...nextSteps(document),
    ...warnings(document),
    ...featureTable(document),
    checkTable("Features", document.checks),
    ...rejectedBlocks(document.rejected),
    checkTable("Telemetry", document.integrity),
    seal(document),
  ];
}

function warnings({ warnings }: SanityDocument): readonly Block[] {
  if (warnings.length === 0) return [];
  const items = warnings.map((text) => ({ tone: "unknown" as const, label: "!", text }));
  return [{ kind: "findings", title: "Warnings", items, leads: true }];
}

function featureTable({ features }: SanityDocument): readonly Block[] {
  if (features.length === 0) return [];
  const rows = features.map((f) => {
    const bad = f.flat || f.missing > 0 || f.notFinite > 0 || f.invalid > 0;
    const name = f.model === null ? f.feature : `${f.model}.${f.feature}`;
    const counts = [f.n, f.missing, f.notFinite, f.invalid].map((count) => plain(String(count)));
    const numbers = [f.mean, f.std, f.min, f.max, f.psi].map((value) => plain(fixed(value)));
    return [
      { text: name, tone: bad ? ("bad" as const) : ("good" as const) },
      ...counts,
      ...numbers,
      plain(f.flat ? "flat" : ""),
    ];
  });
  const head = ["feature", "n", "missing", "NaN/Inf", "no number", "mean", "std", "min", "max", "PSI", "note"];
  return [{ kind: "table", title: "Features", head, rows }];
}
