import { isUtf8 } from "node:buffer";
import { MAX_ENTRY_BYTES, type EntryId, type Intent } from "@qsc/contract";
import type { RawEntry, SourceItem } from "../../ports/source.js";
import type { FieldTable } from "../../fast-path/field-table.js";
import type { QuickEntry } from "../../fast-path/quick-entry.js";
import type { QuickReader } from "../../fast-path/quick-reader.js";

/** The entries of one XRANGE, as the server sent them. */
export interface ReplyPage {
  readonly ids: readonly EntryId[];
  /** The size of its largest entry, in bytes. */
  readonly largest: number;
  /** Its entries as text, or the reason why one cannot be read. */
  items(): readonly SourceItem[];
}

/** The positions of a page's entries in the bytes of a reply. */
export interface EntryPlaces extends FieldTable {
  readonly ids: readonly EntryId[];
  /** For each entry, the place of its first name in the table; one more at the end. */
  readonly first: Int32Array;
  /** The sizes, by index, of entries that were too large to keep. They are not in the table. */
  readonly tooLarge: ReadonlyMap<number, number>;
}

/** A page whose entries become text only on demand. */
export class BytesPage implements ReplyPage {
  readonly #places: EntryPlaces;
  readonly #reader: QuickReader;

  constructor(places: EntryPlaces, reader: QuickReader) {
    this.#places = places;
    this.#reader = reader;
  }

  get ids(): readonly EntryId[] {
    return this.#places.ids;
  }

  get largest(): number {
    return this.ids.reduce((most, _, index) => Math.max(most, this.#size(index)), 0);
  }

  items(): readonly SourceItem[] {
    const { bytes, ids } = this.#places;
    // Everything between the fields is ASCII, so the whole is UTF-8 exactly if each field is.
    const isSound = isUtf8(bytes);
    return ids.map((id, index): SourceItem => {
      const size = this.#size(index);
      if (size > MAX_ENTRY_BYTES) {
        return {
          kind: "rejected",
          id,
          place: id,
          reason: "too_large",
          detail: `${size} bytes; at most ${MAX_ENTRY_BYTES} are read`,
        };
      }
      if (!isSound && !this.#isUtf8(index)) {
        return {
          kind: "rejected",
          id,
          place: id,
          reason: "invalid_utf8",
          detail: "a field's name or value is not UTF-8",
        };
      }
      return new ReplyEntry(id, this.#places, index, size, this.#reader);
    });
  }

  #size(index: number): number {
    const { first, places, tooLarge } = this.#places;
    let size = tooLarge.get(index) ?? 0;
    for (let at = first[index] ?? 0; at < (first[index + 1] ?? 0); at += 2)
      size += (places[at + 1] ?? 0) - (places[at] ?? 0);
    return size;
  }

  #isUtf8(index: number): boolean {
    const { bytes, first, places } = this.#places;
    for (let at = first[index] ?? 0; at < (first[index + 1] ?? 0); at += 2) {
      if (!isUtf8(bytes.subarray(places[at], places[at + 1]))) return false;
    }
    return true;
  }
}

class ReplyEntry implements QuickEntry {
  readonly kind = "entry";
  readonly id: EntryId;
  readonly size: number;
  readonly #places: EntryPlaces;
  readonly #index: number;
  readonly #reader: QuickReader;
  readonly place: string;
  #fields: readonly string[] | null = null;

  constructor(id: EntryId, places: EntryPlaces, index: number, size: number, reader: QuickReader, place: string = id) {
    this.id = id;
    this.place = place;
    this.size = size;
    this.#places = places;
    this.#index = index;
    this.#reader = reader;
  }

  get fields(): RawEntry["fields"] {
    return (this.#fields ??= this.#read());
  }

  quick(): Intent | null {
    const first = this.#first(this.#index);
    return this.#reader.readEntry(this.id, this.#places, first, (this.#first(this.#index + 1) - first) / 2);
  }

  under(id: EntryId, place: string): RawEntry {
    return new ReplyEntry(id, this.#places, this.#index, this.size, this.#reader, place);
  }

  learn(intent: Intent): void {
    this.#reader.learnEntry(intent, this.#places, this.#first(this.#index), this.fields);
  }

  #first(index: number): number {
    return this.#places.first[index] ?? 0;
  }

  #read(): readonly string[] {
    const { bytes, places } = this.#places;
    const fields: string[] = [];
    for (let at = this.#first(this.#index); at < this.#first(this.#index + 1); at += 2)
      fields.push(bytes.toString("utf8", places[at], places[at + 1]));
    return fields;
  }
}
