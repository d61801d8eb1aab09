import { compareIds, type EntryId, type JetStreamMark, type SourceMark } from "@qsc/contract";
import type { NatsConnection } from "../connection.js";
import type { Message } from "../message.js";
import type { StreamState } from "../stream-state.js";
import { firstAfter, messagesFrom, vouchesBefore } from "./find.js";
import type { Losses } from "./losses.js";

/** How far a stream was read. */
export interface Place {
  /** When the stream was created. */
  readonly created: string;
  /** The first sequence number that was not read. */
  readonly next: number;
  /** The last message that was read; null if none was. */
  readonly last: Message | null;
  /** The newest ID that was read; null if it is unknown. */
  readonly newest: EntryId | null;
}

/**
 * Where following begins. Notes what was lost before.
 * @param after an entry that was given earlier, or a time
 * @param resumed whether it is such an entry, and the mark of it if that was kept; null if it is a time
 */
export async function placeOf(
  connection: NatsConnection,
  state: StreamState,
  after: EntryId,
  resumed: { readonly mark: SourceMark | null } | null,
  losses: Losses,
): Promise<Place> {
  const { created } = state;
  const afresh = async (): Promise<Place> => {
    const next = await firstAfter(connection, state, after);
    return { created, next, last: null, newest: null };
  };
  if (resumed?.mark?.kind === "jetstream" && resumed.mark.id === after) {
    const found = await markedPlace(connection, state, { ...resumed.mark, id: after });
    if (typeof found !== "string") return found;
    losses.recreated(found);
    return afresh();
  }
  if (resumed !== null && resumed.mark !== null) {
    losses.recreated(
      `it cannot be compared with what was read, which was entry ${resumed.mark.id} of ${resumed.mark.kind === "jetstream" ? "a stream" : "another source"}, up to ${after}: start with the source that was read before`,
    );
    return afresh();
  }
  const isTrimmed = await beginsAfter(connection, state, after);
  if (isTrimmed) {
    losses.note(
      "trimmed",
      `everything before message ${state.first} was removed before what follows ${after} was read: entries may be lost`,
    );
  } else if (resumed !== null && !(await isThere(connection, state, after))) {
    losses.recreated(`entry ${after}, which had been read, is not in it: it lost its newest messages, or is another`);
  }
  return afresh();
}

/** The place after a marked entry, or why the stream is another one. */
async function markedPlace(
  connection: NatsConnection,
  { created, last }: StreamState,
  mark: JetStreamMark & { readonly id: EntryId },
): Promise<Place | string> {
  const { id, sequence } = mark;
  if (created !== mark.created)
    return `it was created at ${created}, and the one that was read up to ${id} at ${mark.created}`;
  if (last < sequence)
    return `its last message is ${last}, and message ${sequence} had been read: it lost its newest messages`;
  const there = await connection.next(sequence);
  const marked = there?.sequence === sequence ? there : null;
  if (marked !== null && marked.item.id !== id)
    return `message ${sequence} is ${marked.item.id ?? "unreadable"}, and was ${id}: it lost its newest messages, or is another`;
  return { created, next: sequence + 1, last: marked, newest: id };
}

/** Whether messages were removed from the stream, and its first entry is after this one. */
async function beginsAfter(connection: NatsConnection, { first }: StreamState, id: EntryId): Promise<boolean> {
  if (first <= 1) return false;
  const oldest = await connection.next(first);
  return oldest === null || !vouchesBefore(oldest, id);
}

async function isThere(connection: NatsConnection, state: StreamState, id: EntryId): Promise<boolean> {
  for await (const { item } of messagesFrom(connection, state, id)) {
    if (item.id === id) return true;
    if (item.id !== null && compareIds(item.id, id) > 0) return false;
  }
  return false;
}
