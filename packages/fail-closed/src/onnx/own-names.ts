import { ModelError } from "../errors.js";
import { listed } from "../words.js";
import type { SessionManifest } from "./messages.js";

/** Metadata keys under which exporters write the names of labels and features. */
const KEYS: Readonly<Record<"labels" | "features", readonly string[]>> = {
  labels: ["labels", "label_names", "classes", "class_names", "class_labels"],
  features: ["features", "feature_names", "feature_columns"],
};

/**
 * Checks that the names in the model's own metadata are the manifest's, in the same order. A value that is not a list
 * (a number of features, a sentence) is ignored.
 * @throws ModelError `manifest_invalid` naming the first that differs
 */
export function requireOwnNames(metadata: ReadonlyMap<string, string>, manifest: SessionManifest): void {
  for (const kind of ["labels", "features"] as const)
    for (const [key, names] of ownNames(metadata, kind))
      requireSame(kind, manifest[kind], names, `metadata ${listed([key])}`);
}

/** The lists of names in the model's own metadata, each with its key. */
export function ownNames(
  metadata: ReadonlyMap<string, string>,
  kind: "labels" | "features",
): (readonly [key: string, names: readonly string[]])[] {
  return [...metadata].flatMap(([key, value]) => {
    const names = KEYS[kind].includes(key.toLowerCase()) ? listIn(value) : null;
    return names === null ? [] : [[key, names] as const];
  });
}

/**
 * @param where the part of the model that the names come from
 * @throws ModelError `manifest_invalid` naming the first name that differs
 */
export function requireSame(
  kind: "labels" | "features",
  declared: readonly string[],
  own: readonly string[],
  where: string,
): void {
  const longer = declared.length > own.length ? declared : own;
  const at = longer.findIndex((_, index) => declared[index] !== own[index]);
  if (at < 0) return;
  const ours = `Manifest's '${kind}' has ${nameAt(declared, at)} at place ${at + 1}`;
  throw new ModelError("manifest_invalid", `${ours}, the model's ${where} has ${nameAt(own, at)}`);
}

function nameAt(names: readonly string[], at: number): string {
  const name = names[at];
  return name === undefined ? "nothing" : listed([name]);
}

/** The names in a list as exporters write one: JSON, Python, by position, or with commas; null for anything else. */
function listIn(text: string): readonly string[] | null {
  const value = parsed(text) ?? parsed(pythonAsJson(text));
  if (Array.isArray(value)) return namesIn(value);
  if (typeof value === "object" && value !== null) return namesIn(byPosition(Object.entries(value)));
  if (value !== undefined || !text.includes(",")) return null;
  return text.split(",").map((name) => name.trim());
}

function pythonAsJson(text: string): string {
  return text.replaceAll("'", '"').replace(/([{,]\s*)(\d+)\s*:/g, '$1"$2":');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `{"0": "SELL", "1": "BUY"}` or `{"SELL": 0, "BUY": 1}`, as a list. */
function byPosition(pairs: readonly (readonly [string, unknown])[]): readonly unknown[] {
  const byKey = new Map(pairs.map(([key, value]) => [Number(key), value]));
  const byValue = new Map(pairs.map(([key, value]) => [value, key]));
  return pairs.map((_, place) => byKey.get(place) ?? byValue.get(place));
}

function namesIn(values: readonly unknown[]): readonly string[] | null {
  const isName = (value: unknown): boolean => typeof value === "string" || typeof value === "number";
  return values.length > 0 && values.every(isName) ? values.map(String) : null;
}
