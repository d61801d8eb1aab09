/** The events that an audit line can record. */
export const AUDIT_EVENTS = [
  "deploy",
  "activate",
  "promote",
  "eligible",
  "promoted",
  "rollback",
  "rollback_failed",
  "dead_man_armed",
] as const;
/** What a line of the audit log is about. */
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/** One line of the audit log. Each contains the hash of the line before it. */
export interface AuditEntry {
  readonly version: 1;
  readonly number: number;
  readonly at: string;
  readonly event: AuditEvent;
  readonly unit: string;
  readonly operation: string;
  readonly host: string;
  readonly user: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** SHA-256 in hex of the torn line just before this one; null when there is none. */
  readonly torn: string | null;
  /** `hash` of the previous entry; 64 zeros for the first. */
  readonly previous: string;
  /** SHA-256 in hex over all other members, as canonical JSON. */
  readonly hash: string;
}

/** What an audit line would have said that could not be written. */
export type UnloggedEntry = Pick<AuditEntry, "at" | "event" | "operation" | "host" | "user" | "details">;
