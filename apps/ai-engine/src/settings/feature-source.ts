import { Problem } from "./problems.js";
import { decimal, names, sourceUrl, whole } from "./values.js";

/** Features made by the synthetic market. */
export interface SyntheticSource {
  readonly kind: "synthetic";
  readonly seed: number;
  /** Null: as fast as the models. */
  readonly rowsPerSecond: number | null;
  /** Null: endless. */
  readonly rows: number | null;
  /** Null: the market's own. */
  readonly symbols: readonly string[] | null;
}

/** Published features. */
export interface StreamSource {
  readonly kind: "stream";
  readonly url: string;
}

const OPTIONS = ["seed", "rate", "rows", "symbols"];

/**
 * Reads where features come from: `redis://...`, `file:...`, or
 * `synthetic:?seed=7&rate=50&rows=2000&symbols=BTCUSDT,ETHUSDT` (every option may be left out).
 * @throws Problem
 */
export function readFeatureSource(value: string, name: string): SyntheticSource | StreamSource {
  if (!value.startsWith("synthetic:")) return { kind: "stream", url: sourceUrl(value, name) };
  const options = new URLSearchParams(value.slice("synthetic:".length).replace(/^\?/, ""));
  for (const option of options.keys()) {
    if (OPTIONS.includes(option)) continue;
    throw new Problem(`${name} has the unknown option '${option}'; the synthetic market has ${OPTIONS.join(", ")}.`);
  }
  const read = <T>(option: string, reader: (text: string, name: string) => T): T | null => {
    const text = options.get(option);
    return text === null ? null : reader(text, `${name} (${option})`);
  };
  return {
    kind: "synthetic",
    seed: read("seed", whole({ least: 0, most: 2 ** 32 - 1 })) ?? 1,
    rowsPerSecond: read("rate", decimal({ least: 0.001, most: 10_000 })),
    rows: read("rows", whole({ least: 1, most: 1e12 })),
    symbols: read("symbols", names),
  };
}
