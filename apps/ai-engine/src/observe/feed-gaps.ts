import type { Gap } from "@qsc/stream-reader";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics.js";

/** Reports what the feed has lost to log and metrics, each gap once. */
export class FeedGaps {
  readonly #log: Log;
  readonly #metrics: Metrics;
  #told = 0;
  #last: Gap | null = null;

  constructor(log: Log, metrics: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** All gaps so far, in order. */
  tell(gaps: readonly Gap[]): void {
    for (const gap of gaps.slice(this.#told)) {
      this.#last = gap;
      this.#metrics.featureGaps.inc({ kind: gap.kind });
      this.#log.sparing.tell(`gap ${gap.kind}`, (times) => {
        this.#log.json.warn({ ...gap, times }, "features were lost before they were read, or may have been");
      });
    }
    this.#told = Math.max(this.#told, gaps.length);
  }

  get count(): number {
    return this.#told;
  }

  /** What happened last, in a sentence. */
  get last(): string | null {
    return this.#last?.detail ?? null;
  }
}
