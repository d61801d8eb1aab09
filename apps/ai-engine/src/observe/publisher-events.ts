import { QscError } from "@qsc/contract";
import type { EventSink } from "@qsc/stream-reader/sink";
import type { Publisher, PublisherEvents } from "../intents/publisher.js";
import type { FutureIds } from "./future-ids.js";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics.js";
import { OutageLog } from "./outage-log.js";

/** While decisions are being lost, a line is written at the first one of an outage, and then once per this many. */
const LOST_A_LINE = 1000;

/** The sink cannot be written. */
const WORDS = {
  begins: "decisions cannot be published; they are kept in the buffer",
  lasts: "decisions still cannot be published; they are kept in the buffer",
  ends: "decisions can be published again",
};

/** Decisions that wait longer than this, in milliseconds, are late. */
export const LATE_MS = 5000;

export interface PublisherObserver {
  readonly events: PublisherEvents;
  readonly outage: OutageLog;
  /** Call this regularly: a hung write causes no event, but must still be reported as an outage. */
  readonly look: (publisher: Pick<Publisher, "stalledMs">) => void;
}

export interface Published {
  readonly sink: Pick<EventSink, "label">;
  /** Receives the IDs under which decisions were written. */
  readonly futureIds: Pick<FutureIds, "see">;
  /** Decisions that are not known to be published now. */
  readonly buffered: () => number;
}

/**
 * Reports what happens to decisions on their way out to log and metrics. Losses are counted and logged over the whole
 * run.
 */
export function observePublisher({ json }: Log, metrics: Metrics, published: Published): PublisherObserver {
  const { sink, futureIds, buffered } = published;
  let lost = 0;
  let saidAt: number | null = null;
  const outage = new OutageLog(json, WORDS, () => ({ buffered: buffered(), dropped: lost }));
  const events: PublisherEvents = {
    onOutage: (error) => {
      outage.tell(error);
    },
    onDropped: (count) => {
      metrics.dropped.inc(count);
      lost += count;
      if (saidAt !== null && lost < saidAt + LOST_A_LINE) return;
      saidAt = lost;
      json.error({ dropped: lost }, "decisions are lost: the buffer is full, or no reader would accept them");
    },
    onPublished: (count, ids) => {
      const newest = ids.at(-1);
      if (newest !== undefined) futureIds.see(newest);
      metrics.published.inc(count);
      metrics.buffered.set(buffered());
      if (outage.error === null) return;
      outage.tell(null);
      saidAt = null;
    },
  };
  const look = ({ stalledMs }: Pick<Publisher, "stalledMs">): void => {
    if (stalledMs > LATE_MS && outage.error === null) outage.tell(takesNothing(sink.label));
  };
  return { events, outage, look };
}

function takesNothing(label: string): QscError {
  const what = `${label} has not accepted a decision for ${LATE_MS / 1000} s`;
  return new QscError("source_timeout", `${what}; check whether it, or one of its sentinels or nodes, hangs.`);
}
