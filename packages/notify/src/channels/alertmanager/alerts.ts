import { iso } from "@qsc/contract";
import type { Incident, Notice, Severity } from "../../notice/notice.js";
import { EVENTS } from "../../notice/events.js";
import { factsOf } from "../../notice/facts.js";

/**
 * How long an alert stays if nothing resolves it, in milliseconds. Alertmanager resolves one without an end after its
 * `resolve_timeout`, five minutes, unless it is sent again and again, as Prometheus does.
 */
const HOLD_MS = 7 * 24 * 3_600_000;

const NAMES: Readonly<Record<Incident, string>> = {
  rolled_back: "QscCanaryRolledBack",
  rollback_failed: "QscRollbackFailed",
  eligible: "QscCanaryEligible",
  audit_log: "QscAuditLogChanged",
  channel: "QscNotificationsFailing",
};

/**
 * The alerts of a notice: those that are over end now, and the one that begins fires. The labels are what tells
 * an alert from others, so that they are the same at both ends, and for a message that is sent again. A test ends by itself after a
 * minute.
 */
export function alertsOf(notice: Notice, now: number): readonly object[] {
  const { opens, closes, isTest, at, title, key } = notice;
  const over = closes.map((incident) => ({
    labels: labelsOf(notice, NAMES[incident], severityOf(incident)),
    annotations: { summary: title, key },
    // An alert must not end before it begins. Alertmanager keeps the beginning that it knows.
    startsAt: iso(Math.min(Date.parse(at), now) - 1),
    endsAt: iso(now),
  }));
  if (opens === null && !isTest) return over;
  const fires = {
    labels: labelsOf(notice, opens === null ? "QscTest" : NAMES[opens], notice.severity),
    annotations: {
      summary: title,
      ...Object.fromEntries(factsOf(notice).map(([label, text]) => [label.toLowerCase().replace(" ", "_"), text])),
    },
    startsAt: at,
    endsAt: iso(now + (isTest ? 60_000 : HOLD_MS)),
  };
  return [...over, fires];
}

function labelsOf(
  { unit, host, subject }: Notice,
  alertname: string,
  severity: Severity,
): Readonly<Record<string, string>> {
  return { alertname, severity, job: "qsc", instance: host, unit, ...(subject !== "" && { subject }) };
}

function severityOf(incident: Incident): Severity {
  const row = Object.values(EVENTS).find(({ opens }) => opens === incident);
  if (row === undefined) throw new TypeError(`no event opens ${incident}`);
  return row.severity;
}
