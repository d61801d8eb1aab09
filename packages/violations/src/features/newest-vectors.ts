import { compareIds, type EntryId, type FeatureVector } from "@qsc/contract";

/** The vectors of one event as texts that include the model's name; `model` null: the shared vector. */
interface EventVectors {
  readonly id: EntryId;
  readonly vectors: readonly { readonly model: string | null; readonly text: string }[];
}

/** The vectors of a number of newest events by ID, in whatever order they come, and how far they repeat each other. */
export class NewestVectors {
  readonly #most: number;
  readonly #valueText: (value: number) => string;
  readonly #events: EventVectors[] = [];

  /** @param valueText values with the same text count as the same */
  constructor(most: number, valueText: (value: number) => string) {
    this.#most = most;
    this.#valueText = valueText;
  }

  add(id: EntryId, vectors: readonly FeatureVector[]): void {
    this.#remember({ id, vectors: vectors.map((vector) => ({ model: vector.model, text: this.#textOf(vector) })) });
  }

  merge(other: NewestVectors): void {
    for (const event of other.#events) this.#remember(event);
  }

  /**
   * The largest share of the events in which one model's vector (null: the shared one) is the same, and the model; null
   * with fewer events than are kept.
   */
  repeated(): { readonly share: number; readonly model: string | null } | null {
    if (this.#events.length < this.#most) return null;
    const counts = new Map<string, { readonly model: string | null; count: number }>();
    let most = { model: null as string | null, count: 0 };
    for (const { model, text } of this.#events.flatMap(({ vectors }) => vectors)) {
      const counted = counts.get(text) ?? { model, count: 0 };
      counted.count += 1;
      counts.set(text, counted);
      if (counted.count > most.count) most = counted;
    }
    return { share: most.count / this.#events.length, model: most.model };
  }

  #remember(event: EventVectors): void {
    let at = this.#events.length;
    while (at > 0 && isAfter(this.#events[at - 1], event)) at -= 1;
    this.#events.splice(at, 0, event);
    if (this.#events.length > this.#most) this.#events.shift();
  }

  #textOf({ model, values }: FeatureVector): string {
    const parts = [...values]
      .map(([name, value]) => `${name}=${typeof value === "number" ? this.#valueText(value) : value.invalid}`)
      .sort();
    return `${model ?? ""}:${parts.join(",")}`;
  }
}

function isAfter(item: EventVectors | undefined, event: EventVectors): boolean {
  if (item === undefined) return false;
  const order = compareIds(item.id, event.id);
  return order > 0 || (order === 0 && wholeOf(item) > wholeOf(event));
}

function wholeOf({ vectors }: EventVectors): string {
  return vectors.map(({ text }) => text).join("|");
}
