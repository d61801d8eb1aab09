import { createHash } from "node:crypto";
import type { Incident, Notice } from "../../notice/notice.js";
import { factsOf, headlineOf } from "../../notice/facts.js";
import { incidentKey } from "../../notice/incident-key.js";

/** PagerDuty cuts longer summaries, and refuses longer keys. */
const MOST_SUMMARY = 1_024;
const MOST_KEY = 255;

/**
 * The events of a notice, without the routing key: what is over is resolved first. An event that is sent again has the
 * same `dedup_key`, so that PagerDuty opens no second incident. A test is triggered and resolved at once.
 */
export function pagerdutyEvents(notice: Notice): readonly object[] {
  const { key, severity, at, unit, host, model, opens, closes, isTest, event } = notice;
  const resolved = closes.map((incident) => ({ event_action: "resolve", dedup_key: dedupKey(notice, incident) }));
  if (opens === null && !isTest) return resolved;
  const dedup_key = opens === null ? `qsc/test/${key}` : dedupKey(notice, opens);
  const trigger = {
    event_action: "trigger",
    dedup_key,
    client: "qsc",
    payload: {
      summary: headlineOf(notice).slice(0, MOST_SUMMARY),
      source: host,
      severity,
      timestamp: at,
      component: model ?? unit,
      group: unit,
      class: `qsc.${event}`,
      custom_details: Object.fromEntries(factsOf(notice)),
    },
  };
  return [...resolved, trigger, ...(isTest ? [{ event_action: "resolve", dedup_key }] : [])];
}

function dedupKey(notice: Notice, incident: Incident): string {
  const key = incidentKey(notice, incident);
  return key.length <= MOST_KEY ? key : createHash("sha256").update(key).digest("hex");
}
