import {
  asQscError,
  describeDuration,
  MAX_ID,
  nextId,
  QscError,
  type EntryId,
  type JetStreamMark,
  type SourceMark,
} from "@qsc/contract";
import { Outage } from "../../ports/outage.js";
import { isPermanent } from "../../ports/permanent.js";
import { abortable, isLate, isOver, orAbort, pause } from "../../ports/pause.js";
import type { FollowOptions, SourceItem } from "../../ports/source.js";
import type { NatsConnection } from "../connection.js";
import type { Message } from "../message.js";
import type { StreamState } from "../stream-state.js";
import { firstAfter } from "./find.js";
import type { Losses } from "./losses.js";
import { readForward } from "./read-sequences.js";
import { placeOf, type Place } from "./resume.js";
import type { Session } from "./session.js";

const POLL_MS = 100;
const LONGEST_BACKOFF_MS = 5000;

/** What a follower needs from its source. */
export interface Followed {
  readonly session: Session;
  readonly losses: Losses;
  /** How long an answer may take before that counts as an outage. The answer is still awaited. */
  readonly patienceMs: number;
  readonly after: EntryId;
  /** Where an earlier follower of the same source came to: who goes on from there finds the place at once. */
  readonly known: JetStreamMark | null;
}

/**
 * Follows a stream by asking for its last sequence number, and reading what came. The place moves only past pages that
 * were given out: neither a lost connection nor another stream makes it repeat an entry.
 */
export class StreamFollower {
  readonly #session: Session;
  readonly #losses: Losses;
  readonly #patienceMs: number;
  /** The last entry given, or the ID after which following began. */
  #cursor: EntryId;
  /** The place in the stream; null before the first look. */
  #place: Place | null = null;
  /** The last entry that was given, and where; null before. */
  #given: JetStreamMark | null = null;

  /** Where an earlier follower of the same source came to; null if there was none. */
  readonly known: JetStreamMark | null;

  constructor({ session, losses, patienceMs, after, known }: Followed) {
    this.#session = session;
    this.#losses = losses;
    this.#patienceMs = patienceMs;
    this.#cursor = after;
    this.known = known;
  }

  mark(): JetStreamMark | null {
    return this.#given;
  }

  async *pages(options: FollowOptions): AsyncGenerator<readonly SourceItem[]> {
    const { signal, resumes = false, mark = null, restMs = POLL_MS } = options;
    const from = resumes ? { mark } : this.known?.id === this.#cursor ? { mark: this.known } : null;
    const outage = new Outage(options);
    let onCaughtUp = options.onCaughtUp;
    let wait = restMs;
    while (!signal.aborted) {
      try {
        const { connection, state } = await this.#look(outage, signal);
        if (state === null) throw this.#session.missing();
        outage.ends();
        wait = restMs;
        const place = await orAbort(this.#current(connection, state, from), signal);
        this.#place = place;
        yield* this.#round(connection, state, place, signal);
        if (isOver(signal)) return;
        onCaughtUp?.();
        onCaughtUp = undefined;
      } catch (thrown) {
        if (isOver(signal)) return;
        const error = asQscError(thrown);
        if (isPermanent(error)) throw error;
        if (error.code !== "source_missing") this.#session.disconnect();
        outage.begins(error);
        wait = Math.min(wait * 2, LONGEST_BACKOFF_MS);
      }
      await pause(wait, signal);
    }
  }

  /** A slow answer counts as an outage before it arrives, so that the follower's caller learns of it in time. */
  async #look(outage: Outage, signal: AbortSignal): ReturnType<Session["look"]> {
    const looking = this.#session.look();
    if (await isLate(looking, this.#patienceMs, signal)) {
      outage.begins(
        new QscError(
          "source_timeout",
          `${this.#session.label} has not answered for ${describeDuration(this.#patienceMs)}; still waiting for it. Check whether it hangs, and the network.`,
        ),
      );
    }
    return orAbort(looking, signal);
  }

  /** Where to read on. After the stream was replaced or set back, after the last entry that was given. */
  async #current(
    connection: NatsConnection,
    state: StreamState,
    resumed: { readonly mark: SourceMark | null } | null,
  ): Promise<Place> {
    const place = this.#place;
    if (place === null) return placeOf(connection, state, this.#cursor, resumed, this.#losses);
    const why = await whyAnother(connection, state, place);
    if (why === null) return place;
    this.#losses.recreated(`${why}; reading goes on after ${this.#cursor}, and earlier IDs are never given`);
    const next = await firstAfter(connection, state, this.#cursor);
    return { created: state.created, next, last: null, newest: null };
  }

  /** Reads everything the stream had when the round began. */
  async *#round(
    connection: NatsConnection,
    start: StreamState,
    place: Place,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SourceItem[]> {
    if (start.last < place.next) return;
    const { created } = start;
    const range = { from: this.#cursor === MAX_ID ? MAX_ID : nextId(this.#cursor), to: MAX_ID };
    const sequences = { from: place.next, to: start.last };
    const reading = { connection, sequences, range, start, losses: this.#losses };
    for await (const page of abortable(readForward(reading, place.newest, true), signal)) {
      const { items, entry, last, newest } = page;
      this.#place = { created, next: last === null ? place.next : last.sequence + 1, last: last ?? place.last, newest };
      if (entry !== null) {
        this.#cursor = entry.id;
        this.#given = { kind: "jetstream", created, ...entry };
      }
      if (items.length > 0) yield items;
      if (signal.aborted) return;
    }
    this.#place = { ...(this.#place ?? place), next: start.last + 1 };
  }
}

/** How a stream shows that it is not the one in which a place was; null if nothing does. */
async function whyAnother(connection: NatsConnection, state: StreamState, place: Place): Promise<string | null> {
  const lost = "it lost its newest messages, or was replaced by another";
  if (state.created !== place.created) return "it was deleted, and replaced by another of the same name";
  if (state.last < place.next - 1)
    return `its last message is ${state.last}, and ${place.next - 1} had been there: ${lost}`;
  const { last } = place;
  // Only a stream that has grown can hide that it was set back.
  if (last === null || state.last < place.next) return null;
  const there = await connection.next(last.sequence);
  return there?.sequence !== last.sequence || isSame(there, last)
    ? null
    : `message ${last.sequence} is another one than was read: ${lost}`;
}

function isSame(one: Message, other: Message): boolean {
  return one.nanos === other.nanos && one.item.id === other.item.id;
}
