import { compareIds, idTime, MAX_ID, MIN_ID, nextId, type EntryId } from "@qsc/contract";
import { PageSize } from "../../ports/page-size.js";
import type { IdRange } from "../../ports/source.js";
import type { NatsConnection } from "../connection.js";
import { millisOf, type Message } from "../message.js";
import type { StreamState } from "../stream-state.js";

/**
 * An ID is what a publisher says; the time of storing is what the server says. A message is outside a range only if
 * both say so, and the time by more than this: clocks differ, and a message takes its time.
 */
const MARGIN_MS = 10_000;

/** Sequence numbers, with both ends. There is none if the first is after the last. */
export interface Sequences {
  readonly from: number;
  readonly to: number;
}

/**
 * The sequence numbers in which the entries of a range are, perhaps with some beside them: all between the last message
 * that comes before the range and the first that comes after it, so that none is missing unseen.
 */
export async function sequencesOf(
  connection: NatsConnection,
  state: StreamState,
  { from, to }: IdRange,
): Promise<Sequences> {
  return {
    from: from === MIN_ID ? state.first : await firstThatIsNot(connection, state, (message) => isBefore(message, from)),
    to: to === MAX_ID ? state.last : await lastUpTo(connection, state, to),
  };
}

async function lastUpTo(connection: NatsConnection, state: StreamState, to: EntryId): Promise<number> {
  const beyond = await firstThatIsNot(connection, state, (message) => !isAfter(message, to));
  const after = beyond > state.last ? null : await connection.next(beyond);
  return after === null ? state.last : Math.min(state.last, after.sequence - 1);
}

/** The sequence number from which on later entries than this one may be. */
export function firstAfter(connection: NatsConnection, state: StreamState, id: EntryId): Promise<number> {
  const from = id === MAX_ID ? MAX_ID : nextId(id);
  return firstThatIsNot(connection, state, (message) => isBefore(message, from));
}

/** The messages in the order of the stream, from the first on that may have this ID or a later one. */
export async function* messagesFrom(
  connection: NatsConnection,
  state: StreamState,
  id: EntryId,
): AsyncGenerator<Message> {
  const size = new PageSize(state.meanBytes);
  for (let at = await firstThatIsNot(connection, state, (message) => isBefore(message, id)); at <= state.last;) {
    const { messages, to } = await connection.read(at, state.last, size.count);
    yield* messages;
    size.learn(Math.max(1, ...messages.map(({ bytes }) => bytes)));
    at = to + 1;
  }
}

function isBefore({ item, nanos }: Message, id: EntryId): boolean {
  return millisOf(nanos) < idTime(id) - MARGIN_MS && (item.id === null || compareIds(item.id, id) < 0);
}

function isAfter({ item, nanos }: Message, id: EntryId): boolean {
  return millisOf(nanos) > idTime(id) + MARGIN_MS && (item.id === null || compareIds(item.id, id) > 0);
}

/** Whether a message shows that everything before it was outside a range that begins at this ID: its ID and its time say so. */
export function vouchesBefore({ item, nanos }: Message, from: EntryId): boolean {
  return item.id !== null && compareIds(item.id, from) <= 0 && millisOf(nanos) < idTime(from) - MARGIN_MS;
}

/** Whether a message shows that everything after it was outside a range that ends at this ID. */
export function vouchesAfter({ item, nanos }: Message, to: EntryId): boolean {
  return item.id !== null && compareIds(item.id, to) >= 0 && millisOf(nanos) > idTime(to) + MARGIN_MS;
}

/** By bisection: the sequence number after the last message of those at the beginning that are so. */
async function firstThatIsNot(
  connection: NatsConnection,
  { first, last }: StreamState,
  isSo: (message: Message) => boolean,
): Promise<number> {
  let [low, high] = [first, last + 1];
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const message = await connection.next(middle);
    if (message !== null && message.sequence <= last && isSo(message)) low = message.sequence + 1;
    else high = middle;
  }
  return low;
}
