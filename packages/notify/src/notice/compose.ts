import { describeDuration, digestOf, inertText, type AuditEntry, type AuditEvent } from "@qsc/contract";
import { EVENTS, type NoticeEvent } from "./events.js";
import type { Notice } from "./notice.js";

/** The most characters of one text of a message. Reasons of a rollback are the longest; platforms cut or refuse more. */
const MOST = 1_000;
const MOST_NAME = 200;

/** What an event's own details say. */
type Words = Pick<Notice, "title" | "why" | "done" | "next">;
type Details = AuditEntry["details"];

/** What a notice needs besides its entry. */
export interface Surroundings {
  /** The canary's model, as earlier entries tell it; null if they do not. */
  readonly model: string | null;
  readonly report: string | null;
}

const WORDS: Readonly<Record<AuditEvent, (details: Details, model: string) => Words>> = {
  deploy: (details) => ({
    title: `Commit ${named(details, "commit")} was deployed`,
    why: null,
    done: `The engine runs this build, proven by its telemetry. Before: ${named(details, "former")}.`,
    next: "Judge the models of the new process: qsc quality-gate --mode canary --after $(qsc cutover)",
  }),
  activate: (details, model) => ({
    title: `${model} is a canary with ${percent(details)} of the vote`,
    why: null,
    done: "The engine serves the canary's weights, proven by its telemetry. The dead-man is armed.",
    next: `Watch it: qsc monitor. Undo it: ${named(details, "rollback")}`,
  }),
  promote: (details, model) => ({
    title: `${model} was promoted to ${percent(details)} of the vote`,
    why: null,
    done: "The engine serves the new weights, proven by its telemetry.",
    next: `Watch it: qsc monitor. Undo it: ${named(details, "rollback")}`,
  }),
  eligible: (details, model) => ({
    title: `${model} is eligible for promotion at ${percent(details)} of the vote`,
    why: watched(details),
    done: "Nothing was changed: only a person promotes.",
    next: "Decide: qsc promote, or qsc rollback. Without either, the canary is rolled back when its watch stops.",
  }),
  promoted: (details, model) => ({
    title: `${model} has ${percent(details)} of the vote, and needs no watch`,
    why: watched(details),
    done: "The watch ended without a violation, and the dead-man is disarmed.",
    next: "Nothing. qsc rollback still restores the baseline.",
  }),
  rollback: (details, model) => ({
    title: `${model} was rolled back`,
    why: optionalText(details, "reason"),
    done: `The baseline is served again, proven by the telemetry of a new process.${tookText(details)}`,
    next: "Read the report, and find the cause: qsc diagnose",
  }),
  rollback_failed: (details, model) => ({
    title: `The rollback of ${model} is NOT PROVEN`,
    why: optionalText(details, "reason"),
    done: `The rollback was tried, and did not succeed: ${named(details, "failure")}`,
    next: "Look at qsc status, then run qsc rollback. The dead-man keeps trying.",
  }),
  dead_man_armed: (details) => ({
    title: "The dead-man was stopped by another program, and is armed again",
    why: optionalText(details, "why"),
    done: `The watch armed ${named(details, "guard")} again.`,
    next: "Find out what stopped it: journalctl -u the timer's unit. Until then the canary may lose its last guard.",
  }),
};

/** The notice of an audit entry. */
export function noticeOf(entry: AuditEntry, { model, report }: Surroundings): Notice {
  const own = entry.details["model"];
  const about = typeof own === "string" ? own : model;
  return notice(entry.event, {
    ...WORDS[entry.event](entry.details, inert(about ?? "The canary", MOST_NAME)),
    key: entry.hash,
    at: entry.at,
    unit: entry.unit,
    host: entry.host,
    user: entry.user,
    model: entry.event === "deploy" ? null : about,
    report,
    number: entry.number,
    subject: "",
  });
}

/** What a notice needs that is not from the audit log. */
export interface OwnNotice extends Words {
  readonly at: string;
  readonly unit: string;
  readonly host: string;
  /** What tells it apart from others of the same event: two with equal ones have the same key. */
  readonly identity: unknown;
  readonly subject?: string;
}

/** A notice of the notifier itself. Equal events with equal identities have the same key. */
export function ownNotice(event: NoticeEvent, { identity, subject = "", ...words }: OwnNotice): Notice {
  const key = digestOf({ event, unit: words.unit, host: words.host, identity });
  return notice(event, { ...words, key, user: null, model: null, report: null, number: null, subject });
}

/** A message that only tests a channel: it opens no incident, so that nothing needs to be closed. */
export function testNotice(from: {
  readonly at: string;
  readonly unit: string;
  readonly host: string;
  readonly id: string;
}): Notice {
  const { at, unit, host, id } = from;
  return {
    ...ownNotice("channel_recovered", {
      at,
      unit,
      host,
      identity: { test: id },
      title: "TEST: this is only a test of the notifications of qsc",
      why: "qsc notify test was run.",
      done: "Nothing was changed.",
      next: "Nothing. If you can read this, the channel works.",
    }),
    event: "test",
    isTest: true,
    closes: [],
  };
}

function notice(event: NoticeEvent, given: Omit<Notice, "event" | "severity" | "opens" | "closes" | "isTest">): Notice {
  const { severity, opens, closes } = EVENTS[event];
  return {
    ...given,
    event,
    severity,
    opens,
    closes,
    isTest: false,
    unit: inert(given.unit, MOST_NAME),
    host: inert(given.host, MOST_NAME),
    user: given.user === null ? null : inert(given.user, MOST_NAME),
    model: given.model === null ? null : inert(given.model, MOST_NAME),
    title: inert(given.title, MOST),
    why: given.why === null ? null : inert(given.why, MOST),
    done: inert(given.done, MOST),
    next: inert(given.next, MOST),
    report: given.report === null ? null : inert(given.report, MOST),
    subject: inert(given.subject, MOST_NAME),
  };
}

/** One line without acting characters, of at most `most` code points. */
function inert(text: string, most: number): string {
  const points = [...inertText(text)];
  return points.length <= most ? points.join("") : `${points.slice(0, most - 3).join("")}...`;
}

function optionalText(details: Details, key: string): string | null {
  const value = details[key];
  return typeof value === "string" && value !== "" ? value : null;
}

/** A text of the details; says so where the log has none. */
function named(details: Details, key: string): string {
  return optionalText(details, key) ?? `(the log does not say the ${key})`;
}

function percent(details: Details): string {
  const share = details["share"];
  return typeof share === "number" ? `${Math.round(share * 100)} %` : "an unknown share";
}

function watched(details: Details): string {
  const { watchedMs, events } = details;
  if (typeof watchedMs !== "number" || typeof events !== "number")
    return "The log does not say how long it was watched.";
  return `It was watched for ${describeDuration(watchedMs)} over ${events} events without a violation.`;
}

/** An earlier version did not measure it. */
function tookText({ tookMs }: Details): string {
  return typeof tookMs === "number" && tookMs >= 0 ? ` That took ${(tookMs / 1000).toFixed(1)} s.` : "";
}
