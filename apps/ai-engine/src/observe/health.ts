import type { QscError } from "@qsc/contract";
import type { Ensemble } from "@qsc/fail-closed";
import type { Refusal } from "../feed/admission.js";
import type { EngineFacts } from "../intents/intent.js";
import type { Publisher } from "../intents/publisher.js";
import type { FeedGaps } from "./feed-gaps.js";
import type { OutageLog } from "./outage-log.js";
import { LATE_MS } from "./publisher-events.js";
import type { RowTally } from "./row-tally.js";
import type { Health } from "./server.js";

/** What readiness is decided from. */
export interface HealthParts {
  readonly ensemble: Pick<Ensemble, "models" | "activeCount" | "quorum" | "hasQuorum">;
  readonly publisher: Pick<Publisher, "buffered" | "isFull" | "waitingMs">;
  readonly facts: Pick<EngineFacts, "build" | "bootId" | "shadows">;
  /** False until the first row can be decided on. */
  readonly isFed: boolean;
  /** Whether features can be read. */
  readonly features: Pick<OutageLog, "error">;
  /** What happened to the rows. */
  readonly rows: Pick<RowTally, "refusals" | "unusable" | "isUnusable" | "onlyRefused">;
  readonly admission: { readonly maxAgeMs: number };
  readonly gaps: Pick<FeedGaps, "count" | "last">;
  /** Whether decisions can be published. */
  readonly intents: Pick<OutageLog, "error">;
  /** Whether decisions get the IDs of their times. */
  readonly futureIds: { readonly error: QscError | null };
}

/** Sink outages that may end by themselves. An operator must fix any other error. */
const PASSING: ReadonlySet<string> = new Set(["source_unreachable", "source_timeout"]);

/**
 * What keeps an engine from being ready: a sentence that says what to do, if it applies. Lateness is not a loss:
 * decisions are kept, and published later.
 */
const REASONS: Readonly<Record<string, (parts: HealthParts) => string | null>> = {
  below_quorum: ({ ensemble }) => (ensemble.hasQuorum ? null : belowQuorum(ensemble)),
  features_not_read: ({ isFed, features }) => features.error?.message ?? (isFed ? null : "The feed is not open yet."),
  features_stale: ({ rows, admission }) => stale(rows.onlyRefused(admission.maxAgeMs)),
  features_unusable: ({ rows }) => (rows.isUnusable ? unusable(rows.unusable) : null),
  intents_refused: ({ intents: { error } }) => (error === null || PASSING.has(error.code) ? null : error.message),
  intents_late: ({ publisher, intents }) => (publisher.waitingMs > LATE_MS ? late(publisher, intents.error) : null),
  intents_future: ({ futureIds }) => futureIds.error?.message ?? null,
  intents_buffer_full: ({ publisher }) => (publisher.isFull ? full(publisher.buffered) : null),
};

/** What `/health` says about an engine. */
export function healthOf(parts: HealthParts): Health {
  const { ensemble, publisher, facts, rows, admission, gaps } = parts;
  const states = ensemble.models.map(({ name, state }) => {
    if (state.status !== "active") return [name, { status: "inactive", reason: state.reason }];
    return [name, { status: facts.shadows.has(name) ? "shadow" : "active" }];
  });
  const found = Object.entries(REASONS).flatMap(([code, reason]) => {
    const why = reason(parts);
    return why === null ? [] : [{ code, why }];
  });
  return {
    ready: found.length === 0,
    not_ready: found.map(({ code }) => code),
    why: found.map(({ why }) => why),
    active: ensemble.activeCount,
    quorum: ensemble.quorum,
    models: Object.fromEntries(states) as unknown,
    build: facts.build,
    boot_id: facts.bootId,
    features_outage: parts.features.error?.code ?? null,
    features_max_age_s: admission.maxAgeMs / 1000,
    features_refused: rows.refusals,
    features_unusable: rows.unusable,
    features_gaps: gaps.count,
    features_last_gap: gaps.last,
    intents_buffered: publisher.buffered,
    intents_waiting_s: publisher.waitingMs / 1000,
    intents_outage: parts.intents.error?.code ?? null,
  };
}

function belowQuorum({ activeCount, quorum }: HealthParts["ensemble"]): string {
  return `${activeCount} of the ${quorum} models that a decision needs can serve; see models.`;
}

function full(buffered: number): string {
  return `All ${buffered} places of the buffer are taken: the next decision drops the oldest. See INTENT_BUFFER.`;
}

const TO_DO: Readonly<Record<Refusal["reason"], string>> = {
  too_old:
    "They are too old: check what publishes the features; if they are always this late, raise FEATURE_MAX_AGE_SECONDS.",
  from_the_future: "They are from the future: compare this host's clock with the one of what publishes the features.",
  out_of_order: "They are not newer than rows that were already used: check what publishes the features.",
};

function stale(refusal: Refusal | null): string | null {
  if (refusal === null) return null;
  return `The feed gives only rows that are refused: ${refusal.detail}. ${TO_DO[refusal.reason]}`;
}

function unusable({ rows, of }: RowTally["unusable"]): string {
  const what = `${rows} of the newest ${of} rows of features could not be used`;
  return `${what}: check what publishes them; the log and /metrics have the reasons.`;
}

function late({ waitingMs }: HealthParts["publisher"], outage: QscError | null): string {
  const why = outage === null ? "" : `: ${outage.message}`;
  return `The oldest decision not known to be published has waited for ${Math.floor(waitingMs / 1000)} s${why}`;
}
