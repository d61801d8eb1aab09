import { parseDistinct, QscError, rules } from "@qsc/contract";
import { strictEncodingFault } from "../given/file-text.js";

/** The distribution of a feature in its model's training data. */
export interface FeatureReference {
  /** Inner edges of the bins, ascending; the outer bins are open. k edges make k + 1 bins. */
  readonly edges: readonly number[];
  /** How many training rows fell into each bin: whole numbers, at least `leastRows` in total. */
  readonly counts: readonly number[];
}

/** Percentages add up to 100: a total must be well above that to be told apart from them. */
const LEAST_ROWS = 200;
/**
 * By chance alone a reference has a PSI error of (bins - 1) / rows: with 40 rows per bin (less one bin) that is a
 * tenth of the limit of 0.25.
 */
const ROWS_FOR_A_BIN = 40;

/** With fewer training rows than this for this many bins, a distribution is too uncertain to compare with. */
export function leastRows(bins: number): number {
  rules.wholeFrom(1)(bins, "bins");
  return Math.max(LEAST_ROWS, ROWS_FOR_A_BIN * (bins - 1));
}

/** What a model manifest says about the model's input. */
export interface FeatureManifest {
  /** The model's name, if the manifest gives it. */
  readonly model?: string;
  /** Names of the features, in the order of the input vector. */
  readonly features: readonly string[];
  readonly reference: ReadonlyMap<string, FeatureReference>;
}

/**
 * Reads the part of a model manifest (JSON) that feature sanity needs: `features` (names in order), the model's
 * `name` if given, and, for PSI, `reference` ({name: {edges, counts}}). Other keys are left to the model's loader.
 *
 * @throws QscError `invalid_manifest` naming the key and what is wrong.
 */
export function parseFeatureManifest(text: string, name: string): FeatureManifest {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new QscError("invalid_manifest", `Manifest ${name}: ${problem}.`, { cause });
  };
  rules.anyText(text, "text");
  rules.anyText(name, "name");
  const fault = strictEncodingFault(text);
  if (fault !== null) return refuse(fault);
  let document: unknown;
  try {
    document = parseDistinct(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return refuse(text.trim() === "" ? "it is empty" : `it is not JSON: ${why}`, cause);
  }
  if (!isObject(document)) return refuse("it is not an object");
  const misspelt = Object.keys(document).find((key) => key !== "reference" && /^references?$/i.test(key));
  if (misspelt !== undefined) return refuse(`'${misspelt}' is not read: write 'reference'`);
  const { name: model, features, reference = {} } = document;
  if (!isNames(features)) return refuse("'features' must be a list of different names, at least one");
  if (!isObject(reference)) return refuse("'reference' must map feature names to {edges, counts}");
  const references = new Map<string, FeatureReference>();
  for (const [feature, histogram] of Object.entries(reference)) {
    if (!features.includes(feature)) refuse(`'reference.${feature}' is not among 'features'`);
    if (!isHistogram(histogram)) {
      return refuse(`'reference.${feature}' needs ascending 'edges' and one more 'counts', all >= 0, than edges`);
    }
    const problem = problemOf(histogram.counts);
    if (problem !== null) return refuse(`'reference.${feature}' ${problem}`);
    references.set(feature, histogram);
  }
  return { ...(typeof model === "string" && model !== "" && { model }), features, reference: references };
}

/** Why these are not the counts of a training set; null when they are. */
function problemOf(counts: readonly number[]): string | null {
  const beyond = counts.find((count) => count > Number.MAX_SAFE_INTEGER);
  if (beyond !== undefined) {
    return `has a count of ${beyond}; a count is at most ${Number.MAX_SAFE_INTEGER} (2^53 - 1)`;
  }
  const fraction = counts.find((count) => !Number.isSafeInteger(count));
  if (fraction !== undefined) {
    const advice = "write how many training rows fell into each bin; multiply shares by the number of rows";
    return `has the count ${fraction}: ${advice}`;
  }
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const least = leastRows(counts.length);
  if (rows < least) {
    const found = `counts ${rows} training rows in ${counts.length} bins, where at least ${least} are needed`;
    return `${found}: count more rows, or use fewer bins`;
  }
  return Number.isSafeInteger(rows) ? null : `counts ${rows} training rows: that is more than a number holds exactly`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): value is string[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  const named = value.every((name) => typeof name === "string" && name !== "");
  return named && new Set(value).size === value.length;
}

function isHistogram(value: unknown): value is FeatureReference {
  if (!isObject(value)) return false;
  const { edges, counts } = value;
  if (!isNumbers(edges) || !isNumbers(counts) || edges.length === 0) return false;
  const ascending = edges.every((edge, index) => index === 0 || edge > (edges[index - 1] ?? edge));
  const some = counts.some((count) => count > 0) && counts.every((count) => count >= 0);
  return ascending && some && counts.length === edges.length + 1;
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isFinite(item));
}
