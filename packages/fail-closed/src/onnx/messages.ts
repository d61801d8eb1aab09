import { ModelError, type ModelErrorCode } from "../errors.js";
import type { ModelManifest } from "../manifest.js";
import type { Answer } from "../predictor.js";
import type { RuntimeSession } from "../runtime.js";
import { messageOf } from "../words.js";
import { reasonOf } from "./reason.js";

/** The parts of the manifest that a session needs. */
export type SessionManifest = Pick<ModelManifest, "input" | "output" | "features" | "labels">;

/** Sent first, and only once. */
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

/** Asks what a model says of itself, without a manifest. */
export interface DescribeQuestion {
  readonly kind: "describe";
  readonly bytes: Uint8Array;
}

/** An input or output of a model, whatever its type. */
export interface GraphPort {
  readonly name: string;
  /** Such as `float32`; null if it is not a tensor. */
  readonly type: string | null;
  /** Batch first; null for an open dimension, and empty if the model does not say. */
  readonly shape: readonly (number | null)[];
  /** The classes that the graph lists for this output, in the order of the probabilities; null if it lists none. */
  readonly classes: readonly string[] | null;
}

/** What a model says of itself. */
export interface GraphDescription {
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  /** The names in its metadata; null where it has none. */
  readonly features: readonly string[] | null;
  readonly labels: readonly string[] | null;
}

/** Messages to a model's thread. It answers them one at a time, in order. */
export type Question = OpenQuestion | PredictQuestion | DescribeQuestion;

/** A model's facts about itself. */
export type SessionFacts = Pick<RuntimeSession, "inputShape" | "labelCount">;

/** The reply to a message: facts for `open`, a description for `describe`, otherwise an answer. */
export type Value = SessionFacts | GraphDescription | Answer;

export type Reply = { readonly value: Value } | { readonly error: Thrown };

/** Something thrown, in a form that a message can carry. */
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
