import {
  CANARY_SHARES,
  sealed,
  type CanaryShare,
  type HistoryDocument,
  type PastCanary,
  type UnloggedEntry,
} from "@qsc/contract";
import { readState } from "./canary/state.js";
import { reportOf } from "./history/report-of.js";
import { anchorOf, anchorProblem } from "./operation/audit-anchor.js";
import { readAudit, type AuditReading } from "./operation/audit-log.js";
import type { OperationContext } from "./operation/context.js";
import { headOf, type Reason } from "./operation/document.js";
import { Steps } from "./operation/steps.js";
import { missingFrom, unloggedOf } from "./operation/unlogged.js";

/**
 * The canaries that the audit log tells of, newest first: when and by whom each was activated, how far it came, and how
 * and why it ended. Passes only if the log is whole: from any other, a canary may be missing.
 */
export async function history(context: OperationContext): Promise<HistoryDocument> {
  const { audit } = context.paths;
  // The state knows the newest entry of the log, and those that could not be written to it.
  const state = await readState(context);
  const reading = await readAudit(context.files, audit);
  const entries = [...reading.entries, ...missingFrom(reading.entries, unloggedOf(context))];
  const broken: readonly Reason[] = state.kind === "broken" ? [{ code: "state_broken", text: state.detail }] : [];
  const canaries = await Promise.all(
    canariesIn(entries).map(async (canary) => ({ ...canary, report: await reportOf(context, canary) })),
  );
  return sealed({
    kind: "history" as const,
    ...headOf(context, { reasons: [...broken, ...against(context, reading)] }, new Steps()),
    path: audit,
    canaries: canaries.toReversed(),
  });
}

/** Why the log may not tell of all canaries. */
function against(context: OperationContext, { entries, broken }: AuditReading): readonly Reason[] {
  const { audit } = context.paths;
  if (broken !== null)
    return [{ code: "audit_broken", text: `Line ${broken.line} of ${audit} is broken: ${broken.detail}.` }];
  const anchor = anchorOf(context);
  const problem = anchor === null ? null : anchorProblem(entries, anchor);
  if (problem !== null)
    return [{ code: "audit_differs", text: `${audit} does not match the state ${context.paths.state}: ${problem}.` }];
  if (entries.length > 0) return [];
  return [{ code: "audit_missing", text: `There is no entry in ${audit}, so nothing is known of canaries here.` }];
}

type Told = Omit<PastCanary, "report">;

/** The canaries that entries tell of, oldest first. */
export function canariesIn(entries: readonly UnloggedEntry[]): readonly Told[] {
  const canaries: Told[] = [];
  for (const entry of entries) {
    const current = canaries.at(-1);
    if (entry.event === "activate") canaries.push(activated(entry));
    else if (current !== undefined && current.outcome !== "rolled_back")
      canaries[canaries.length - 1] = after(current, entry);
  }
  return canaries;
}

function activated({ at, user, host, details }: UnloggedEntry): Told {
  const model = textIn(details, "model") ?? "unknown";
  return {
    model,
    activatedAt: at,
    user,
    host,
    share: shareIn(details),
    watchedMs: null,
    outcome: "canary",
    at,
    reason: null,
  };
}

/** What an entry makes of the newest canary that has not been rolled back. */
function after(canary: Told, { at, event, details }: UnloggedEntry): Told {
  switch (event) {
    case "promote":
      return { ...canary, share: shareIn(details), watchedMs: null, outcome: "canary", at };
    case "eligible":
    case "promoted":
      return { ...canary, watchedMs: numberIn(details, "watchedMs"), outcome: event, at };
    case "rollback":
      return { ...canary, outcome: "rolled_back", at, reason: textIn(details, "reason") };
    case "rollback_failed":
      return { ...canary, outcome: "rollback_failed", at, reason: textIn(details, "reason") };
    default:
      return canary;
  }
}

function textIn(details: UnloggedEntry["details"], key: string): string | null {
  const value = details[key];
  return typeof value === "string" ? value : null;
}

function numberIn(details: UnloggedEntry["details"], key: string): number | null {
  const value = details[key];
  return typeof value === "number" ? value : null;
}

function shareIn(details: UnloggedEntry["details"]): CanaryShare | null {
  return CANARY_SHARES.find((share) => share === details["share"]) ?? null;
}
