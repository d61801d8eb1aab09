/**
 * Exact counts of the last `window` labels, and the count of the most frequent one. A step takes O(1), and allocates
 * nothing as long as no new label appears. Memory is bounded by the window, however many different labels pass
 * through.
 */
export class LabelWindow {
  readonly #window: number;
  /** A number for each label, including recent ones that have left the window. */
  #numbers = new Map<string, number>();
  #labels: string[] = [];
  readonly #ring: Int32Array;
  /** How often each label is in the window, by its number. */
  readonly #counts: Int32Array;
  /** How many labels have each count. */
  readonly #having: Int32Array;
  #next = 0;
  #n = 0;
  #most = 0;

  /** @param window a whole number from 1 */
  constructor(window: number) {
    this.#window = window;
    this.#ring = new Int32Array(window);
    this.#counts = new Int32Array(2 * window + 1);
    this.#having = new Int32Array(window + 1);
  }

  /** Labels in the window now. */
  get n(): number {
    return this.#n;
  }

  /** The count of the most frequent label. */
  get most(): number {
    return this.#most;
  }

  /** The most frequent label (the smallest in code-unit order among equals); null while there is none. */
  mostFrequent(): string | null {
    const found = this.#labels.filter((_, number) => this.#most > 0 && this.#counts[number] === this.#most);
    return found.reduce<string | null>((least, label) => (least === null || label < least ? label : least), null);
  }

  /** Adds one label; a full window drops the oldest. */
  add(label: string): void {
    const number = this.#numbers.get(label) ?? this.#number(label);
    if (this.#n === this.#window) this.#leave(this.#ring[this.#next] ?? 0);
    else this.#n += 1;
    this.#ring[this.#next] = number;
    this.#next = this.#next + 1 === this.#window ? 0 : this.#next + 1;
    const count = (this.#counts[number] ?? 0) + 1;
    this.#counts[number] = count;
    this.#move(count - 1, count);
    if (count > this.#most) this.#most = count;
  }

  #leave(number: number): void {
    const count = (this.#counts[number] ?? 0) - 1;
    this.#counts[number] = count;
    this.#move(count + 1, count);
    // The label was the only one with the largest count, and that count is now one less.
    if (this.#having[this.#most] === 0) this.#most -= 1;
  }

  #move(from: number, to: number): void {
    this.#having[from] = (this.#having[from] ?? 0) - 1;
    this.#having[to] = (this.#having[to] ?? 0) + 1;
  }

  #number(label: string): number {
    if (this.#labels.length === this.#counts.length) this.#forget();
    const number = this.#labels.push(label) - 1;
    this.#numbers.set(label, number);
    return number;
  }

  /** Renumbers the labels, dropping those that have left the window. */
  #forget(): void {
    const [labels, ring, counts] = [this.#labels, Array.from(this.#ring), Array.from(this.#counts)];
    const kept = labels.map((_, number) => number).filter((number) => (counts[number] ?? 0) > 0);
    const anew = new Map(kept.map((number, index) => [number, index]));
    this.#labels = kept.map((number) => labels[number] ?? "");
    this.#numbers = new Map(this.#labels.map((label, index) => [label, index]));
    this.#counts.fill(0);
    for (const [index, number] of kept.entries()) this.#counts[index] = counts[number] ?? 0;
    for (const [at, number] of ring.entries()) this.#ring[at] = anew.get(number) ?? 0;
  }
}
