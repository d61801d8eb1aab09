import { compareIds, idTime, MIN_ID, QscError, type EntryId, type ShardMark, type ShardsMark } from "@qsc/contract";
import { isOver } from "../ports/pause.js";
import type { FollowOptions, SourceItem } from "../ports/source.js";
import { FollowedShard } from "./followed-shard.js";
import type { Shard } from "./shard.js";

const PAGE_ITEMS = 500;
const POLL_MS = 100;

/**
 * Follows several shards as one stream. Each is followed by itself. An entry is given when each other shard has a later
 * one, or has been read up to a moment after this entry arrived: so what was written before it, anywhere, is given before
 * it. As long as one shard cannot be read, nothing that may come after it is given.
 */
export class MergedFollower {
  readonly #shards: readonly FollowedShard[];
  #newest: EntryId;
  #hasGiven = false;
  #ring: (() => void) | null = null;
  #hasNews = false;

  /** @param positions where each shard begins; a mark there means that it was read up to there */
  constructor(shards: readonly Shard[], positions: readonly ShardMark[], after: EntryId) {
    this.#newest = after;
    const news = (): void => {
      this.#tell();
    };
    this.#shards = shards.map((shard, at) => {
      const position = positions[at] ?? { stream: shard.stream, id: MIN_ID, mark: null };
      return new FollowedShard(shard, position, news);
    });
  }

  /** How far each shard has been given; null before the first page. */
  mark(): ShardsMark | null {
    if (!this.#hasGiven) return null;
    return { kind: "shards", id: this.#newest, shards: this.#shards.map(({ position }) => position) };
  }

  async *pages({ signal, onOutage, restMs = POLL_MS, ...more }: FollowOptions): AsyncGenerator<readonly SourceItem[]> {
    const end = new AbortController();
    const stop = (): void => {
      end.abort();
    };
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    const failures: QscError[] = [];
    const reading = this.#read({ signal: end.signal, restMs, outages: new Outages(onOutage), failures });
    let { onCaughtUp } = more;
    try {
      while (!isOver(end.signal)) {
        this.#hasNews = false;
        const page = this.#next();
        if (page.length > 0) yield page;
        else {
          const [failure] = failures;
          if (failure !== undefined) throw failure;
          if (this.#shards.every(({ isCaughtUp }) => isCaughtUp)) {
            onCaughtUp?.();
            onCaughtUp = undefined;
          }
          await this.#news(end.signal);
        }
      }
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
      await reading;
    }
  }

  /** Reads all shards until the signal. Never rejects. */
  async #read({
    signal,
    restMs,
    outages,
    failures,
  }: {
    readonly signal: AbortSignal;
    readonly restMs: number;
    readonly outages: Outages;
    /** What waiting does not help against. */
    readonly failures: QscError[];
  }): Promise<void> {
    const read = async (followed: FollowedShard): Promise<void> => {
      const { shard } = followed;
      const onOutage = (error: Error | null): void => {
        outages.set(shard, error);
      };
      try {
        await followed.read({ signal, restMs, onOutage });
        if (isOver(signal)) return;
        failures.push(shard.named(new QscError("source_unreachable", "It stopped giving entries; open it again.")));
      } catch (thrown) {
        if (!isOver(signal)) failures.push(shard.named(thrown));
      }
      this.#tell();
    };
    await Promise.all(this.#shards.map(read));
  }

  #tell(): void {
    this.#hasNews = true;
    this.#ring?.();
  }

  /** What can be given now, in the order of IDs. */
  #next(): readonly SourceItem[] {
    const page: SourceItem[] = [];
    while (page.length < PAGE_ITEMS) {
      const first = this.#first();
      const head = first?.head ?? null;
      if (first === null || head === null) break;
      const open = this.#shards.filter((other) => other !== first && other.mayHaveMore(head.atMs));
      for (const other of open) other.want(head.atMs);
      if (open.length > 0) break;
      first.take();
      page.push(head.item);
      if (head.item.id !== null) this.#give(first.shard, head.item.id);
    }
    return page;
  }

  #first(): FollowedShard | null {
    let first: FollowedShard | null = null;
    let least: EntryId | null = null;
    for (const shard of this.#shards) {
      const id = shard.head?.item.id ?? null;
      if (id === null || (least !== null && compareIds(id, least) > 0)) continue;
      [first, least] = [shard, id];
    }
    return first;
  }

  #give(shard: Shard, id: EntryId): void {
    if (compareIds(id, this.#newest) < 0) shard.isLate(idTime(this.#newest) - idTime(id));
    else this.#newest = id;
    this.#hasGiven = true;
  }

  /** Waits until something may have changed, or the signal. */
  async #news(end: AbortSignal): Promise<void> {
    if (this.#hasNews || isOver(end)) return;
    await new Promise<void>((resolve) => {
      const ring = (): void => {
        end.removeEventListener("abort", ring);
        this.#ring = null;
        resolve();
      };
      this.#ring = ring;
      end.addEventListener("abort", ring);
    });
  }
}

/** Tells that the source cannot be read as long as one of its shards cannot. */
class Outages {
  readonly #tell: FollowOptions["onOutage"];
  readonly #errors = new Map<Shard, QscError>();
  #told: QscError | null = null;

  constructor(tell: FollowOptions["onOutage"]) {
    this.#tell = tell;
  }

  set(shard: Shard, error: Error | null): void {
    if (error === null) this.#errors.delete(shard);
    else this.#errors.set(shard, shard.named(error));
    const [first = null] = this.#errors.values();
    if (first?.message === this.#told?.message) return;
    this.#told = first;
    this.#tell?.(first);
  }
}
