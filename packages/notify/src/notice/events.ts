import type { AuditEvent } from "@qsc/contract";
import type { Incident, Severity } from "./notice.js";

/** The events that the notifier itself tells of. */
type OwnEvent = "audit_log_changed" | "channel_failing" | "channel_recovered";

/** Everything that a channel can be told of. */
export type NoticeEvent = AuditEvent | OwnEvent;

/** What is known of an event, whatever its details are. */
export interface EventRow {
  readonly severity: Severity;
  readonly opens: Incident | null;
  readonly closes: readonly Incident[];
  /** What it means, for documentation. */
  readonly about: string;
}

/** All events. `settings/filter.ts`, the channels and the README's table are derived from it. */
export const EVENTS: Readonly<Record<NoticeEvent, EventRow>> = {
  deploy: { severity: "info", opens: null, closes: [], about: "a commit was deployed" },
  activate: {
    severity: "info",
    opens: null,
    // A canary is activated only where a baseline was proven.
    closes: ["rolled_back", "rollback_failed", "eligible"],
    about: "a model became a canary",
  },
  promote: { severity: "info", opens: null, closes: ["eligible"], about: "a canary got a larger share" },
  eligible: {
    severity: "info",
    opens: "eligible",
    closes: [],
    about: "a canary was watched to the end, and waits for a decision",
  },
  promoted: {
    severity: "info",
    opens: null,
    closes: ["eligible"],
    about: "a model has the whole vote, and its watch ended",
  },
  rollback: {
    severity: "warning",
    opens: "rolled_back",
    closes: ["rollback_failed", "eligible"],
    about: "a canary was rolled back, and the baseline is proven",
  },
  rollback_failed: {
    severity: "critical",
    opens: "rollback_failed",
    closes: [],
    about: "a rollback was tried, and the baseline is not proven",
  },
  dead_man_armed: {
    severity: "warning",
    opens: null,
    closes: [],
    about: "another program had stopped the dead-man, and the watch armed it again",
  },
  audit_log_changed: {
    severity: "warning",
    opens: "audit_log",
    closes: [],
    about: "the audit log was replaced, cut short or edited under the notifier",
  },
  channel_failing: {
    severity: "warning",
    opens: "channel",
    closes: [],
    about: "another channel has accepted nothing for a minute",
  },
  channel_recovered: {
    severity: "info",
    opens: null,
    closes: ["channel"],
    about: "that channel accepts messages again",
  },
};

/** The names of all events. */
// Object.keys loses the types of the names; they are those of the table.
export const EVENT_NAMES = Object.keys(EVENTS) as readonly NoticeEvent[];
