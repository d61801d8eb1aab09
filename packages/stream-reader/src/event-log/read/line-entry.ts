import type { EntryId, Intent } from "@qsc/contract";
import type { RawEntry, SourceItem } from "../../ports/source.js";
import type { QuickEntry } from "../../fast-path/quick-entry.js";
import type { QuickReader } from "../../fast-path/quick-reader.js";
import type { RawRecord } from "./capture.js";
import { readRecord } from "./parse-record.js";

/**
 * The item in a record. The record's bytes must not change while the item is in use.
 * @param ownId the ID if the record is an object that names none
 */
export function quickItem(record: RawRecord, reader: QuickReader, ownId?: EntryId): SourceItem {
  const intent = record.whole ? reader.readLine(record.bytes) : null;
  if (intent !== null) return new KnownLine(record, intent);
  const read = readRecord(record, ownId);
  return read.kind === "rejected" ? read : new NewLine(read, record, reader);
}

/** A line like one before it, so that its intent is known. */
class KnownLine implements QuickEntry {
  readonly kind = "entry";
  readonly id: EntryId;
  readonly #record: RawRecord;
  readonly #intent: Intent;

  constructor(record: RawRecord, intent: Intent) {
    this.id = intent.id;
    this.#record = record;
    this.#intent = intent;
  }

  get place(): string {
    return this.#record.place;
  }

  get size(): number {
    return this.#record.bytes.length;
  }

  get fields(): RawEntry["fields"] {
    const read = readRecord(this.#record);
    return read.kind === "rejected" ? [] : read.fields;
  }

  quick(): Intent {
    return this.#intent;
  }

  learn(): void {
    // Already known.
  }
}

/** A line that was read in full. */
class NewLine implements QuickEntry {
  readonly kind = "entry";
  readonly id: EntryId;
  readonly fields: RawEntry["fields"];
  readonly #record: RawRecord;
  readonly #reader: QuickReader;

  constructor({ id, fields }: Pick<RawEntry, "id" | "fields">, record: RawRecord, reader: QuickReader) {
    this.id = id;
    this.fields = fields;
    this.#record = record;
    this.#reader = reader;
  }

  get place(): string {
    return this.#record.place;
  }

  get size(): number {
    return this.#record.bytes.length;
  }

  quick(): null {
    return null;
  }

  learn(intent: Intent): void {
    this.#reader.learnLine(intent, this.#record.bytes);
  }
}
