import type { SourceItem } from "../../ports/source.js";
import type { GrowingFile } from "./growing-file.js";
import type { FileIdentity } from "./siblings.js";

interface Former {
  readonly growing: GrowingFile;
  /** How far it was read when it was left. */
  readonly left: number;
}

/**
 * Earlier files of a log, still open: a writer may keep the old file for a while, or for ever, and what it writes there
 * must not be lost. A file that has not grown by the next rotation is closed.
 */
export class Formers {
  #files: readonly Former[] = [];

  get identities(): readonly FileIdentity[] {
    return this.#files.map(({ growing }) => growing.file);
  }

  async add(growing: GrowingFile): Promise<void> {
    const quiet = this.#files.filter((former) => former.growing.position === former.left);
    this.#files = [...this.#files.filter((former) => !quiet.includes(former)), { growing, left: growing.position }];
    for (const former of quiet) await former.growing.file.handle.close();
  }

  /** What was written to them since the last look. */
  async *grown(signal: AbortSignal): AsyncGenerator<readonly SourceItem[]> {
    for (const { growing } of this.#files) yield* growing.grown(signal);
  }

  async close(): Promise<void> {
    for (const { growing } of this.#files) await growing.file.handle.close();
  }
}
