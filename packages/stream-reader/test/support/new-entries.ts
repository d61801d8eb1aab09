import type { EntryId } from "@qsc/contract";
import type { NewEntry } from "../../src/sink/index.js";

/** An entry to publish. Its fields identify it. */
export function newEntry(id: string, ...fields: string[]): NewEntry {
  return { id: id as EntryId, fields: fields.length > 0 ? fields : ["n", id] };
}

/** Entries 1-0, 2-0, ... */
export function newEntries(count: number, from = 1): NewEntry[] {
  return Array.from({ length: count }, (_, index) => newEntry(`${from + index}-0`));
}
