import type { EntryId } from "@qsc/contract";
import type { NatsConnection } from "../connection.js";
import type { Message } from "../message.js";
import type { StreamState } from "../stream-state.js";

const LOOK = 100;

/** The newest entry that has an ID; null if the stream has none. Messages that cannot be read are passed over. */
export async function newestWithId(
  connection: NatsConnection,
  { first, last }: Pick<StreamState, "first" | "last">,
): Promise<(Message & { readonly item: { readonly id: EntryId } }) | null> {
  const newest = await connection.newest();
  if (newest !== null && hasId(newest)) return newest;
  for (let to = last; to >= first; to -= LOOK) {
    const from = Math.max(first, to - LOOK + 1);
    let found: ReturnType<typeof withId> = null;
    for (let at = from; at <= to;) {
      const chunk = await connection.read(at, to, LOOK);
      found = withId(chunk.messages.findLast(hasId)) ?? found;
      at = chunk.to + 1;
    }
    if (found !== null) return found;
  }
  return null;
}

function hasId(message: Message): message is Message & { readonly item: { readonly id: EntryId } } {
  return message.item.id !== null;
}

function withId(message: Message | undefined): (Message & { readonly item: { readonly id: EntryId } }) | null {
  return message !== undefined && hasId(message) ? message : null;
}
