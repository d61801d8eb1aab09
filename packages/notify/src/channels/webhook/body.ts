import type { Notice } from "../../notice/notice.js";

/** The document that a webhook gets: `type`, `timestamp` and `data`, as Standard Webhooks recommend. */
export function webhookBody(notice: Notice): object {
  const { key, event, severity, at, unit, host, user, model, title, why, done, next, report, number, isTest } = notice;
  return {
    type: `qsc.${event}`,
    timestamp: at,
    data: { key, severity, unit, host, user, model, title, why, done, next, report, auditEntry: number, test: isTest },
  };
}
