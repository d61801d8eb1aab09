import { createRandom } from "./telemetry/random.js";

/** A prediction of a fraud team, as a row of a table. */
export interface FraudRow {
  readonly at: string;
  readonly decision: "approve" | "deny";
  /** The probability of fraud. */
  readonly p: number;
  readonly country: "DE" | "FR";
}

const BEGIN_MS = Date.UTC(2026, 0, 11, 8);

/** Predictions of a fraud team, of which a part is denied: 3 % if it is left out. */
export function fraudRows(count: number, { seed, denied = 0.03 }: { seed: number; denied?: number }): FraudRow[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const isFraud = random.uniform() < denied;
    const p = isFraud ? 0.5 + 0.5 * random.uniform() : 0.3 * random.uniform() ** 3;
    return {
      at: new Date(BEGIN_MS + index * 1000).toISOString(),
      decision: isFraud ? "deny" : "approve",
      p: Math.round(p * 1e4) / 1e4,
      country: random.uniform() < 0.3 ? "FR" : "DE",
    };
  });
}

/** Rows as CSV, with a header. */
export function csvOf(rows: readonly object[]): string {
  const [first = {}] = rows;
  const lines = [Object.keys(first), ...rows.map((row): unknown[] => Object.values(row))];
  return `${lines.map((cells) => cells.join(",")).join("\n")}\n`;
}

/** The files of predictions in demo/: an approved run, a day like it, and one on which the model denies nothing. */
export const DEMO_PREDICTIONS: Readonly<Record<string, string>> = {
  "approved.csv": csvOf(fraudRows(1500, { seed: 1 })),
  "today.csv": csvOf(fraudRows(1000, { seed: 2 })),
  "collapsed.csv": csvOf(fraudRows(1000, { seed: 3, denied: 0 })),
};
