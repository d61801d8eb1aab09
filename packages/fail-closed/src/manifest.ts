import { modelNameFault, parseDistinct } from "@qsc/contract";
import { parseFeatureManifest, type FeatureReference } from "@qsc/violations";
import { z } from "zod";
import { ModelError } from "./errors.js";
import { probeDocument, readProbes, type GoldenProbe } from "./manifest-probe.js";
import { isDistinct, listed, messageOf, shown } from "./words.js";

/** A model's manifest: a JSON file next to the model's file. */
export interface ModelManifest {
  readonly name: string;
  readonly title: string;
  /** Which runtime opens the file, such as `onnx`. */
  readonly kind: string;
  /** The model's file, in the manifest's directory. */
  readonly file: string;
  /** The SHA-256 that the file must have, in lower-case hex; null if not pinned. */
  readonly sha256: string | null;
  /** `shape` is [1, features] or [1, rows, features]; `name` is null if the model has only one input. */
  readonly input: { readonly name: string | null; readonly shape: readonly number[] };
  readonly output: { readonly name: string | null };
  /** Names of the features in the order of the vector. */
  readonly features: readonly string[];
  /** Rows of one symbol in an input. */
  readonly rows: number;
  /** Names of the outputs in order. */
  readonly labels: readonly string[];
  readonly reference: ReadonlyMap<string, FeatureReference>;
  /** Inputs with known answers; without any, the model is probed with zeros. */
  readonly probes: readonly GoldenProbe[];
  /** Keys of the team's own, such as a training run; nothing here reads them. Empty if there are none. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

const text = z.string().min(1);
const file = text
  .regex(/^(?!.*\.\.)[^/\\\p{C}]+$/u, "must be a file's name, without a path")
  .refine((name) => name !== ".", "must be a file's name");

const document = z.strictObject({
  name: z.string().check(({ value, issues }) => {
    const fault = modelNameFault(value);
    if (fault === null) return;
    const message = `must be letters, digits and ._:/@+-; ${shown(value)} ${fault}`;
    issues.push({ code: "custom", input: value, message });
  }),
  title: text.optional(),
  kind: text,
  file,
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits")
    .optional(),
  input: z.strictObject({
    name: text.optional(),
    shape: z.custom<readonly number[]>(isShape, "must be [1, features] or [1, rows, features]"),
  }),
  output: z.strictObject({ name: text.optional() }).optional(),
  features: names(1),
  labels: names(2),
  reference: z.unknown().optional(),
  probe: probeDocument.optional(),
  metadata: z.record(z.string(), z.unknown(), "must be an object: the keys of your own").optional(),
});

function isShape(value: unknown): boolean {
  if (!Array.isArray(value) || value[0] !== 1 || value.length < 2 || value.length > 3) return false;
  return value.every((size) => Number.isSafeInteger(size) && size > 0);
}

function names(least: number): z.ZodType<readonly string[]> {
  const problem = `must be a list of different names, at least ${least}`;
  return z
    .array(text, problem)
    .refine((list) => list.length >= least && new Set(list).size === list.length, problem)
    .refine(isDistinct, "has two names that are the same text in two Unicode forms");
}

/**
 * Reads a model's manifest.
 * @param name the file's name, for messages
 * @throws ModelError `manifest_invalid` naming the key and what is wrong. An unknown key is refused: a misspelt
 * `sha256` must not leave the file unpinned. Keys of a team's own stand under `metadata`.
 */
export function parseManifest(json: string, name: string): ModelManifest {
  const { title, sha256, input, output, probe, metadata, ...rest } = readDocument(json, name);
  const width = input.shape.at(-1);
  const rows = input.shape.slice(1, -1)[0] ?? 1;
  if (rest.features.length !== width) {
    return refuse(name, `'features' names ${rest.features.length}, 'input.shape' ends with ${width ?? 0}`);
  }
  return {
    ...rest,
    title: title ?? rest.name,
    sha256: sha256 ?? null,
    input: { name: input.name ?? null, shape: input.shape },
    output: { name: output?.name ?? null },
    rows,
    reference: readReference(json, name),
    probes: readProbes(probe, { ...rest, rows }, (problem) => refuse(name, problem)),
    metadata: metadata ?? {},
  };
}

function readDocument(json: string, name: string): z.infer<typeof document> {
  const { data, error } = document.safeParse(parsed(json, name));
  const [issue] = error?.issues ?? [];
  if (issue === undefined && data !== undefined) return data;
  return refuse(name, issue === undefined ? "it cannot be read" : problemOf(issue), error);
}

function parsed(json: string, name: string): unknown {
  try {
    return parseDistinct(json);
  } catch (cause) {
    return refuse(name, `it is not JSON: ${messageOf(cause)}`, cause);
  }
}

function problemOf(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const keys = listed(issue.keys.map((key) => [...path, key].join(".")));
    return `${keys} is not a key of a manifest; keys of your own stand under 'metadata'`;
  }
  return path.length === 0 ? "it is not an object" : `${listed([path.join(".")])}: ${issue.message}`;
}

function readReference(json: string, name: string): ModelManifest["reference"] {
  try {
    return parseFeatureManifest(json, name).reference;
  } catch (cause) {
    throw new ModelError("manifest_invalid", messageOf(cause).replace(/\.$/, ""), { cause });
  }
}

function refuse(name: string, problem: string, cause?: unknown): never {
  throw new ModelError("manifest_invalid", `Manifest ${name}: ${problem}`, { cause });
}
