import type { EntryId, Intent } from "@qsc/contract";
import { EntryTemplate } from "./entry-template.js";
import type { FieldTable } from "./field-table.js";
import { Learned } from "./learned.js";
import { LineTemplate } from "./line-template.js";

/**
 * Reads the entries of one source by their likeness to earlier ones. It returns exactly what `decodeEntry` would, or
 * nothing, and learns only from entries that `decodeEntry` has read.
 */
export class QuickReader {
  readonly #entries = new Learned<EntryTemplate>();
  readonly #lines = new Learned<LineTemplate>();

  /**
   * The intent of a stream entry whose first name is at place `first` of the table; null if no earlier entry was like
   * it.
   */
  readEntry(id: EntryId, table: FieldTable, first: number, fields: number): Intent | null {
    return this.#entries.read((template) => template.read(id, table, first, fields));
  }

  learnEntry(intent: Intent, table: FieldTable, first: number, fields: readonly string[]): void {
    this.#entries.learn(
      () => new EntryTemplate(fields, intent.contract),
      (template) => template.read(intent.id, table, first, fields.length),
      intent,
    );
  }

  /** The intent of an event log's line; null if no earlier line was like it. */
  readLine(line: Buffer): Intent | null {
    return this.#lines.read((template) => template.read(line, 0, line.length));
  }

  learnLine(intent: Intent, line: Buffer): void {
    this.#lines.learn(
      () => new LineTemplate(line, intent.contract),
      (template) => template.read(line, 0, line.length),
      intent,
    );
  }
}
