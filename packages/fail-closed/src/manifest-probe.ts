import { z } from "zod";
import { listed } from "./words.js";

/** An input, and the answer that the model must give before it serves. */
export interface GoldenProbe {
  /** The rows of the input, oldest first, each with the features in order. */
  readonly input: readonly (readonly number[])[];
  readonly output: { readonly label: string; readonly confidence: number };
  /** How far the confidence may differ from the expected one. */
  readonly tolerance: number;
}

/** Float32 on another machine differs by less; a changed weight makes more of a difference. */
const DEFAULT_TOLERANCE = 1e-3;
/** Beyond this, an answer is not the same. */
const WIDEST_TOLERANCE = 0.1;

type Rows = readonly number[] | readonly (readonly number[])[];
type Columns = Readonly<Record<string, number | readonly number[]>>;

/** A golden probe as the manifest writes it. */
interface Golden {
  /** A row, or rows, in the order of the features; or the value, or values, of each feature by its name. */
  readonly input: Rows | Columns;
  readonly output: GoldenProbe["output"];
  readonly tolerance: number;
}

const values = z.array(z.number());

const golden: z.ZodType<Golden> = z.strictObject({
  input: z.union([values, z.array(values), z.record(z.string(), z.union([z.number(), values]))]),
  output: z.strictObject({ label: z.string(), confidence: z.number().min(0).max(1) }),
  tolerance: z.number().min(0).max(WIDEST_TOLERANCE).default(DEFAULT_TOLERANCE),
});

/** The manifest's key `probe`: one, or a list of them. */
export const probeDocument: z.ZodType<Golden | readonly Golden[]> = z.union(
  [golden, z.array(golden).min(1)],
  'must be {"input", "output": {"label", "confidence"}, "tolerance"} with finite numbers, or a list of such',
);

interface Shape {
  readonly rows: number;
  readonly features: readonly string[];
  readonly labels: readonly string[];
}

/**
 * The golden probes, each with an input of the model's shape and one of its labels.
 * @param refuse called with what is wrong, naming the key
 */
export function readProbes(
  probe: Golden | readonly Golden[] | undefined,
  { rows, features, labels }: Shape,
  refuse: (problem: string) => never,
): readonly GoldenProbe[] {
  const probes: readonly Golden[] = probe === undefined ? [] : "input" in probe ? [probe] : probe;
  return probes.map(({ input: given, output, tolerance }, index) => {
    const key = probes === probe ? `probe.${index}` : "probe";
    const input = rowsOf(given, features);
    if (input.length !== rows || !input.every((row) => isFull(row, features.length))) {
      const wanted = rows === 1 ? "one row" : `${rows} rows`;
      return refuse(`'${key}.input' must have ${wanted} of the ${features.length} features`);
    }
    if (!labels.includes(output.label)) {
      return refuse(`'${key}.output.label' is ${listed([output.label])}, which is not among 'labels'`);
    }
    return { input, output, tolerance };
  });
}

function isFull(row: readonly number[], width: number): boolean {
  return row.length === width && !row.includes(Number.NaN);
}

/** The rows of an input in any of its notations; a missing value is NaN. */
function rowsOf(input: Golden["input"], features: readonly string[]): readonly (readonly number[])[] {
  if (isList(input)) return isRow(input) ? [input] : input;
  const columns = new Map(Object.entries(input).map(([name, value]) => [name, [value].flat()]));
  if (columns.size !== features.length) return [];
  const length = Math.max(...[...columns.values()].map((column) => column.length));
  return Array.from({ length }, (_, row) => features.map((name) => columns.get(name)?.[row] ?? Number.NaN));
}

function isList(input: Rows | Columns): input is Rows {
  return Array.isArray(input);
}

function isRow(rows: Rows): rows is readonly number[] {
  return rows.every((row) => typeof row === "number");
}
