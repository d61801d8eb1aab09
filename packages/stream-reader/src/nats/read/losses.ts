import { MIN_ID, type EntryId } from "@qsc/contract";
import type { Gap, IdRange } from "../../ports/source.js";
import type { Message } from "../message.js";
import { vouchesAfter, vouchesBefore } from "./find.js";

/** Messages that are missing: sequence numbers that the stream has given, and the entries beside them. */
export interface Run {
  readonly from: number;
  readonly to: number;
  /** The ID of the entry before, and of the one after; null if it is unknown. */
  readonly previous: EntryId | null;
  readonly next: EntryId | null;
  /** The messages beside them; null if there is none. */
  readonly below: Message | null;
  readonly above: Message | null;
}

/** What one stream has lost, over many reads and connections. */
export class Losses {
  readonly #stream: string;
  readonly #gaps = new Map<string, Gap>();

  constructor(stream: string) {
    this.#stream = stream;
  }

  get gaps(): readonly Gap[] {
    return [...this.#gaps.values()];
  }

  note(kind: Gap["kind"], what: string): void {
    this.#gaps.set(what, { kind, detail: `The stream '${this.#stream}': ${what}.` });
  }

  /**
   * Notes missing messages, unless the messages beside them show, by ID and time, that they were outside the range.
   * @param first the first message of the stream now; null if that is unknown
   */
  missing({ from, to, previous, next, below, above }: Run, range: IdRange, first: number | null): void {
    const isOutside =
      (above !== null && vouchesBefore(above, range.from)) || (below !== null && vouchesAfter(below, range.to));
    if (isOutside) return;
    const which = from === to ? `message ${from} is` : `messages ${from} to ${to} are`;
    const where = `between ${previous ?? "the beginning"} and ${next ?? "the end"} of what was read`;
    if (first !== null && to < first)
      this.note("trimmed", `${which} missing, ${where}: its limits or a purge removed everything before ${first}`);
    else this.note("deleted", `${which} missing, ${where}: deleted, purged, or removed by its limits`);
  }

  /**
   * Notes that a range begins before everything that is left of a stream from which something was removed.
   * @param first the sequence number of the first message now
   * @param oldest that message; null if there is none
   */
  before(range: IdRange, first: number, oldest: Message | null): void {
    if (range.from === MIN_ID || first <= 1 || (oldest !== null && vouchesBefore(oldest, range.from))) return;
    const found = oldest?.item.id ?? null;
    this.note(
      "trimmed",
      `entries at or after ${range.from} may have been removed before they were read: its first message is ${first} now, with ${found === null ? "no readable ID" : `the ID ${found}`}; judge the newest N (--count), or a later --after`,
    );
  }

  recreated(why: string): void {
    this.note("recreated", why);
  }
}
