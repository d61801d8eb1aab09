import type { Delta, Ensemble, GateDocument } from "@qsc/contract";
import type { Block } from "../blocks.js";
import { fixed, percent, signed } from "../format.js";
import { comparisonBlocks } from "./comparison.js";
import { powerTables } from "./power.js";
import {
  checkTable,
  evidence,
  headline,
  modelFindings,
  modelTable,
  nextSteps,
  plain,
  reasons,
  rejectedBlocks,
  seal,
} from "./shared.js";
import { segmentBlocks } from "./segments.js";

/** The report of a quality gate. */
export function gateBlocks(document: GateDocument): readonly Block[] {
  const kind = document.shadow === true ? "shadow" : "model";
  const asked = document.model === null ? "any model" : `${kind} ${document.model}`;
  return [
    headline(`quality gate, ${document.mode} mode, ${asked}`, document),
    evidence(document),
    ...reasons(document),
    ...nextSteps(document),
    ...modelTable("Models", document.models),
    ...modelFindings(document.models),
    ...comparisonBlocks(document),
    ...segmentBlocks(document.models),
    ...rejectedBlocks(document.rejected),
    checkTable("Telemetry", document.integrity),
    agreementTable(document.ensemble),
    ...deltaTable(document.deltas),
    ...powerTables(document.power ?? []),
    seal(document),
  ];
}

/** How far the ensemble agrees: over all votes, and over predictions alone. */
export function agreementTable(ensemble: Ensemble): Block {
  const row = (who: string, { agreement, hardDisagree, n }: Ensemble["active"]) =>
    [who, percent(agreement), percent(hardDisagree), String(n)].map(plain);
  return {
    kind: "table",
    title: "Ensemble",
    head: ["voters", "agreement", "hard disagreement", "decisions"],
    rows: [row("all voters", ensemble), row("active models only", ensemble.active)],
  };
}

function deltaTable(deltas: readonly Delta[] | null): readonly Block[] {
  if (deltas === null) return [];
  const labels = Object.keys(deltas[0]?.after.shares ?? {});
  const rows = deltas.map(({ model, before, after }) => [
    plain(model),
    plain(`${before.n} -> ${after.n}`),
    ...labels.map((label) => {
      const change = difference(after.shares[label] ?? null, before.shares[label] ?? null);
      return plain(change === null ? "-" : `${signed(change * 100, 2)} pp`);
    }),
    plain(`${fixed(before.std)} -> ${fixed(after.std)}`),
    plain(signed(difference(after.p10, before.p10), 6)),
    plain(signed(difference(after.p90, before.p90), 6)),
  ]);
  const head = ["model", "n", ...labels, "std", "P10", "P90"];
  return [{ kind: "table", title: "Before the cutover and after", head, rows }];
}

function difference(after: number | null, before: number | null): number | null {
  return after === null || before === null ? null : after - before;
}
