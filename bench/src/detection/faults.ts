import type { Kind } from "./kinds.js";
import type { Random } from "./random.js";

/** How a fault changes a model's answers. A part that is left out stays unchanged. */
export interface Fault {
  readonly shares?: Kind["shares"];
  readonly confidence?: (healthy: number, random: Random) => number;
  readonly errors?: number;
  /** Latencies are this many times longer. */
  readonly slower?: number;
}

export const DEGREES = ["gross", "medium", "slight"] as const;

interface FaultKind {
  readonly id: string;
  /** The meaning of the three degrees, for the table. */
  readonly degrees: readonly [string, string, string];
  readonly of: (degree: 0 | 1 | 2) => Fault;
}

/** A tenth of a normal distribution is below its mean minus this many standard deviations. */
const TENTH = 1.2816;

function pick<T>(degree: 0 | 1 | 2, values: readonly [T, T, T]): T {
  return values[degree];
}

/** The eight violations, and the part of the sixth that no other check notices, each in three degrees. */
export const FAULTS: readonly FaultKind[] = [
  {
    id: "constant_output",
    degrees: ["std 0", "std 0.003", "std 0.009"],
    of: (degree) => ({ confidence: (_, random) => 0.615 + pick(degree, [0, 0.003, 0.009]) * random.normal() }),
  },
  {
    id: "action_bias",
    degrees: ["BUY 100 %", "BUY 95 %", "BUY 88 %"],
    of: (degree) => ({
      shares: pick(degree, [
        [1, 0, 0],
        [0.95, 0.025, 0.025],
        [0.88, 0.06, 0.06],
      ]),
    }),
  },
  {
    id: "dead_zone",
    degrees: ["HOLD 100 %", "HOLD 95 %", "HOLD 88 %"],
    of: (degree) => ({
      shares: pick(degree, [
        [0, 0, 1],
        [0.025, 0.025, 0.95],
        [0.06, 0.06, 0.88],
      ]),
    }),
  },
  {
    id: "narrow_range",
    degrees: ["P90 - P10 0.04", "P90 - P10 0.08", "P90 - P10 0.104"],
    of: (degree) => ({
      confidence: (_, random) => 0.55 + (pick(degree, [0.04, 0.08, 0.104]) / 2 / TENTH) * random.normal(),
    }),
  },
  {
    id: "action_collapse",
    degrees: ["SELL 98 %", "SELL 90 %", "SELL 75 %"],
    of: (degree) => ({
      shares: pick(degree, [
        [0.01, 0.98, 0.01],
        [0.05, 0.9, 0.05],
        [0.125, 0.75, 0.125],
      ]),
    }),
  },
  {
    id: "confidence_collapse",
    degrees: ["one value 95 %", "one value 75 %", "one value 58 %"],
    of: (degree) => ({
      confidence: (healthy, random) => (random.next() < pick(degree, [0.95, 0.75, 0.58]) ? 0.5 : healthy),
    }),
  },
  {
    id: "confidence_collapse, by std alone",
    degrees: ["std 0.032", "std 0.040", "std 0.046"],
    of: (degree) => {
      const [tail, reach] = pick(degree, [
        [0.13, 0.063],
        [0.2, 0.063],
        [0.25, 0.065],
      ]);
      return {
        confidence: (_, random) => {
          const place = random.next();
          const side = place < tail ? -1 : place > 1 - tail ? 1 : 0;
          return 0.6 + side * reach + 0.002 * random.normal();
        },
      };
    },
  },
  {
    id: "error_rate_spike",
    degrees: ["errors 50 %", "errors 20 %", "errors 8 %"],
    of: (degree) => ({ errors: pick(degree, [0.5, 0.2, 0.08]) }),
  },
  {
    id: "latency_spike",
    degrees: ["6 x latency", "3 x latency", "2.3 x latency"],
    of: (degree) => ({ slower: pick(degree, [6, 3, 2.3]) }),
  },
];
