import { assertRange } from "./checked-source.js";
import { assertOption, ENTRY_ID, invalidOption, isPlainObject, TEXT } from "./options.js";

/** @throws QscError `invalid_option` unless the value is a part made by `parts`, in this thread or copied to another */
export function assertPart(part: unknown): void {
  if (!isPlainObject(part)) throw invalidOption("part", part, "a part of a source, from parts()");
  assertOption("part.url", part["url"], TEXT);
  assertRange(part["range"]);
  if (part["kind"] === "ids") {
    assertSeen(part["seen"]);
    return;
  }
  if (part["kind"] === "sequences") {
    assertSequences(part["sequences"]);
    return;
  }
  if (part["kind"] !== "lines") throw invalidOption("part.kind", part["kind"], "ids, lines or sequences");
  const lineRange = part["lineRange"];
  if (!isPlainObject(lineRange)) throw invalidOption("part.lineRange", lineRange, "the lines of the part");
  if (typeof lineRange["inode"] !== "number")
    throw invalidOption("part.lineRange.inode", lineRange["inode"], "the number of a file");
  const from = positionOf("from", lineRange["from"]);
  const to = positionOf("to", lineRange["to"]);
  if (from > to) throw invalidOption("part.lineRange.from.at", from, `no more than part.lineRange.to.at, ${to}`);
}

function assertSeen(seen: unknown): void {
  if (!Array.isArray(seen) || seen.length === 0)
    throw invalidOption("part.seen", seen, "the streams when they were divided");
  for (const one of seen as readonly unknown[]) {
    if (!isPlainObject(one) || !isPlainObject(one["mark"]) || one["mark"]["kind"] !== "stream")
      throw invalidOption("part.seen", one, "a stream when it was divided");
    assertOption("part.seen.stream", one["stream"], TEXT);
    assertOption("part.seen.mark.endId", one["mark"]["endId"], ENTRY_ID);
    const { newest } = one;
    if (newest === null) continue;
    if (!isPlainObject(newest)) throw invalidOption("part.seen.newest", newest, "its newest entry, or null");
    assertOption("part.seen.newest.id", newest["id"], ENTRY_ID);
    assertOption("part.seen.newest.sha256", newest["sha256"], TEXT);
  }
}

function assertSequences(sequences: unknown): void {
  if (!isPlainObject(sequences)) throw invalidOption("part.sequences", sequences, "the messages of the part");
  const { created, from, to, before } = sequences;
  assertOption("part.sequences.created", created, TEXT);
  for (const [name, value] of Object.entries({ from, to })) {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1)
      throw invalidOption(`part.sequences.${name}`, value, "a whole number, 1 or more");
  }
  if (before !== null) assertOption("part.sequences.before", before, ENTRY_ID);
}

function positionOf(name: string, border: unknown): number {
  if (!isPlainObject(border)) throw invalidOption(`part.lineRange.${name}`, border, "a position between two lines");
  const { at, before } = border;
  if (typeof at !== "number" || !Number.isSafeInteger(at) || at < 0) {
    throw invalidOption(`part.lineRange.${name}.at`, at, "a whole number, 0 or more");
  }
  if (!(before instanceof Uint8Array))
    throw invalidOption(`part.lineRange.${name}.before`, before, "the bytes before it");
  return at;
}
