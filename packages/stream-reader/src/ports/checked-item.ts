import { assertOption, ENTRY_ID, invalidOption, isPlainObject, type Wanted } from "./options.js";

const PLACE: Wanted = { is: (value) => typeof value === "string", words: "a text" };

/** @throws QscError `invalid_option` unless the value is an entry or a rejection from a source */
export function assertItem(item: unknown): void {
  if (!isPlainObject(item)) throw invalidOption("an item", item, "an entry or a rejection");
  if (item["kind"] === "entry") {
    assertEntry(item);
    return;
  }
  if (item["kind"] !== "rejected") throw invalidOption("an item's kind", item["kind"], "entry or rejected");
  if (item["id"] !== null) assertOption("a rejection's id", item["id"], ENTRY_ID);
  for (const name of ["place", "reason", "detail"]) assertOption(`a rejection's ${name}`, item[name], PLACE);
}

/** @throws QscError `invalid_option` unless the value is an entry from a source */
export function assertEntry(entry: unknown): void {
  if (!isPlainObject(entry)) throw invalidOption("the entry", entry, "an entry from a source");
  assertOption("the entry's id", entry["id"], ENTRY_ID);
  assertOption("the entry's place", entry["place"], PLACE);
  const { fields } = entry;
  if (!Array.isArray(fields)) throw invalidOption("the entry's fields", fields, "a list of names and values in turn");
  for (const text of fields as unknown[]) {
    if (typeof text !== "string") throw invalidOption("a name or value in the entry's fields", text, "a text");
  }
}
