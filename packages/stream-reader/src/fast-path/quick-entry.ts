import type { Intent } from "@qsc/contract";
import type { RawEntry, SourceItem } from "../ports/source.js";

/** An entry that its source may know by those before: its intent is had without its fields. */
export interface QuickEntry extends RawEntry {
  /** The intent; null where only `decodeEntry` can tell. */
  quick(): Intent | null;
  /** Tells what `decodeEntry` has read of it. */
  learn(intent: Intent): void;
  /** About how many bytes its fields have. */
  readonly size: number;
}

export function isQuick(item: SourceItem): item is QuickEntry {
  return typeof (item as Partial<QuickEntry>).quick === "function";
}
