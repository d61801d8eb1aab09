import { idTime, iso, type EntryId } from "@qsc/contract";
import type { EventSource, Gap, IdRange, SourceItem } from "@qsc/stream-reader";
import { readNewest } from "../telemetry/newest.js";

const OF_ENTRIES: ReadonlySet<Gap["kind"]> = new Set(["trimmed", "deleted", "rotated"]);

/** The newest entries that an earlier run of a watch has judged, as far as they are still there. */
export interface Refill {
  /** Oldest first; places without an ID come first. */
  readonly items: readonly SourceItem[];
  /** The oldest of them; null where none is there. */
  readonly from: EntryId | null;
  /** Since when decisions may be missing in the window without a loss, in milliseconds since 1970; null: since the cutover. */
  readonly sinceMs: number | null;
  /** What is missing of the window, as a sentence; null where nothing is. */
  readonly warning: string | null;
}

/** What a source has lost of entries, as against its being another one: it harms only who has yet to judge them. */
export function lossesOf(source: Pick<EventSource, "gaps">): readonly Gap[] {
  return source.gaps().filter(({ kind }) => OF_ENTRIES.has(kind));
}

/**
 * Reads back the newest `window` entries of a range that an earlier run has judged. What is missing of them is a smaller window, and
 * no gap: only what came after the range has never been judged.
 */
export async function refill(source: EventSource, range: IdRange, window: number): Promise<Refill> {
  const alreadyLost = new Set(lossesOf(source));
  const unplaced: SourceItem[] = [];
  const { from: cut, entries } = await readNewest(source, range, window, (item) => item, (item) => unplaced.push(item));
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
  const left = from === null ? "none is" : `${count} are still there, from ${iso(idTime(from))} on, which are`;
  const why = [...new Set(gaps.map(({ detail }) => detail))].join(" ");
  return `Of the newest entries up to ${to}, which this watch had judged before it was started again, ${left} in the window: ${why}`;
}
