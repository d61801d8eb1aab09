import type { EntryId, Intent } from "@qsc/contract";
import type { RawEntry, SourceItem } from "../port.js";
import type { QuickEntry } from "../quick/quick-entry.js";
import type { QuickReader } from "../quick/quick-reader.js";
import type { RawRecord } from "./capture.js";
import { parseRecord } from "./parse-record.js";

/** The item in a record. Its bytes must be left alone as long as the item is used. */
export function quickItem(record: RawRecord, reader: QuickReader): SourceItem {
  const intent = record.whole ? reader.readLine(record.bytes) : null;
  if (intent !== null) return new KnownLine(record, intent);
  const item = parseRecord(record);
  return item.kind === "entry" ? new NewLine(item, record, reader) : item;
}

/** A line that is known by those before it. */
class KnownLine implements QuickEntry {
  readonly kind = "entry";
  readonly id: EntryId;
  readonly place: string;
  readonly #record: RawRecord;
  readonly #intent: Intent;

  constructor(record: RawRecord, intent: Intent) {
    this.id = intent.id;
    this.place = record.place;
    this.#record = record;
    this.#intent = intent;
  }

  get size(): number {
    return this.#record.bytes.length;
  }

  get fields(): RawEntry["fields"] {
    const item = parseRecord(this.#record);
    return item.kind === "entry" ? item.fields : [];
  }

  quick(): Intent {
    return this.#intent;
  }

  learn(): void {
    // It is known.
  }
}

/** A line that was read in full. */
class NewLine implements QuickEntry {
  readonly kind = "entry";
  readonly id: EntryId;
  readonly place: string;
  readonly fields: RawEntry["fields"];
  readonly #record: RawRecord;
  readonly #reader: QuickReader;

  constructor({ id, place, fields }: RawEntry, record: RawRecord, reader: QuickReader) {
    this.id = id;
    this.place = place;
    this.fields = fields;
    this.#record = record;
    this.#reader = reader;
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
