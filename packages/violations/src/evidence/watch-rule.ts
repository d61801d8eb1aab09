import { EVIDENCE_TABLE } from "./table.js";

/**
 * When a watch ends for a check. `strict`: for the point estimate of the newest decisions, as the runbook has it, or for conclusive
 * evidence, whichever comes first. `evidence`: for conclusive evidence only.
 */
export const WATCH_RULES = ["strict", "evidence"] as const;
export type WatchRule = (typeof WATCH_RULES)[number];

const WITH_EVIDENCE: ReadonlySet<string> = new Set(EVIDENCE_TABLE.map(({ check }) => check));

/**
 * Whether a point estimate over the limit of this check ends a running watch. Where there is no evidence to wait for it always
 * does. At the end of a watch it stands in the way under either rule: what is not proven to be wrong is not thereby right.
 */
export function endsAtOnce(rule: WatchRule, check: string): boolean {
  return rule === "strict" || !WITH_EVIDENCE.has(check);
}
