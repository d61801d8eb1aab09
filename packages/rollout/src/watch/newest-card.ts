import type { Intent, Rejection } from "@qsc/contract";
import { TelemetryCard, type CardOptions } from "@qsc/violations";

/** How an entry counts. */
export type Counted =
  | { readonly kind: "new"; readonly read: Intent | Rejection }
  | { readonly kind: "repeated"; readonly read: Intent; readonly agrees: boolean };

/** Consecutive entries, and their card. */
interface Block {
  readonly entries: readonly Counted[];
  readonly card: TelemetryCard;
}

/**
 * The newest entries, and their card. Entries come and go only at the ends. In between, they form blocks whose merged
 * card is kept, so that only the oldest block is counted again for each card of the whole.
 */
export class NewestCard {
  readonly #size: number;
  readonly #options: CardOptions;
  readonly #blockSize: number;
  /** Oldest first; each is full. */
  #blocks: Block[] = [];
  /** Entries of the oldest block that are no longer among the newest. */
  #gone = 0;
  /** The entries after the last block, too few for another one. */
  #open: { readonly entries: Counted[]; readonly card: TelemetryCard };
  /** The card of all blocks but the oldest; null until it is needed. */
  #middle: TelemetryCard | null = null;
  #count = 0;

  /** @param size the number of newest entries, at least 1 */
  constructor(size: number, options: CardOptions) {
    this.#size = size;
    this.#options = options;
    // Balances the entries to count again against the blocks to merge.
    this.#blockSize = Math.ceil(Math.sqrt(size));
    this.#open = { entries: [], card: new TelemetryCard(options) };
  }

  /** Adds an entry. @returns the one that is no longer among the newest; null while there is room */
  add(counted: Counted): Counted | null {
    const { entries, card } = this.#open;
    entries.push(counted);
    addTo(card, counted);
    if (entries.length === this.#blockSize) this.#close();
    if (this.#count === this.#size) return this.#forget();
    this.#count += 1;
    return null;
  }

  /**
   * The card of the newest entries in their order: identical, to the last bit, to a card that they are added to one by
   * one.
   */
  card(): TelemetryCard {
    const [oldest, ...others] = this.#blocks;
    const card = this.#cardOf(oldest?.entries.slice(this.#gone) ?? []);
    this.#middle ??= this.#merged(others);
    card.merge(this.#middle);
    card.merge(this.#open.card);
    return card.isExact ? card : this.#anew();
  }

  #close(): void {
    this.#blocks.push(this.#open);
    this.#open = { entries: [], card: new TelemetryCard(this.#options) };
    this.#middle = null;
  }

  /** Drops the oldest entry, which is no longer among the newest. */
  #forget(): Counted | null {
    const gone = this.#blocks[0]?.entries[this.#gone] ?? null;
    this.#gone += 1;
    if (this.#gone < this.#blockSize) return gone;
    this.#blocks.shift();
    this.#gone = 0;
    this.#middle = null;
    return gone;
  }

  #merged(blocks: readonly Block[]): TelemetryCard {
    const whole = this.#cardOf([]);
    for (const { card } of blocks) whole.merge(card);
    return whole;
  }

  #anew(): TelemetryCard {
    return this.#cardOf([...this.#blocks, this.#open].flatMap(({ entries }) => entries).slice(this.#gone));
  }

  #cardOf(entries: readonly Counted[]): TelemetryCard {
    const card = new TelemetryCard(this.#options);
    for (const counted of entries) addTo(card, counted);
    return card;
  }
}

function addTo(card: TelemetryCard, counted: Counted): void {
  if (counted.kind === "repeated") card.addDuplicate(counted.read, counted.agrees);
  else if (counted.read.kind === "rejected") card.reject(counted.read);
  else card.add(counted.read);
}
