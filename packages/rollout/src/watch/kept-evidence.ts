import type { EvidenceFinding, Canary, WatchEvidence, Policy } from "@qsc/contract";
import { EntryEvidence } from "@qsc/violations";

/**
 * The evidence of a watch: what an earlier run of it has left, or none yet.
 * @throws QscError `evidence_unusable` for evidence that cannot be resumed
 */
export function evidenceOf(policy: Policy, canary: Canary, evidence: WatchEvidence | null): EntryEvidence {
  const options = { policy, models: Object.keys(canary.models), baselines: new Map(Object.entries(canary.models)) };
  return evidence === null ? new EntryEvidence(options) : EntryEvidence.restore(options, evidence);
}

/** As the state file has it: a record of plain JSON. */
export function evidenceState(evidence: EntryEvidence): Readonly<Record<string, unknown>> {
  return { ...evidence.state() };
}

/** The finding that is nearest to being conclusive, or the furthest beyond. */
export function strongestOf(evidence: EntryEvidence): EvidenceFinding | null {
  if (evidence.decisions === 0) return null;
  const [strongest = null] = evidence.findings().toSorted((a, b) => b.log10 - b.threshold - (a.log10 - a.threshold));
  return strongest;
}
