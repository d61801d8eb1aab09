import { idTime, QscError, type EntryId } from "@qsc/contract";
import type { EventSink } from "@qsc/stream-reader/sink";
import { CLOCK_SKEW_MS } from "../feed/clock-skew.js";
import type { Log } from "./log.js";
import { OutageLog } from "./outage-log.js";

/** The sink has an entry from the future, so each decision gets an ID after it. */
const WORDS = {
  begins: "decisions are written under IDs from the future",
  lasts: "decisions are still written under IDs from the future",
  ends: "decisions are written under IDs of their own time again",
};

export interface FutureIdsOptions {
  readonly sink: Pick<EventSink, "label" | "stream">;
  readonly log: Log;
  /** This host's clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** Compares the IDs in the sink with this host's clock. */
export class FutureIds {
  readonly #sink: FutureIdsOptions["sink"];
  readonly #now: () => number;
  readonly #outage: OutageLog;
  #aheadMs = 0;

  constructor({ sink, log, now }: FutureIdsOptions) {
    this.#sink = sink;
    this.#now = now;
    this.#outage = new OutageLog(log.json, WORDS, () => ({ ahead_s: this.aheadSeconds }));
  }

  /** How far the newest ID is ahead of this host's clock. */
  get aheadSeconds(): number {
    return this.#aheadMs / 1000;
  }

  /** What is wrong, and what to do; null if nothing is. */
  get error(): QscError | null {
    return this.#outage.error;
  }

  /** Notes the newest ID in the sink. @returns whether it is from the future */
  see(newest: EntryId): boolean {
    const aheadMs = idTime(newest) - this.#now();
    const isAhead = aheadMs > CLOCK_SKEW_MS;
    this.#aheadMs = isAhead ? aheadMs : 0;
    this.#outage.tell(isAhead ? this.#sentence(newest) : null);
    return isAhead;
  }

  #sentence(newest: EntryId): QscError {
    const { label, stream } = this.#sink;
    const place = stream === null ? label : `The stream '${stream}' at ${label}`;
    const rename = `move the stream away (RENAME ${stream} ${stream}:aside)`;
    const aside = stream === null ? "move the event log away" : rename;
    return new QscError(
      "sink_failed",
      [
        `${place} has the entry ${newest}, ${Math.round(this.aheadSeconds)} s ahead of this host's clock.`,
        "Decisions get IDs after it, which are not their times, and no judge accepts them.",
        `Check this host's clock and the writer's; if this one is right, stop the engine, ${aside}, and start it again.`,
      ].join(" "),
    );
  }
}
