import { rules, type Rule } from "@qsc/contract";
import { limitRule, modelNameRule, must, namesRule, textRule } from "../guard/options.js";
import { workerRule } from "./thread-program.js";

/** What a manifest cannot take from the model's file, or should not. */
export interface DraftOptions {
  /** The model's name; default: the file's, without `.onnx`. */
  readonly name?: string;
  /** Its name in log lines. */
  readonly title?: string;
  /** The names of the features in the order of the vector. Needed unless the model's metadata has them. */
  readonly features?: readonly string[];
  /** The names of the labels in the order of the probabilities. Needed unless the model has them. */
  readonly labels?: readonly string[];
  /** Which output has the probabilities. Needed where several may. */
  readonly output?: string;
  /**
   * Inputs whose answers become golden probes, each as `probe.input` of a manifest: a row, rows, or values by feature. The
   * best ones are real rows whose right answer is known to be right. Without any, the model will be probed with zeros.
   */
  readonly inputs?: readonly ProbeInput[];
  /** How far a confidence may differ from the golden one, from 0 to 0.1; default 0.001. */
  readonly tolerance?: number;
  /** Keys of the team's own. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Longest time for all of it, in milliseconds; default 30,000. */
  readonly limitMs?: number;
  /** The program of the model's thread, as `OnnxOptions.worker`: only a bundled program needs it. */
  readonly worker?: URL;
}

/** An input of a model: one row, its rows oldest first, or the value or values of each feature by its name. */
export type ProbeInput =
  readonly number[] | readonly (readonly number[])[] | Readonly<Record<string, number | readonly number[]>>;

const { optional } = rules;
const listRule: Rule = must((value) => Array.isArray(value) && value.length > 0, "a list that is not empty");
const objectRule: Rule = must(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "an object: the keys of your own",
);

/** What each option must be. */
export const DRAFT_RULES: Readonly<Record<keyof DraftOptions, Rule>> = {
  name: optional(modelNameRule),
  title: optional(textRule),
  features: optional(namesRule(1)),
  labels: optional(namesRule(2)),
  output: optional(textRule),
  inputs: optional(listRule),
  tolerance: optional(rules.numberWithin(0, 0.1)),
  metadata: optional(objectRule),
  limitMs: optional(limitRule),
  worker: optional(workerRule),
};
