import { readFileSync } from "node:fs";
import { recording } from "@qsc-tooling/testkit";
import type { Fault } from "./faults.js";
import { LABELS, type Answer, type AnswerStream } from "./model-stream.js";
import type { Random } from "./random.js";

/** One answer of a recorded model, with its symbol. */
interface Recorded {
  readonly symbol: number;
  readonly label: 0 | 1 | 2;
  readonly confidence: number;
}

/** The answers of the models that predict in the recording. */
type Recording = ReadonlyMap<string, readonly Recorded[]>;

interface Line {
  readonly fields: { readonly payload: string };
}

interface Payload {
  readonly symbol: string;
  readonly model_breakdown: Readonly<Record<string, { readonly action: string; readonly confidence: number }>>;
}

/** The recorded models that really predict. */
export const RECORDED_MODELS = ["xgboost", "lightgbm"] as const;

let known: Recording | null | undefined;

/** The recording beside the checkout; null if it is absent. */
export function recorded(): Recording | null {
  known ??= read();
  return known;
}

function read(): Recording | null {
  const path = recording();
  if (path === undefined) return null;
  const lines = readFileSync(path, "utf8").trim().split("\n");
  const payloads = lines.map((line) => JSON.parse((JSON.parse(line) as Line).fields.payload) as Payload);
  const names = [...new Set(payloads.map(({ symbol }) => symbol))];
  const models = RECORDED_MODELS.map((model) => {
    const answers = payloads.map(({ symbol, model_breakdown: given }, at) => {
      const answer = given[model];
      const label = LABELS.findIndex((name) => name === answer?.action);
      if (answer === undefined || label === -1) throw new Error(`the recording has no answer of ${model} at ${at}`);
      return {
        symbol: names.indexOf(symbol),
        label: label as 0 | 1 | 2,
        confidence: Math.round(answer.confidence * 10_000),
      };
    });
    return [model, answers] as const;
  });
  return new Map(models);
}

/**
 * A recorded model's answers, drawn in blocks of consecutive decisions that may begin anywhere and wrap around the end
 * (circular block bootstrap; Politis & Romano 1992). Persistence within a block is kept; longer persistence is lost.
 */
export class RecordedStream implements AnswerStream {
  readonly answer: Answer = { predicts: true, label: 2, confidence: 5000, latency: 200 };
  readonly #answers: readonly Recorded[];
  readonly #random: Random;
  readonly #block: number;
  #at = 0;
  #left = 0;
  #symbol = 0;

  constructor(answers: readonly Recorded[], random: Random, block: number) {
    this.#answers = answers;
    this.#random = random;
    this.#block = block;
  }

  begin(fault: Fault): void {
    throw new Error(`a recording has no fault: ${JSON.stringify(fault)}`);
  }

  next(): Answer {
    if (this.#left === 0) {
      this.#at = Math.floor(this.#random.next() * this.#answers.length);
      this.#left = this.#block;
    }
    const drawn = this.#answers[this.#at % this.#answers.length];
    if (drawn === undefined) throw new Error("the recording is empty");
    this.#at += 1;
    this.#left -= 1;
    this.answer.label = drawn.label;
    this.answer.confidence = drawn.confidence;
    this.#symbol = drawn.symbol;
    return this.answer;
  }

  /** The symbol of the newest answer. */
  get symbol(): number {
    return this.#symbol;
  }
}
