import type { EntryId, Intent } from "@qsc/contract";
import type { RawEntry, SourceItem } from "../ports/source.js";

/** An entry that may resemble earlier ones, so that its intent is known without its fields. */
export interface QuickEntry extends RawEntry {
  /** The intent; null if only `decodeEntry` can read it. */
  quick(): Intent | null;
  /** Learns from what `decodeEntry` read. */
  learn(intent: Intent): void;
  /** The same entry under another ID; absent if its ID is part of what was read. */
  under?(id: EntryId, place: string): RawEntry;
  /** The approximate size of its fields in bytes. */
  readonly size: number;
}

export function isQuick(item: SourceItem): item is QuickEntry {
  return typeof (item as Partial<QuickEntry>).quick === "function";
}
