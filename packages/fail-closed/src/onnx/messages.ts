import { ModelError, type ModelErrorCode } from "../errors.js";
import type { ModelManifest } from "../manifest.js";
import type { Answer } from "../predictor.js";
import type { RuntimeSession } from "../runtime.js";
import { messageOf } from "../words.js";
import { reasonOf } from "./reason.js";

/** What a session needs to know of the manifest. */
export type SessionManifest = Pick<ModelManifest, "input" | "output" | "features" | "labels">;

/** Comes first, and once. */
export interface OpenQuestion {
  readonly kind: "open";
  readonly bytes: Uint8Array;
  readonly manifest: SessionManifest;
  readonly threads: number;
}

export interface PredictQuestion {
  readonly kind: "predict";
  readonly data: Float64Array;
}

/** To the thread of a model. It answers one after another, in their order. */
export type Question = OpenQuestion | PredictQuestion;

/** What a model says of itself. */
export type SessionFacts = Pick<RuntimeSession, "inputShape" | "labelCount">;

/** Of a question: facts for one that opens, else an answer. */
export type Value = SessionFacts | Answer;

export type Reply = { readonly value: Value } | { readonly error: Thrown };

/** Something thrown, as a message can carry it. */
export interface Thrown {
  /** Of a ModelError; null for anything else. */
  readonly code: ModelErrorCode | null;
  readonly message: string;
  readonly cause: Thrown | null;
}

export function toThrown(thrown: unknown): Thrown {
  if (!(thrown instanceof Error)) return { code: null, message: messageOf(thrown), cause: null };
  const { message, cause } = thrown;
  const causeThrown = cause === undefined ? null : toThrown(cause);
  if (thrown instanceof ModelError) return { code: thrown.code, message, cause: causeThrown };
  return { code: null, message: reasonOf(message), cause: causeThrown };
}

export function fromThrown({ code, message, cause }: Thrown): Error {
  const options = cause === null ? {} : { cause: fromThrown(cause) };
  return code === null ? new Error(message, options) : new ModelError(code, message, options);
}
