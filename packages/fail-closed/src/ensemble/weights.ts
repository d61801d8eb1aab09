import { readFile } from "#host";
import { isSameWeight, parseDistinct, QscError, rules } from "@qsc/contract";
import { requireArgument, textRule } from "../guard/options.js";
import { readUtf8 } from "../utf8.js";
import { listed, messageOf, shown } from "../words.js";

/** Voting weights of an ensemble by model, in the order of its models; they sum to 1. */
export type Weights = ReadonlyMap<string, number>;

/**
 * Checks that weights name exactly the models of the ensemble, are finite and >= 0, and sum to 1 within 1e-6.
 * @param origin where they come from, as the start of a sentence: `File weights.json`
 * @throws QscError `invalid_weights` naming origin, model and value
 */
export function checkWeights(
  entries: Iterable<readonly [string, unknown]>,
  models: readonly string[],
  origin: string,
): Weights {
  requireNames(models);
  requireArgument(rules.anyText, origin, "origin");
  const given = new Map<string, number>();
  for (const [model, weight] of pairsOf(entries, origin)) {
    if (!models.includes(model))
      refuse(origin, `${listed([model])} is not a model of the ensemble, which has ${models.join(", ")}`);
    if (given.has(model)) refuse(origin, `${listed([model])} stands there twice`);
    given.set(model, asWeight(weight, model, origin));
  }
  const missing = models.filter((model) => !given.has(model));
  if (missing.length > 0) refuse(origin, `${listed(missing)} is missing; write 0 for a model that shall not vote`);
  requireSum(given, origin);
  return new Map(models.map((model) => [model, given.get(model) ?? 0]));
}

/**
 * Reads weights from JSON: `{"xgb": 0.25, "nhits": 0.75}`.
 * @throws QscError `invalid_weights`, as `checkWeights`; also for text that is not JSON or has a duplicate key
 */
export function parseWeights(json: string, models: readonly string[], origin: string): Weights {
  requireArgument(rules.anyText, json, "json");
  requireArgument(rules.anyText, origin, "origin");
  const document = parsed(json, origin);
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    return refuse(origin, "it is not an object of models and weights");
  }
  return checkWeights(Object.entries(document), models, origin);
}

/**
 * Reads weights from a JSON file.
 * @throws QscError `invalid_weights`, as `parseWeights`; also for a file that cannot be read
 */
export async function readWeights(path: string, models: readonly string[]): Promise<Weights> {
  requireArgument(textRule, path, "path");
  requireNames(models);
  const origin = `File ${path}`;
  const bytes = await readFile(path).catch((cause: unknown) =>
    refuse(origin, `it cannot be read: ${messageOf(cause)}`, cause),
  );
  return parseWeights(textOf(bytes, origin), models, origin);
}

/** Checks the models that the weights are for. @throws QscError `invalid_option` */
export function requireNames(models: readonly string[]): void {
  requireArgument(rules.listOf(rules.anyText), models, "models");
}

/** @throws QscError `invalid_weights` */
export function refuse(origin: string, problem: string, cause?: unknown): never {
  throw new QscError("invalid_weights", `${origin}: ${problem}.`, { cause });
}

function textOf(bytes: Uint8Array, origin: string): string {
  try {
    return readUtf8(bytes);
  } catch (cause) {
    return refuse(origin, messageOf(cause), cause);
  }
}

type Pair = readonly [string, unknown];

/** The given weights as pairs, whatever their type. */
function pairsOf(entries: Iterable<Pair>, origin: string): readonly Pair[] {
  try {
    if (typeof entries === "string") throw new TypeError("a text");
    return [...entries].map(([model, weight]) => {
      requireArgument(rules.anyText, model, "a model's name");
      return [model, weight] as const;
    });
  } catch (cause) {
    return refuse(origin, "they must be a Map, or pairs, of models and weights", cause);
  }
}

function parsed(json: string, origin: string): unknown {
  try {
    return parseDistinct(json);
  } catch (cause) {
    return refuse(origin, `it is not JSON: ${messageOf(cause)}`, cause);
  }
}

function asWeight(weight: unknown, model: string, origin: string): number {
  if (typeof weight === "number" && weight >= 0 && weight < Infinity) return weight;
  return refuse(origin, `${listed([model])} has the weight ${shown(weight)}, not a finite number >= 0`);
}

function requireSum(weights: Weights, origin: string): void {
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
  if (isSameWeight(sum, 1)) return;
  const parts = [...weights].map(([model, weight]) => `${model} ${weight}`).join(", ");
  refuse(origin, `the weights ${parts} sum up to ${sum}, not 1`);
}
