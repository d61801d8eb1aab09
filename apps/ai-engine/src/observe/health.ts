import type { QscError } from "@qsc/contract";
import type { Ensemble } from "@qsc/fail-closed";
import type { EngineFacts } from "../intents/intent.js";
import type { Publisher } from "../intents/publisher.js";
import type { OutageLog } from "./outage-log.js";
import type { Health } from "./server.js";

/** What readiness is read from. */
export interface HealthParts {
  readonly ensemble: Pick<Ensemble, "models" | "activeCount" | "quorum" | "hasQuorum">;
  readonly publisher: Pick<Publisher, "buffered" | "isFull">;
  readonly facts: Pick<EngineFacts, "build" | "bootId">;
  /** False until the first row can be decided upon. */
  readonly isFed: boolean;
  /** Whether features can be read. */
  readonly features: Pick<OutageLog, "error">;
  /** Whether decisions can be published. */
  readonly intents: Pick<OutageLog, "error">;
}

/** Outages of the sink that pass by themselves; whatever else it says, somebody has to mend. */
const PASSING: ReadonlySet<string> = new Set(["source_unreachable", "source_timeout"]);

/**
 * What keeps an engine from being ready. Decisions that cannot be published are no reason by themselves: they are
 * kept, and published later. They are one when that is lost, or when somebody has to mend something first.
 */
const REASONS: Readonly<Record<string, (parts: HealthParts) => boolean>> = {
  below_quorum: ({ ensemble }) => !ensemble.hasQuorum,
  features_not_read: ({ isFed, features }) => !isFed || features.error !== null,
  intents_refused: ({ intents }) => isToBeMended(intents.error),
  intents_buffer_full: ({ publisher }) => publisher.isFull,
};

/** What `/health` says of an engine. */
export function healthOf(parts: HealthParts): Health {
  const { ensemble, publisher, facts } = parts;
  const states = ensemble.models.map(({ name, state }) => [name, state.status === "active" ? { status: "active" } : { status: "inactive", reason: state.reason }]);
  const notReady = Object.keys(REASONS).filter((reason) => REASONS[reason]?.(parts));
  return {
    ready: notReady.length === 0,
    not_ready: notReady,
    active: ensemble.activeCount,
    quorum: ensemble.quorum,
    models: Object.fromEntries(states) as unknown,
    build: facts.build,
    boot_id: facts.bootId,
    features_outage: parts.features.error?.code ?? null,
    intents_buffered: publisher.buffered,
    intents_outage: parts.intents.error?.code ?? null,
  };
}

function isToBeMended(error: QscError | null): boolean {
  return error !== null && !PASSING.has(error.code);
}
