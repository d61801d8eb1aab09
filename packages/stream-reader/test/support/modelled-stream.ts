import type { Redis } from "ioredis";
import { compareIds, firstIdAt, lastIdAt, MAX_ID, MIN_ID, type EntryId } from "@qsc/contract";
import type { IdRange } from "../../src/index.js";

/** What may happen to a stream. `at` is a position in it, in percent. */
export type Deed =
  | { readonly kind: "add"; readonly count: number }
  | { readonly kind: "exact" | "approximate" | "minid" | "delete"; readonly at: number }
  | { readonly kind: "remake"; readonly how: "del" | "rename"; readonly later: boolean; readonly count: number };

/** A stream on a real Redis, and what happened to each of its entries. */
export class ModelledStream {
  /** Everything ever added to the stream that is now at the key. */
  added: EntryId[] = [];
  deleted = new Set<EntryId>();
  present: EntryId[] = [];
  /** How often another stream replaced it. */
  generation = 0;
  readonly key: string;
  readonly #client: Redis;
  #ms = 0;
  #others = 0;

  constructor(client: Redis, key: string) {
    this.#client = client;
    this.key = key;
  }

  async do(deed: Deed): Promise<void> {
    if (deed.kind === "add") await this.#add(deed.count);
    else if (deed.kind === "remake") await this.#remake(deed);
    else await this.#remove(deed.kind, deed.at);
    this.present = (await this.#client.xrange(this.key, "-", "+")).map(([id]) => id as EntryId);
  }

  /** A time at one of the entries, or between two. */
  time(at: number): number {
    const [first, last] = [this.added[0], this.added.at(-1)].map((id) => Number(id?.split("-")[0] ?? 1));
    return Math.floor((first ?? 1) + (at / 100) * ((last ?? 1) - (first ?? 1) + 15));
  }

  async #remove(kind: "exact" | "approximate" | "minid" | "delete", at: number): Promise<void> {
    const chosen = this.present[Math.floor((at / 100) * this.present.length)];
    if (chosen === undefined) return;
    const length = Math.floor(((100 - at) / 100) * this.present.length);
    if (kind === "exact") await this.#client.xtrim(this.key, "MAXLEN", "=", length);
    else if (kind === "approximate") await this.#client.xtrim(this.key, "MAXLEN", "~", length);
    else if (kind === "minid") await this.#client.xtrim(this.key, "MINID", chosen);
    else {
      await this.#client.xdel(this.key, chosen);
      this.deleted.add(chosen);
    }
  }

  /** Another stream replaces it in one step, with IDs of its own or later ones. */
  async #remake({ how, later, count }: Extract<Deed, { kind: "remake" }>): Promise<void> {
    if (!later) this.#ms = 0;
    const ids = this.#ids(count);
    const step = this.#client.multi();
    if (how === "del") step.del(this.key);
    else step.rename(this.key, `${this.key}:${this.#others++}`);
    for (const id of ids) step.xadd(this.key, id, "n", "x");
    await step.exec();
    this.added = ids;
    this.deleted = new Set();
    this.generation += 1;
  }

  async #add(count: number): Promise<void> {
    const ids = this.#ids(count);
    const pipeline = this.#client.pipeline();
    for (const id of ids) pipeline.xadd(this.key, id, "n", "x");
    await pipeline.exec();
    this.added.push(...ids);
  }

  #ids(count: number): EntryId[] {
    return Array.from({ length: count }, () => firstIdAt((this.#ms += 10)));
  }
}

/** What to read from a stream. */
export interface Reading {
  readonly kind: "whole" | "after" | "count" | "count-after" | "as-of";
  readonly at: number;
  readonly count: number;
}

/** The range and the count that a reading asks for. */
export function asked(
  model: ModelledStream,
  { kind, at, count }: Reading,
): { readonly range: IdRange; readonly count: number | null } {
  const from = kind === "after" || kind === "count-after" ? firstIdAt(model.time(at)) : MIN_ID;
  const to = kind === "as-of" ? lastIdAt(model.time(at)) : MAX_ID;
  return { range: { from, to }, count: kind === "count" || kind === "count-after" ? count : null };
}

export const within = (ids: Iterable<EntryId>, { from, to }: IdRange): EntryId[] =>
  [...ids].filter((id) => compareIds(id, from) >= 0 && compareIds(id, to) <= 0);
