import { compareIds, QscError } from "@qsc/contract";
import type { IdRange, RawEntry, SourceItem } from "./source.js";
import { isQuick } from "../fast-path/quick-entry.js";

/** Collects items until they fill a page. */
export class Page {
  readonly #maxItems: number;
  readonly #maxUnits: number;
  #items: SourceItem[] = [];
  #units = 0;

  constructor(maxItems: number, maxUnits: number) {
    this.#maxItems = maxItems;
    this.#maxUnits = maxUnits;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  get isFull(): boolean {
    return this.#items.length >= this.#maxItems || this.#units >= this.#maxUnits;
  }

  add(item: SourceItem): void {
    this.#items.push(item);
    if (item.kind === "entry") this.#units += sizeOf(item);
  }

  /** Returns the items so far, and empties the page. */
  take(): readonly SourceItem[] {
    const items = this.#items;
    this.#items = [];
    this.#units = 0;
    return items;
  }
}

function sizeOf(entry: RawEntry): number {
  return isQuick(entry) ? entry.size : entry.fields.reduce((units, text) => units + text.length, 0);
}

/** Whether an item belongs to a range. A place without a readable ID may belong to any. */
export function isWithin(item: SourceItem, range: IdRange): boolean {
  return item.id === null || (compareIds(item.id, range.from) >= 0 && compareIds(item.id, range.to) <= 0);
}

/** The limit of a reading. @throws QscError `invalid_option` if it is not a count */
export function checkedLimit(limit: number): number {
  if (limit === Infinity || (Number.isSafeInteger(limit) && limit > 0)) return limit;
  throw new QscError(
    "invalid_option",
    `limit ${String(limit)} is not a number of entries; pass a whole number, 1 or more, or leave it out.`,
  );
}
