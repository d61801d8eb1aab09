/** How urgent a notice is, from the least. */
export const SEVERITIES = ["info", "warning", "critical"] as const;
/** How urgent a notice is: see `SEVERITIES`. */
export type Severity = (typeof SEVERITIES)[number];

/** What a person has to be told until it is over. Platforms that keep alerts open are told of both ends. */
export const INCIDENTS = ["rolled_back", "rollback_failed", "eligible", "audit_log", "channel"] as const;
/** An incident that a platform may keep open: see `INCIDENTS`. */
export type Incident = (typeof INCIDENTS)[number];

/**
 * One message, before it has the form of a platform. Every text is one line in which no character acts
 * (`inertText`), and has a bounded length: what a platform's own markup does with it is for the channel to prevent.
 */
export interface Notice {
  /**
   * The idempotency key: 64 hexadecimal digits. That of an audit entry is its hash. A message that is sent again, also
   * after a crash, has the same key.
   */
  readonly key: string;
  readonly event: string;
  readonly severity: Severity;
  /** When it happened. ISO 8601 UTC. */
  readonly at: string;
  readonly unit: string;
  readonly host: string;
  /** Who did it; null if it was not a user. */
  readonly user: string | null;
  /** Which model it is about; null if it is about none, or the log does not say. */
  readonly model: string | null;
  /** What happened, in one sentence without a full stop. */
  readonly title: string;
  /** Why; null if there was no reason to give. */
  readonly why: string | null;
  /** What was done, and whether that is proven. */
  readonly done: string;
  /** What a person does next. */
  readonly next: string;
  /** Where the report is: a path or a link; null if there is none. */
  readonly report: string | null;
  /** Number of the entry in the audit log; null if it is not from there. */
  readonly number: number | null;
  /** Whether it only tests the channel. */
  readonly isTest: boolean;
  /** The incident that it begins; null if none. */
  readonly opens: Incident | null;
  /** The incidents that are over now. */
  readonly closes: readonly Incident[];
  /** What tells two incidents of one kind on one unit apart, such as a channel's name; usually empty. */
  readonly subject: string;
}
