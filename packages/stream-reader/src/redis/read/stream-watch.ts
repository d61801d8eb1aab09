import type { Gap } from "../../ports/source.js";
import { wentBackwards } from "./stream-identity.js";
import type { StreamInfo } from "./stream-info.js";

/** Observes one stream over many reads and connections, and notes what it lost. */
export class StreamWatch {
  readonly #stream: string;
  readonly #gaps = new Map<string, Gap>();
  #last: StreamInfo | null = null;
  #generation = 0;
  #setBack = "";

  constructor(stream: string) {
    this.#stream = stream;
  }

  get gaps(): readonly Gap[] {
    return [...this.#gaps.values()];
  }

  /** @param key identifies the gap: noting it again replaces its sentence */
  note(kind: Gap["kind"], what: string, key: string = what): void {
    this.#gaps.set(key, { kind, detail: `The stream '${this.#stream}': ${what}.` });
  }

  /** Changes whenever the stream turns out to be another one: deleted, recreated, or set back. */
  get generation(): number {
    return this.#generation;
  }

  /** What last showed that the stream is another one. */
  get setBack(): string {
    return this.#setBack;
  }

  /**
   * Compares the stream with its last state; null means that it does not exist. Call this with every answer, in the
   * order in which they came.
   */
  observe(info: StreamInfo | null): void {
    const last = this.#last;
    this.#last = info;
    if (last === null) return;
    const how = info === null ? "it is gone: it was deleted" : wentBackwards(last, info);
    if (how !== null) this.foundSetBack(how);
  }

  /** Notes that the stream is not the one it was. */
  foundSetBack(how: string): void {
    this.#generation++;
    this.#setBack = how;
    this.note("recreated", how);
  }
}
