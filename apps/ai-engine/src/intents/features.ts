import type { FailClosedModel } from "@qsc/fail-closed";
import { vectorJson } from "./json.js";

type Values = Readonly<Record<string, number | string>>;

/**
 * The entry field `features`: the vector that the models saw, in their order. One vector if all of them take the same
 * features, otherwise one per model. A feature that the row lacked is absent.
 */
export function featuresField(models: readonly FailClosedModel[], values: Values): string {
  const fed = models.filter(({ features }) => features.length > 0);
  const [first, ...others] = fed;
  if (first === undefined) return vectorJson(values);
  const isShared = others.every(({ features }) => isSame(features, first.features));
  if (isShared) return vectorJson(pick(values, first.features));
  const members = fed.map(({ name, features }) => `${JSON.stringify(name)}:${vectorJson(pick(values, features))}`);
  return `{${members.join(",")}}`;
}

function pick(values: Values, names: readonly string[]): Values {
  const picked = Object.create(null) as Record<string, number | string>;
  for (const name of names) {
    const value = values[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
