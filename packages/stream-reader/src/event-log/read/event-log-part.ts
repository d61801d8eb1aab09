import { isAbsolute, resolve } from "node:path";
import type { EventReader, Gap, IdRange, SourceItem } from "../../ports/source.js";
import { QuickReader } from "../../fast-path/quick-reader.js";
import { journalPages } from "./pages.js";
import type { Stretch } from "./line-range.js";

/** A stretch of a journal, of which nothing is told but what it holds, and whether the journal is still the one that was divided. */
export class JournalPart implements EventReader {
  readonly ordering = "as-written";
  readonly #path: string;
  readonly #stretch: Stretch;
  readonly #reader = new QuickReader();
  readonly #gaps: Gap[] = [];

  constructor(path: string, stretch: Stretch) {
    this.#path = isAbsolute(path) ? path : resolve(path);
    this.#stretch = stretch;
  }

  pages(range: IdRange): AsyncGenerator<readonly SourceItem[]> {
    return journalPages({ path: this.#path, stretch: this.#stretch, range, reader: this.#reader, onGap: (gap) => this.#gaps.push(gap) });
  }

  gaps(): readonly Gap[] {
    return [...this.#gaps];
  }

  /** Nothing is open but while pages are read. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
