import { isAbsolute, resolve } from "node:path";
import type { EventReader, Gap, IdRange, LineRange, SourceItem } from "../../ports/source.js";
import { QuickReader } from "../../fast-path/quick-reader.js";
import { eventLogPages } from "./pages.js";

/**
 * A range of lines of an event log. It reports only its own lines, and whether the log is still the one that was
 * divided.
 */
export class EventLogPart implements EventReader {
  readonly ordering = "as-written";
  readonly #path: string;
  readonly #lineRange: LineRange;
  readonly #reader = new QuickReader();
  readonly #gaps: Gap[] = [];

  constructor(path: string, lineRange: LineRange) {
    this.#path = isAbsolute(path) ? path : resolve(path);
    this.#lineRange = lineRange;
  }

  pages(range: IdRange): AsyncGenerator<readonly SourceItem[]> {
    return eventLogPages({
      path: this.#path,
      lineRange: this.#lineRange,
      range,
      reader: this.#reader,
      onGap: (gap) => this.#gaps.push(gap),
    });
  }

  gaps(): readonly Gap[] {
    return [...this.#gaps];
  }

  /** Files are open only while pages are read. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
