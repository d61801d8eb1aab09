import { type EntryId, type ShardMark, type StreamMark } from "@qsc/contract";
import { isOver, pause } from "../ports/pause.js";
import type { SourceItem } from "../ports/source.js";
import type { ShardFollowOptions } from "../ports/shard.js";
import type { Shard } from "./shard.js";
import { ownId } from "./shard-id.js";

/** A shard waits for its items to be passed on before it holds more than these and a page. */
const MOST_HELD = 250;

/** A page that has arrived, and the shard's mark then. */
interface Arrived {
  readonly items: readonly SourceItem[];
  readonly atMs: number;
  readonly mark: StreamMark | null;
  next: number;
}

/** One shard while all are followed: what has arrived and is not yet passed on. */
export class FollowedShard {
  readonly shard: Shard;
  readonly #news: () => void;
  #arrived: Arrived[] = [];
  #held = 0;
  /** Everything that was there at this time has arrived. */
  #readMs = -Infinity;
  /** A round is wanted that begins after this. */
  #wantedMs = -Infinity;
  #wake: (() => void) | null = null;
  #hasRoom: (() => void) | null = null;
  #received = 0;
  #given = 0;
  /** How many items had arrived when the first round ended; null before. */
  #atStart: number | null = null;
  #position: ShardMark;

  /** @param news is called when something has arrived, or is known to have not */
  constructor(shard: Shard, position: ShardMark, news: () => void) {
    this.shard = shard;
    this.#position = position;
    this.#news = news;
  }

  /** How far it has been passed on. */
  get position(): ShardMark {
    return this.#position;
  }

  /** Whether everything that was there at the start has been passed on. */
  get isCaughtUp(): boolean {
    return this.#atStart !== null && this.#given >= this.#atStart;
  }

  /** The next item and when it arrived; null if none has. */
  get head(): { readonly item: SourceItem; readonly atMs: number } | null {
    const [first] = this.#arrived;
    const item = first?.items[first.next];
    return first === undefined || item === undefined ? null : { item, atMs: first.atMs };
  }

  /** Whether an earlier entry than its head, or any if it has none, may have been written before this time. */
  mayHaveMore(beforeMs: number): boolean {
    return this.#arrived.length === 0 && this.#readMs < beforeMs;
  }

  /** Asks for a round that begins after this time. */
  want(afterMs: number): void {
    if (afterMs <= this.#wantedMs) return;
    this.#wantedMs = afterMs;
    this.#wake?.();
  }

  /** Takes the head. */
  take(): void {
    const [first] = this.#arrived;
    if (first === undefined) return;
    const id = first.items[first.next]?.id ?? null;
    first.next += 1;
    this.#held -= 1;
    this.#given += 1;
    const isWhole = first.next >= first.items.length;
    if (id !== null) this.#pass(ownId(id), first.mark, isWhole);
    if (isWhole) this.#arrived.shift();
    if (this.#held <= MOST_HELD) this.#hasRoom?.();
  }

  /** Reads until the signal. @throws QscError if it cannot be read, and waiting will not help */
  async read(options: Pick<ShardFollowOptions, "signal" | "onOutage"> & { readonly restMs: number }): Promise<void> {
    const { source } = this.shard;
    const { signal, restMs } = options;
    const { id, mark } = this.#position;
    const pages = source.follow(id as EntryId, {
      ...options,
      ...(mark === null ? {} : { resumes: true, mark }),
      onRead: (askedMs) => {
        this.#readMs = askedMs;
        this.#atStart ??= this.#received;
        this.#news();
      },
      // Only a healthy shard is asked early: one that fails is left alone for its whole pause.
      rest: (ms, end) => (ms > restMs ? pause(ms, end) : this.#rest(ms, end)),
    });
    for await (const page of pages) {
      const items = this.shard.merged(page);
      this.#arrived.push({ items, atMs: performance.now(), mark: source.mark(), next: 0 });
      this.#held += items.length;
      this.#received += items.length;
      this.#news();
      if (this.#held > MOST_HELD) await this.#room(signal);
    }
  }

  /** The mark of a page is that of its last entry: for one before it, only what never goes back holds. */
  #pass(id: EntryId, mark: StreamMark | null, isWhole: boolean): void {
    const own = mark === null ? null : isWhole && mark.id === id ? mark : { ...mark, id, added: null };
    this.#position = { stream: this.shard.stream, id, mark: own };
  }

  async #rest(ms: number, end: AbortSignal): Promise<void> {
    if (this.#wantedMs > this.#readMs) return;
    await this.#until(end, (wake) => {
      this.#wake = wake;
      return ms;
    });
    this.#wake = null;
  }

  async #room(end: AbortSignal): Promise<void> {
    await this.#until(end, (wake) => {
      this.#hasRoom = wake;
      return null;
    });
    this.#hasRoom = null;
  }

  /** Waits until it is woken, for as long as `begin` says, or until the signal. */
  async #until(end: AbortSignal, begin: (wake: () => void) => number | null): Promise<void> {
    if (isOver(end)) return;
    const woken = new AbortController();
    const wake = (): void => {
      woken.abort();
    };
    end.addEventListener("abort", wake);
    try {
      const ms = begin(wake);
      if (ms === null) await new Promise<void>((resolve) => woken.signal.addEventListener("abort", () => resolve()));
      else await pause(ms, woken.signal);
    } finally {
      end.removeEventListener("abort", wake);
    }
  }
}
