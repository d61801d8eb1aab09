import { compareIds, MIN_ID, type EntryId } from "@qsc/contract";
import { UnplacedFilter } from "../../event-log/read/unplaced.js";
import { PageSize } from "../../ports/page-size.js";
import { isWithin } from "../../ports/paging.js";
import type { IdRange, SourceItem } from "../../ports/source.js";
import type { NatsConnection } from "../connection.js";
import type { Message } from "../message.js";
import type { StreamState } from "../stream-state.js";
import type { Sequences } from "./find.js";
import type { Losses } from "./losses.js";
import { outOfOrder, Rising } from "./rising.js";

/** What to read, and where losses are noted. */
export interface Reading {
  readonly connection: NatsConnection;
  readonly sequences: Sequences;
  /** Items outside it are left out, and so are losses. */
  readonly range: IdRange;
  /** The stream when reading began. */
  readonly start: StreamState;
  readonly losses: Losses;
}

/** Items, and how far the stream had been read when they were complete. */
export interface ReadPage {
  readonly items: readonly SourceItem[];
  /** The newest item with an ID; null if there is none. */
  readonly entry: { readonly id: EntryId; readonly sequence: number } | null;
  /** The last message; null if none was found yet. */
  readonly last: Message | null;
  /** The newest ID so far. */
  readonly newest: EntryId | null;
}

/**
 * Everything between two sequence numbers, oldest first. Every number in between is an item, or a loss.
 * @param newest the newest ID before the first message; null if it is unknown
 * @param isWhole whether each page has all that was read. Otherwise a place without an ID at its end waits for the next
 * entry, which may show that it is outside the range.
 */
export async function* readForward(
  { connection, sequences, range, start, losses }: Reading,
  newest: EntryId | null,
  isWhole: boolean,
): AsyncGenerator<ReadPage> {
  const rising = new Rising(newest);
  const size = new PageSize(start.meanBytes);
  const unplaced = new UnplacedFilter(range);
  let expected = sequences.from;
  let last: Message | null = null;
  for (let at = sequences.from; at <= sequences.to;) {
    const { messages, to } = await connection.read(at, sequences.to, size.count);
    const items: SourceItem[] = [];
    let entry: ReadPage["entry"] = null;
    for (const message of messages) {
      const previous = rising.newest;
      const item = rising.check(message.item);
      if (message.sequence > expected) {
        const run = { from: expected, to: message.sequence - 1, previous, next: item.id, below: last, above: message };
        losses.missing(run, range, await firstOf(connection));
      }
      if (item.id === null) items.push(...unplaced.hold(item));
      else {
        items.push(...unplaced.meet(item.id));
        if (isWithin(item, range)) {
          items.push(item);
          entry = { id: item.id, sequence: message.sequence };
        }
      }
      expected = message.sequence + 1;
      last = message;
    }
    size.learn(Math.max(1, ...messages.map(({ bytes }) => bytes)));
    at = to + 1;
    if (isWhole || at > sequences.to) items.push(...unplaced.meet(null));
    yield { items, entry, last, newest: rising.newest };
  }
  if (expected <= sequences.to) {
    const run = { from: expected, to: sequences.to, previous: rising.newest, next: null, below: last, above: null };
    losses.missing(run, range, await firstOf(connection));
  }
}

/**
 * The items of a range for a caller, at most `limit`.
 * @param before the newest ID before the first message; null if it is unknown
 */
export async function* readOldestFirst(
  reading: Reading,
  limit: number,
  before: EntryId | null = null,
): AsyncGenerator<readonly SourceItem[]> {
  let given = 0;
  await noteBefore(reading);
  for await (const { items } of readForward(reading, before, false)) {
    const page = items.slice(0, limit - given);
    given += page.length;
    if (page.length > 0) yield page;
    if (given >= limit) return;
  }
}

/** Notes that the range begins before what is left of the stream. */
async function noteBefore({ connection, sequences, range, start, losses }: Reading): Promise<void> {
  if (range.from === MIN_ID || start.first <= 1 || sequences.from > start.first) return;
  const message = start.messages === 0 ? null : await connection.next(start.first);
  losses.before(range, start.first, message);
}

/**
 * The same, newest first. With a limit that is reached, the range begins at the last item
 * given; with any limit, an open range begins at the oldest message that is there.
 */
export async function* readBackward(reading: Reading, limit: number): AsyncGenerator<readonly SourceItem[]> {
  const { connection, sequences, range, start, losses } = reading;
  const size = new PageSize(start.meanBytes);
  let above: Message | null = null;
  let expected = sequences.to;
  let nearest: EntryId | null = null;
  let given = 0;
  for (let to = sequences.to; to >= sequences.from;) {
    const from = Math.max(sequences.from, to - size.count + 1);
    const messages = await allBetween(connection, from, to);
    const items = checkedItems(messages, nearest, range);
    for (const message of messages.toReversed()) {
      if (message.sequence < expected) {
        const ids = { previous: message.item.id, next: idOf(above) };
        const run = { from: message.sequence + 1, to: expected, ...ids, below: message, above };
        losses.missing(run, range, await firstOf(connection));
      }
      above = message;
      expected = message.sequence - 1;
    }
    nearest = messages.find(({ item }) => item.id !== null)?.item.id ?? nearest;
    size.learn(Math.max(1, ...messages.map(({ bytes }) => bytes)));
    to = from - 1;
    const page = items.reverse().slice(0, limit - given);
    given += page.length;
    if (page.length > 0) yield page;
    if (given >= limit) return;
  }
  await noteBefore(reading);
  const isOpen = limit !== Infinity && range.from === MIN_ID;
  if (expected >= sequences.from && !isOpen) {
    const run = { from: sequences.from, to: expected, previous: null, next: idOf(above), below: null, above };
    losses.missing(run, range, await firstOf(connection));
  }
}

function idOf(message: Message | null): EntryId | null {
  return message?.item.id ?? null;
}

async function allBetween(connection: NatsConnection, from: number, to: number): Promise<readonly Message[]> {
  const all: Message[] = [];
  for (let at = from; at <= to;) {
    const chunk = await connection.read(at, to, to - at + 1);
    all.push(...chunk.messages);
    at = chunk.to + 1;
  }
  return all;
}

/** The items of messages within a range, oldest first. @param next the ID of the entry after them; null if unknown */
function checkedItems(messages: readonly Message[], next: EntryId | null, range: IdRange): SourceItem[] {
  const rising = new Rising(null);
  const unplaced = new UnplacedFilter(range);
  const items: SourceItem[] = [];
  for (const message of messages) {
    const inOrder = rising.check(message.item);
    const isLater = inOrder.id !== null && next !== null && compareIds(inOrder.id, next) >= 0;
    const item = isLater ? outOfOrder(inOrder, `not earlier than ${next}, of a message after it`) : inOrder;
    if (item.id === null) items.push(...unplaced.hold(item));
    else {
      items.push(...unplaced.meet(item.id));
      if (isWithin(item, range)) items.push(item);
    }
  }
  items.push(...unplaced.meet(next));
  return items;
}

async function firstOf(connection: NatsConnection): Promise<number | null> {
  return (await connection.info())?.first ?? null;
}
