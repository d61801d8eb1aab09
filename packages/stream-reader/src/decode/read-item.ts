import type { Intent, Rejection } from "@qsc/contract";
import { assertItem } from "../ports/checked-item.js";
import type { SourceItem } from "../ports/source.js";
import { decodeEntry, type DecodeOptions } from "./decode-entry.js";

/**
 * Reads an item of a source: an entry by `decodeEntry`. A rejection stays as it is.
 * @throws QscError `invalid_option` if the argument is neither, or an option is wrong.
 */
export function readItem(item: SourceItem, options?: DecodeOptions): Intent | Rejection {
  if (!isRejected(item)) return decodeEntry(item, options);
  assertItem(item);
  return item;
}

/** Checks the kind only: the fields of an entry are built when they are needed. */
function isRejected(item: SourceItem): item is Rejection {
  return (item as SourceItem | null | undefined)?.kind === "rejected";
}
