import { compareIds } from "@qsc/contract";
import type { Gap } from "../port.js";
import type { StreamInfo } from "./stream-info.js";

/** Sees one stream again and again, over reads and connections, and notes what was lost of it. */
export class StreamWatch {
  readonly #stream: string;
  readonly #gaps: Gap[] = [];
  #last: StreamInfo | null = null;
  #generation = 0;

  constructor(stream: string) {
    this.#stream = stream;
  }

  get gaps(): readonly Gap[] {
    return [...this.#gaps];
  }

  note(kind: Gap["kind"], what: string): void {
    const detail = `The stream '${this.#stream}': ${what}.`;
    if (!this.#gaps.some((gap) => gap.detail === detail)) this.#gaps.push({ kind, detail });
  }

  /** Changes whenever the stream turns out to be another one: deleted, made anew, or set back. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Compares the stream with how it was seen last; null is a stream that is not there. To be
   * called with every answer, in the order in which they came.
   */
  observe(info: StreamInfo | null): void {
    const last = this.#last;
    this.#last = info;
    if (last === null) return;
    const how = info === null ? "it is gone" : wentBackwards(last, info);
    if (how === null) return;
    this.#generation++;
    this.note("recreated", `${how}, so that it was deleted or replaced by another`);
  }
}

function wentBackwards(last: StreamInfo, now: StreamInfo): string | null {
  if (compareIds(now.lastGeneratedId, last.lastGeneratedId) < 0) {
    return `its last ID went back from ${last.lastGeneratedId} to ${now.lastGeneratedId}`;
  }
  if (last.entriesAdded !== null && now.entriesAdded !== null && now.entriesAdded < last.entriesAdded) {
    return `its count of entries went back from ${last.entriesAdded} to ${now.entriesAdded}`;
  }
  return null;
}
