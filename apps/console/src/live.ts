import type { Sight } from "./feed/feed.js";
import { event, type Streams } from "./http/streams.js";
import { ViewMaker } from "./view/view.js";

/** What the watch has seen of each symbol is told at most this often, in milliseconds. */
const SEGMENTS_MS = 5000;

/** Tells the pages what is new. */
export class Live {
  readonly #streams: Pick<Streams, "send">;
  readonly #now: () => number;
  readonly #maker = new ViewMaker();
  #told = "";
  #past = { version: 0, of: null as Sight | null };
  #segments = { version: 0, of: null as Sight["observation"]["state"] | null, atMs: -Infinity };

  /** @param now on a clock that never jumps */
  constructor(streams: Pick<Streams, "send">, now: () => number = () => performance.now()) {
    this.#streams = streams;
    this.#now = now;
  }

  /** The view as an event. */
  viewOf(sight: Sight): string {
    const { state, audit } = sight.observation;
    const former = this.#past.of;
    if (former === null || former.observation.audit !== audit || former.reports !== sight.reports)
      this.#past = { version: this.#past.version + 1, of: sight };
    const now = this.#now();
    if (this.#segments.of !== state && now - this.#segments.atMs >= SEGMENTS_MS)
      this.#segments = { version: this.#segments.version + 1, of: state, atMs: now };
    const versions = { past: this.#past.version, segments: this.#segments.version };
    return event("view", JSON.stringify(this.#maker.make(sight, Date.now(), versions)));
  }

  /** Sends the view if anything but the time has changed. */
  show(sight: Sight): void {
    const text = this.viewOf(sight);
    const timeless = text.replaceAll(/"agoMs":-?[\d.]+/g, "");
    if (timeless === this.#told) return;
    this.#told = timeless;
    this.#streams.send(text);
  }
}
