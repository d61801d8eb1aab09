import type { PublisherEvents } from "../intents/publisher.js";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics.js";

/** While decisions are being lost, a line is written at the first of an outage and then every so many. */
const LOST_A_LINE = 1000;

/** Tells log and metrics what becomes of decisions on their way out: what is lost is counted and said, over the whole run. */
export function publisherEvents({ json }: Log, metrics: Metrics): PublisherEvents {
  let lost = 0;
  let saidAt: number | null = null;
  return {
    onOutage: (err, buffered) => { json.error({ err, buffered }, "decisions cannot be published; they are kept in the buffer"); },
    onDropped: (count) => {
      metrics.dropped.inc(count);
      lost += count;
      if (saidAt !== null && lost < saidAt + LOST_A_LINE) return;
      saidAt = lost;
      json.error({ dropped: lost }, "decisions are lost: the buffer is full, or no reader would take them");
    },
    onRecovered: (buffered) => {
      json.info({ buffered, dropped: lost }, "decisions can be published again");
      saidAt = null;
    },
    onPublished: (count) => { metrics.published.inc(count); },
  };
}
