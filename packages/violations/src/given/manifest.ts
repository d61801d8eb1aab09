import { invalidOption, rules, type Rule } from "@qsc/contract";
import type { FeatureReference } from "../features/reference.js";

const { allOf, finite, listOf, mapOf, numberWithin, shaped, someText } = rules;

/** A feature manifest as `parseFeatureManifest` returns it, or built by hand. */
const manifestRule: Rule = shaped({
  features: listOf(someText),
  reference: mapOf(
    someText,
    allOf(
      shaped({ edges: listOf(finite), counts: listOf(numberWithin(0, Number.MAX_SAFE_INTEGER)) }),
      oneCountForEachBin,
    ),
  ),
});

/** One manifest, or one per model by name. */
export const manifestsRule: Rule = (value, name) => {
  (value instanceof Map ? mapOf(someText, manifestRule) : manifestRule)(value, name);
};

function oneCountForEachBin(value: unknown, name: string): void {
  const { edges, counts } = value as FeatureReference;
  const falls = edges.findIndex((edge, index) => index > 0 && edge <= (edges[index - 1] ?? -Infinity));
  if (falls !== -1)
    throw invalidOption(`${name}.edges[${falls}]`, edges[falls], `above the edge before it, ${edges[falls - 1] ?? ""}`);
  if (counts.length !== edges.length + 1)
    throw invalidOption(`${name}.counts`, counts, `one longer than its ${edges.length} edges`);
}
