import { assertRange } from "./checked-source.js";
import { assertOption, invalidOption, isPlainObject, TEXT } from "./options.js";

/** @throws QscError `invalid_option` unless the value is a part as `parts` makes it, in this thread or, copied, in another one. */
export function assertPart(part: unknown): void {
  if (!isPlainObject(part)) throw invalidOption("part", part, "a part of a source, as parts() gives it");
  assertOption("part.url", part["url"], TEXT);
  assertRange(part["range"]);
  if (part["kind"] === "ids") return;
  if (part["kind"] !== "lines") throw invalidOption("part.kind", part["kind"], "ids or lines");
  const stretch = part["stretch"];
  if (!isPlainObject(stretch)) throw invalidOption("part.stretch", stretch, "the lines of the part");
  if (typeof stretch["inode"] !== "number") throw invalidOption("part.stretch.inode", stretch["inode"], "the number of a file");
  const from = positionOf("from", stretch["from"]);
  const to = positionOf("to", stretch["to"]);
  if (from > to) throw invalidOption("part.stretch.from.at", from, `no more than part.stretch.to.at, ${to}`);
}

function positionOf(name: string, border: unknown): number {
  if (!isPlainObject(border)) throw invalidOption(`part.stretch.${name}`, border, "a place between two lines");
  const { at, before } = border;
  if (typeof at !== "number" || !Number.isSafeInteger(at) || at < 0) {
    throw invalidOption(`part.stretch.${name}.at`, at, "a whole number of at least 0");
  }
  if (!(before instanceof Uint8Array)) throw invalidOption(`part.stretch.${name}.before`, before, "the bytes before it");
  return at;
}
