import { compareIds, firstIdAt, idTime, lastIdAt } from "@qsc/contract";
import type { IdRange, SourceState } from "../../ports/source.js";

/** With fewer entries, estimated from the stream's length, one thread finishes before a second one has started. */
const LEAST_ENTRIES = 200_000;

/**
 * Divides a range of a stream into up to `count` consecutive ranges of equal duration. Without reading, only times are
 * known; if entries arrive evenly, each has the same number. Null if there are too few entries, or too little time
 * between the first and the last.
 */
export function splitRange(
  { from, to }: IdRange,
  { length, firstId, lastId }: Pick<SourceState, "length" | "firstId" | "lastId">,
  count: number,
  leastEntries: number = LEAST_ENTRIES,
): readonly IdRange[] | null {
  if (length === null || firstId === null || lastId === null || count < 2) return null;
  const begin = idTime(compareIds(from, firstId) > 0 ? from : firstId);
  const end = idTime(compareIds(to, lastId) < 0 ? to : lastId);
  const whole = idTime(lastId) - idTime(firstId);
  const width = (end - begin) / count;
  if (!(width >= 1) || length * ((end - begin) / whole) < leastEntries) return null;
  const borders = Array.from({ length: count - 1 }, (_, index) => Math.floor(begin + (index + 1) * width));
  return Array.from({ length: count }, (_, index) => {
    const [before, border] = [borders[index - 1], borders[index]];
    return {
      from: before === undefined ? from : firstIdAt(before),
      to: border === undefined ? to : lastIdAt(border - 1),
    };
  });
}
