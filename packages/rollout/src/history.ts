import {
  CANARY_SHARES,
  sealed,
  type CanaryShare,
  type HistoryDocument,
  type PastCanary,
  type UnloggedEntry,
} from "@qsc/contract";
import { readAuditWhole, type WholeReading } from "./audit/whole.js";
import type { OperationContext } from "./operation/context.js";
import { headOf } from "./operation/document.js";
import { Steps } from "./operation/steps.js";
import { missingFrom, unloggedOf } from "./operation/unlogged.js";

/**
 * The canaries that the audit log tells of, newest first: when and by whom each was activated, how far it came, and how
 * and why it ended. Passes only if the log is whole, as `verifyAudit` does: from any other, a canary may be missing.
 */
export async function history(context: OperationContext): Promise<HistoryDocument> {
  const { reading, told, reasons, warnings } = await readAuditWhole(context);
  const own = reading.entries.filter(({ unit }) => unit === context.unit);
  const reports = reportsOf(told);
  const canaries = canariesIn([...own, ...missingFrom(reading.entries, unloggedOf(context))]).map(
    ({ model, activatedAt, user, host, share, watchedMs, outcome, at, reason, lastHash }) => ({
      ...{ model, activatedAt, user, host, share, watchedMs, outcome, at, reason },
      report: reports.get(lastHash ?? "") ?? null,
    }),
  );
  return sealed({
    kind: "history" as const,
    ...headOf(context, { reasons, warnings }, new Steps()),
    path: context.paths.audit,
    canaries: canaries.toReversed(),
  });
}

/** The report of each rollback, by the hash of its entry in the log: the newest entry that the report knows of. */
function reportsOf(told: WholeReading["told"]): ReadonlyMap<string, string> {
  const found = told.flatMap(({ report, anchor }): [string, string][] =>
    report !== null && OF_ROLLBACK.test(report) ? [[anchor.hash, report.replace(/json$/, "md")]] : [],
  );
  // The first one: a later command that did nothing knows of the same entry.
  return new Map(found.toReversed());
}

/** A watch that rolls back, and a command that does, write a report. */
const OF_ROLLBACK = /(?:^|\/)(?:qsc_monitor_final|rollback)_[^/]+$/;

/** A canary, without its report. */
export interface ToldCanary extends Omit<PastCanary, "report"> {
  /** The hash of the entry of its rollback; null if there is none. */
  readonly lastHash: string | null;
  /** The command that activated it. */
  readonly activation: string;
}

/** An entry of the log, or one that could not be written to it, which has no hash. */
type Entry = UnloggedEntry & { readonly hash?: string };

/** The canaries that entries tell of, oldest first. */
export function canariesIn(entries: readonly Entry[]): readonly ToldCanary[] {
  const canaries: ToldCanary[] = [];
  for (const entry of entries) {
    const index = placeOf(canaries, entry);
    const meant = canaries[index];
    if (meant !== undefined && meant.outcome !== "rolled_back") canaries[index] = after(meant, entry);
    if (entry.event === "activate") canaries.push(activated(entry));
  }
  return canaries;
}

/**
 * The canary that an entry is about: the one whose activation it names. An entry of an earlier version, and one that
 * could not know the state, names none, and is about the newest.
 */
function placeOf(canaries: readonly ToldCanary[], { event, details }: Entry): number {
  const named = event === "activate" ? null : textIn(details, "activation");
  return named === null ? canaries.length - 1 : canaries.findLastIndex(({ activation }) => activation === named);
}

function activated({ at, user, host, operation, details }: Entry): ToldCanary {
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
    lastHash: null,
    activation: operation,
  };
}

/** What an entry makes of the newest canary that has not been rolled back. */
function after(canary: ToldCanary, { at, event, details, hash }: Entry): ToldCanary {
  switch (event) {
    // There is another canary, and no word of how this one ended.
    case "activate":
      return canary.outcome === "rollback_failed" ? canary : { ...canary, outcome: "unknown" };
    case "promote":
      return { ...canary, share: shareIn(details), watchedMs: null, outcome: "canary", at };
    case "eligible":
    case "promoted":
      return { ...canary, watchedMs: numberIn(details, "watchedMs"), outcome: event, at };
    case "rollback":
      return { ...canary, outcome: "rolled_back", at, reason: textIn(details, "reason"), lastHash: hash ?? null };
    case "rollback_failed":
      return { ...canary, outcome: "rollback_failed", at, reason: textIn(details, "reason"), lastHash: hash ?? null };
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
