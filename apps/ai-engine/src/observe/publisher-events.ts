import type { PublisherEvents } from "../intents/publisher.js";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics.js";
import { OutageLog } from "./outage-log.js";

/** While decisions are being lost, a line is written at the first of an outage and then every so many. */
const LOST_A_LINE = 1000;

/** Where decisions go to cannot be written to. */
const WORDS = {
  begins: "decisions cannot be published; they are kept in the buffer",
  lasts: "decisions still cannot be published; they are kept in the buffer",
  ends: "decisions can be published again",
};

export interface PublisherObserver {
  readonly events: PublisherEvents;
  readonly outage: OutageLog;
}

/**
 * Tells log and metrics what becomes of decisions on their way out: what is lost is counted and said, over the whole run.
 * @param buffered decisions that are not known to be published now
 */
export function observePublisher({ json }: Log, metrics: Metrics, buffered: () => number): PublisherObserver {
  let lost = 0;
  let saidAt: number | null = null;
  const outage = new OutageLog(json, WORDS, () => ({ buffered: buffered(), dropped: lost }));
  const events: PublisherEvents = {
    onOutage: (error) => { outage.tell(error); },
    onDropped: (count) => {
      metrics.dropped.inc(count);
      lost += count;
      if (saidAt !== null && lost < saidAt + LOST_A_LINE) return;
      saidAt = lost;
      json.error({ dropped: lost }, "decisions are lost: the buffer is full, or no reader would take them");
    },
    onPublished: (count) => {
      metrics.published.inc(count);
      metrics.buffered.set(buffered());
      if (outage.error === null) return;
      outage.tell(null);
      saidAt = null;
    },
  };
  return { events, outage };
}
