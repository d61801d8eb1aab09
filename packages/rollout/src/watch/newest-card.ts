import type { Intent, Rejection } from "@qsc/contract";
import { TelemetryCard, type CardOptions } from "@qsc/violations";

/** How an entry counts. */
export type Counted =
  | { readonly kind: "new"; readonly read: Intent | Rejection }
  | { readonly kind: "repeated"; readonly read: Intent; readonly agrees: boolean };

/** Entries in a row, and the card that they make. */
interface Block {
  readonly entries: readonly Counted[];
  readonly card: TelemetryCard;
}

/**
 * The newest entries, and the card that they make. Entries come and go at the ends: what lies between, in blocks, makes a card
 * that is kept, so that only the oldest block is counted anew for each card of the whole.
 */
export class NewestCard {
  readonly #size: number;
  readonly #options: CardOptions;
  readonly #blockSize: number;
  /** Oldest first; each is full. */
  #blocks: Block[] = [];
  /** Entries of the oldest block that are no longer among the newest. */
  #gone = 0;
  /** What follows the blocks, and is none yet. */
  #open: { readonly entries: Counted[]; readonly card: TelemetryCard };
  /** The card of all blocks but the oldest; null until it is asked for. */
  #middle: TelemetryCard | null = null;
  #count = 0;

  /** @param size how many entries are the newest, from 1 on */
  constructor(size: number, options: CardOptions) {
    this.#size = size;
    this.#options = options;
    // As many entries are counted anew as there are blocks to make a card of.
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

  /** The card that the newest entries make in their order: to the last bit the one of a card that they are added to. */
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

  /** The oldest entry is no longer among the newest. */
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
