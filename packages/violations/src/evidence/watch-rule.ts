import type { WatchRule } from "@qsc/contract";
import { EVIDENCE_TABLE } from "./table.js";

const WITH_EVIDENCE: ReadonlySet<string> = new Set(EVIDENCE_TABLE.map(({ check }) => check));

/**
 * Whether a point estimate over the limit of this check ends a running watch. Where there is no evidence to wait for it always
 * does. At the end of a watch it stands in the way under either rule: what is not proven to be wrong is not thereby right.
 */
export function endsAtOnce(rule: WatchRule, check: string): boolean {
  return rule === "strict" || !WITH_EVIDENCE.has(check);
}
