import { compareIds, type EntryId } from "@qsc/contract";
import type { IdRange, SequenceRange } from "../../ports/source.js";
import type { NatsConnection } from "../connection.js";
import type { StreamState } from "../stream-state.js";
import { sequencesOf } from "./find.js";

/** With fewer messages, one thread finishes before a second one has started. */
const LEAST_ENTRIES = 200_000;

/**
 * Divides a range into up to `count` parts, which have equally many sequence numbers. Null if there are too few. Each
 * part names the newest ID before it, so that the order of IDs is held across parts, too.
 */
export async function divide(
  connection: NatsConnection,
  state: StreamState,
  range: IdRange,
  { count, leastEntries = LEAST_ENTRIES }: { readonly count: number; readonly leastEntries: number | undefined },
): Promise<readonly SequenceRange[] | null> {
  const { from, to } = await sequencesOf(connection, state, range);
  const width = (to - from + 1) / count;
  if (count < 2 || width < 1 || width * count < leastEntries) return null;
  const parts: SequenceRange[] = [];
  let before: EntryId | null = null;
  for (let index = 0, begin = from; index < count; index++) {
    const end = index === count - 1 ? to : Math.floor(from + (index + 1) * width) - 1;
    parts.push({ created: state.created, from: begin, to: end, before });
    const [last] = (await connection.read(end, end, 1)).messages;
    const id: EntryId | null = last?.item.id ?? null;
    // The message at the border is missing, or has no ID in order: one thread says what that means.
    if (index < count - 1 && (id === null || (before !== null && compareIds(id, before) <= 0))) return null;
    before = id;
    begin = end + 1;
  }
  return parts;
}
