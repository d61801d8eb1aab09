import type { ModelReading } from "@qsc/contract";
import type { Json } from "../decode/json-types.js";
import { READ_MEMBERS, readLatency, readModel } from "../decode/model-reading.js";
import { MOST_KNOWN } from "./known-texts.js";
import type { Leaf } from "./leaf.js";
import type { Member, Outline } from "./outline.js";
import { NotTemplatable } from "./not-templatable.js";

/** Members that are read as numbers if their value is a number. */
const NUMBERS: ReadonlySet<string> = new Set(["confidence", "latency_ms"]);
/** How many combinations of texts are remembered per model. */
const REMEMBERED = 512;
const MOST_TEXTS = 8;

/** One model's answer in a template. Each combination of its texts is interpreted only once. */
export class ModelShape {
  readonly #model: string;
  readonly #contract: 1 | 2;
  readonly #ensemble: readonly string[];
  readonly #members: readonly Member[];
  readonly #texts: readonly Leaf[];
  readonly #confidence: Leaf | null;
  readonly #latency: Leaf | null;
  readonly #readings = new Map<number, ModelReading>();

  /**
   * @param ensemble the names of all models of the breakdown
   * @throws NotTemplatable unless the answer is an object of texts, numbers and words, with numbers only in members
   * that are read as numbers
   */
  constructor(model: string, answer: Outline, contract: 1 | 2, ensemble: readonly string[]) {
    if (answer.kind !== "object") throw new NotTemplatable();
    this.#model = model;
    this.#contract = contract;
    this.#ensemble = ensemble;
    this.#members = answer.members.filter(({ key }) => READ_MEMBERS.has(key));
    this.#texts = this.#members.flatMap(({ value }) =>
      value.kind === "leaf" && value.leaf.kind === "text" ? [value.leaf] : [],
    );
    this.#confidence = numberOf(answer.members, "confidence");
    this.#latency = numberOf(answer.members, "latency_ms");
    if (this.#texts.length > MOST_TEXTS || !this.#members.every(isPlain)) throw new NotTemplatable();
    for (const leaf of this.#texts) leaf.wanted = "often the same";
  }

  /** The answer in the last entry that matched. */
  read(): ModelReading {
    const { nonPrediction, voted, action, confidence, latencyMs, artifactSha256 } = this.#ofTexts();
    return {
      model: this.#model,
      nonPrediction,
      voted,
      action,
      confidence: this.#confidence === null ? confidence : this.#confidence.number,
      latencyMs: this.#latency === null ? latencyMs : readLatency(this.#latency.number),
      artifactSha256,
    };
  }

  /** The reading of an answer with these texts, whatever its numbers. */
  #ofTexts(): ModelReading {
    let code = 0;
    for (const { known } of this.#texts) {
      if (known < 0) return this.#readAll();
      code = code * MOST_KNOWN + known;
    }
    let reading = this.#readings.get(code);
    if (reading === undefined) {
      reading = this.#readAll();
      if (this.#readings.size < REMEMBERED) this.#readings.set(code, reading);
    }
    return reading;
  }

  #readAll(): ModelReading {
    const answer = Object.create(null) as Record<string, Json>;
    for (const { key, value } of this.#members) answer[key] = valueOf(value);
    return readModel(this.#model, answer, this.#contract, this.#ensemble);
  }
}

function isPlain({ key, value }: Member): boolean {
  if (value.kind === "leaf") return value.leaf.kind === "text" || NUMBERS.has(key);
  return value.kind === "word";
}

function numberOf(members: readonly Member[], name: string): Leaf | null {
  const value = members.find(({ key }) => key === name)?.value;
  return value?.kind === "leaf" && value.leaf.kind === "number" ? value.leaf : null;
}

/** The value at a place in the last entry that matched. */
export function valueOf(outline: Outline): Json {
  switch (outline.kind) {
    case "word":
      return outline.value;
    case "leaf":
      return outline.leaf.kind === "text" ? outline.leaf.text : outline.leaf.number;
    case "list":
      return outline.items.map(valueOf);
    case "object": {
      const object = Object.create(null) as Record<string, Json>;
      for (const { key, value } of outline.members) object[key] = valueOf(value);
      return object;
    }
  }
}
