import type { Answer } from "../model-stream.js";

/** Watches a series of numbers in [0, 1]. */
interface Detector {
  add(x: number): boolean;
}

/**
 * Drift detectors on the same quantities as the eight checks: the three labels, the confidence, errors and the latency.
 */
export class Drift {
  readonly #detectors: readonly [Detector, Detector, Detector, Detector, Detector, Detector];

  constructor(make: () => Detector) {
    this.#detectors = [make(), make(), make(), make(), make(), make()];
  }

  /** Adds an answer. Returns whether a detector raised an alarm. */
  add({ predicts, label, confidence, latency }: Answer): boolean {
    const [buy, sell, hold, level, error, time] = this.#detectors;
    let alarm = error.add(predicts ? 0 : 1);
    if (!predicts) return alarm;
    alarm = buy.add(label === 0 ? 1 : 0) || alarm;
    alarm = sell.add(label === 1 ? 1 : 0) || alarm;
    alarm = hold.add(label === 2 ? 1 : 0) || alarm;
    alarm = level.add(confidence / 10_000) || alarm;
    return time.add(Math.min(1, latency / 10_000)) || alarm;
  }
}
