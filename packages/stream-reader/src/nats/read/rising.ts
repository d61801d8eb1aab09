import { compareIds, type EntryId, type Rejection } from "@qsc/contract";
import type { SourceItem } from "../../ports/source.js";

/**
 * Holds entries to rising IDs. The server does not: anybody may publish a message, with any ID. One that does not come
 * after all before it has no place in the order of IDs, so it is rejected.
 */
export class Rising {
  #newest: EntryId | null;

  /** @param newest the newest ID before the first message; null if it is unknown */
  constructor(newest: EntryId | null) {
    this.#newest = newest;
  }

  get newest(): EntryId | null {
    return this.#newest;
  }

  check(item: SourceItem): SourceItem {
    if (item.id === null) return item;
    const newest = this.#newest;
    if (newest !== null && compareIds(item.id, newest) <= 0)
      return outOfOrder(item, `not later than ${newest}, of a message before it`);
    this.#newest = item.id;
    return item;
  }
}

/** An entry whose ID contradicts its place in the stream. */
export function outOfOrder({ place, id }: SourceItem, why: string): Rejection {
  return { kind: "rejected", id: null, place, reason: "invalid_id", detail: `its ID is ${String(id)}, ${why}` };
}
