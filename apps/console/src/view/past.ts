import { describeDuration, type AuditEntry } from "@qsc/contract";
import type { ListedReport } from "@qsc/rollout";
import type { Sight } from "../feed/feed.js";
import type { AuditRow, PastCanaryView, PastView, ReportLink, Tone } from "./types.js";

/** Reports that come this long after the end of a canary are of that end, in milliseconds. */
const AFTERWARDS_MS = 15 * 60_000;
/** At most this many rows of each list, newest first, and this many characters of an entry's details. */
const MOST_ROWS = 2000;
const LONGEST_DETAILS = 400;

type Canary = Sight["observation"]["audit"]["canaries"][number];

const TONES: Readonly<Record<Canary["outcome"], Tone>> = {
  canary: "good",
  eligible: "good",
  promoted: "good",
  rolled_back: "bad",
  rollback_failed: "bad",
  unknown: "unknown",
};

/** Past canaries, reports and audit trail, newest first. Reports are known by their names alone. */
export function pastOf({ observation: { audit }, reports }: Sight): PastView {
  const listed = "problem" in reports ? [] : reports;
  const { canaries, entries } = audit;
  return {
    canaries: canaries
      .map((canary, index) => canaryRow(canary, made(listed, canary, canaries[index + 1])))
      .slice(-MOST_ROWS)
      .toReversed(),
    reports: listed.slice(-MOST_ROWS).map(linkOf).toReversed(),
    audit: entries.slice(-MOST_ROWS).map(auditRow).toReversed(),
    problems: {
      audit: audit.problem === null ? null : `The audit log is not reliable: ${audit.problem}`,
      reports: "problem" in reports ? `The reports cannot be listed: ${reports.problem}` : null,
    },
  };
}

/** The reports from the activation of a canary until shortly after its end, or until the next activation. */
function made(reports: readonly ListedReport[], canary: Canary, next: Canary | undefined): readonly ListedReport[] {
  // A report's name has whole seconds.
  const from = Math.floor(Date.parse(canary.activatedAt) / 1000) * 1000;
  const isOver = canary.outcome === "rolled_back" || canary.outcome === "promoted";
  const end = isOver ? Date.parse(canary.at) + AFTERWARDS_MS : Infinity;
  const to = Math.min(end, next === undefined ? Infinity : Date.parse(next.activatedAt));
  return reports.slice(firstFrom(reports, from), firstFrom(reports, to));
}

/** The index of the first report that is not from before a time; those without a time come first. */
function firstFrom(reports: readonly ListedReport[], ms: number): number {
  let [low, high] = [0, reports.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = reports[middle]?.at ?? null;
    if (at === null || Date.parse(at) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function linkOf({ base, of, at, forms }: ListedReport): ReportLink {
  return { of: of.replaceAll("_", " "), at: at ?? "latest", names: forms.map((form) => `${base}.${form}`) };
}

function canaryRow(canary: Canary, reports: readonly ListedReport[]): PastCanaryView {
  const { activatedAt, model, user, host, share, watchedMs, outcome, at, reason } = canary;
  return {
    activatedAt,
    model,
    by: `${user} on ${host}`,
    share: share === null ? "unknown" : `${Math.round(share * 100)} %`,
    watched: watchedMs === null ? "not to the end" : describeDuration(watchedMs),
    outcome: outcome.replace("_", " "),
    tone: TONES[outcome],
    at,
    reason: reason ?? "",
    reports: reports.map(linkOf),
  };
}

function auditRow({ number, at, event, user, host, details }: AuditEntry): AuditRow {
  const text = JSON.stringify(details);
  return {
    number,
    at,
    event: event.replaceAll("_", " "),
    by: `${user} on ${host}`,
    details: text.length > LONGEST_DETAILS ? `${text.slice(0, LONGEST_DETAILS)}...` : text,
  };
}
