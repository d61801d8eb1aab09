import type { EvidenceFinding, Canary, WatchEvidence, WatchMoment, Policy } from "@qsc/contract";
import { EntryMonitor, type SequentialOptions } from "@qsc/violations";

/** The sequential tests of a watch of these models: they share one budget of false alarms. */
export function testsOf(policy: Policy, models: Canary["models"]): SequentialOptions {
  return { policy, models: Object.keys(models), baselines: new Map(Object.entries(models)) };
}

/**
 * The evidence of a watch: from an earlier run of it, or new.
 * @throws QscError `evidence_unusable` for evidence that cannot be resumed
 */
export function evidenceOf(policy: Policy, canary: Canary, evidence: WatchEvidence | null): EntryMonitor {
  const options = testsOf(policy, canary.models);
  return evidence === null ? new EntryMonitor(options) : EntryMonitor.restore(options, evidence);
}

/** The evidence as plain JSON, for the state file. */
export function evidenceState(evidence: EntryMonitor): Readonly<Record<string, unknown>> {
  return { ...evidence.state() };
}

/** Of each model with any evidence, the strongest, as a part of what is conclusive. */
export function strongestOfEach(findings: readonly EvidenceFinding[]): WatchMoment["evidence"] {
  const strongest = new Map<string, WatchMoment["evidence"][number]>();
  for (const { model, check, log10, threshold } of findings) {
    const part = log10 / threshold;
    if (part > 0 && part > (strongest.get(model)?.part ?? 0)) strongest.set(model, { model, check, part });
  }
  return [...strongest.values()];
}

/** The finding that is closest to being conclusive, or the furthest beyond. */
export function strongestOf(evidence: EntryMonitor): EvidenceFinding | null {
  if (evidence.decisions === 0) return null;
  const [strongest = null] = evidence.findings().toSorted((a, b) => b.log10 - b.threshold - (a.log10 - a.threshold));
  return strongest;
}
