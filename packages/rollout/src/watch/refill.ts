import { idTime, iso, type EntryId } from "@qsc/contract";
import type { EventSource, Gap, IdRange, SourceItem } from "@qsc/stream-reader";
import { readNewest } from "../judge/newest.js";

const OF_ENTRIES: ReadonlySet<Gap["kind"]> = new Set(["trimmed", "deleted", "rotated"]);

/** The newest entries that an earlier run of a watch has judged, as far as they still exist. */
export interface Refill {
  /** Oldest first; items without an ID come first. */
  readonly items: readonly SourceItem[];
  /** The oldest of them; null if there are none. */
  readonly from: EntryId | null;
  /**
   * From when on decisions may be missing in the window without a loss, in milliseconds since 1970; null: from the
   * cutover.
   */
  readonly sinceMs: number | null;
  /** What is missing from the window, as a sentence; null if nothing is. */
  readonly warning: string | null;
}

/**
 * Losses of entries, as opposed to a replaced source: they matter only to a reader that has yet to judge those entries.
 */
export function lossesOf(source: Pick<EventSource, "gaps">): readonly Gap[] {
  return source.gaps().filter(({ kind }) => OF_ENTRIES.has(kind));
}

/**
 * Reads back the newest `window` entries of a range that an earlier run has judged. Missing entries make the window
 * smaller, but are not a gap: only entries after the range have never been judged.
 */
export async function refill(source: EventSource, range: IdRange, window: number): Promise<Refill> {
  const alreadyLost = new Set(lossesOf(source));
  const unplaced: SourceItem[] = [];
  const { from: cut, entries } = await readNewest(
    source,
    range,
    window,
    (item) => item,
    (item) => unplaced.push(item),
  );
  const gaps = lossesOf(source).filter((gap) => !alreadyLost.has(gap));
  const from = entries[0]?.id ?? null;
  const isWhole = gaps.length === 0;
  return {
    items: [...unplaced, ...entries],
    from,
    sinceMs: cut === null && isWhole ? null : idTime(from ?? range.to),
    warning: isWhole ? null : warningOf(entries.length, from, range.to, gaps),
  };
}

function warningOf(count: number, from: EntryId | null, to: EntryId, gaps: readonly Gap[]): string {
  const left = from === null ? "none" : `only ${count}, from ${iso(idTime(from))} on,`;
  const why = [...new Set(gaps.map(({ detail }) => detail))].join(" ");
  return `Of the newest entries up to ${to}, which this watch had judged before its restart, ${left} could be read again: ${why}`;
}
