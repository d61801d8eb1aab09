// How soon a shadow is found to answer differently from another model on the same decisions, and how often one that
// does not is called different.
import { parseArgs } from "node:util";
import { comparePaired, DEFAULT_LABELS, type PairedAnswers } from "@qsc/violations";
import { markdownTable, replaceSection } from "../page.js";
import { LABELS } from "./model-stream.js";
import { Random } from "./random.js";

const { values } = parseArgs({
  options: {
    watches: { type: "string", default: "1000" },
    seed: { type: "string", default: "20251122" },
    write: { type: "boolean", default: false },
  },
});
const streams = Number(values.watches);
const seed = Number(values.seed);
if (![streams, seed].every((count) => Number.isSafeInteger(count) && count > 0))
  throw new Error("--watches and --seed are whole numbers above 0");

/** As many as a gate compares. */
const DECISIONS = 4096;
const SYMBOLS = 19;
const EVERY_MS = 20_000;

/** The shares of BUY and SELL; HOLD has the rest. */
type Shares = readonly [buy: number, sell: number];

interface Scenario {
  readonly name: string;
  readonly first: Shares;
  readonly second: Shares;
  /** How often a model repeats what it answered for the symbol before. */
  readonly persistence: number;
  /** How often both follow the same impulse of the market. */
  readonly together: number;
  /** How many symbols decide at once. */
  readonly burst: number;
}

const ALIKE: Shares = [0.3, 0.3];
const DIFFERENCES: Readonly<Record<string, Shares>> = { "20 points": [0.5, 0.2], "10 points": [0.4, 0.25] };
const PERSISTENCE = [0, 0.2, 0.4, 0.6, 0.8] as const;

function scenario(given: Omit<Scenario, "name" | "second">): Scenario {
  return { ...given, second: ALIKE, name: JSON.stringify(given) };
}

function* answersOf(
  { name, first, second, persistence, together, burst }: Scenario,
  index: number,
): Generator<PairedAnswers> {
  const random = new Random(seed + index, name);
  const before = new Map<number, readonly string[]>();
  for (let n = 0; n < DECISIONS; n += 1) {
    const symbol = n % SYMBOLS;
    const own = [random.next(), random.next()] as const;
    const stays = [random.next(), random.next()] as const;
    const isTogether = random.next() < together;
    const labels = [first, second].map((shares, model): string => {
      const from = isTogether ? 0 : model;
      const last = before.get(symbol)?.[model];
      return last !== undefined && (stays[from] ?? 1) < persistence ? last : drawn(shares, own[from] ?? 0);
    });
    before.set(symbol, labels);
    const [one = null, other = null] = labels;
    yield { ms: Math.floor(n / burst) * EVERY_MS + (n % burst), symbol: `S${symbol}`, first: one, second: other };
  }
}

function drawn([buy, sell]: Shares, u: number): string {
  return LABELS[u < buy ? 0 : u < buy + sell ? 1 : 2];
}

/** Of each stream, the decisions until the two are found to differ; infinitely many if they are not. */
function decisionsOf(given: Scenario): readonly number[] {
  process.stderr.write(`${given.name}\n`);
  return Array.from(
    { length: streams },
    (_, index) => comparePaired(answersOf(given, index), DEFAULT_LABELS).since ?? Infinity,
  );
}

function falseShare(given: Scenario): string {
  const found = decisionsOf(given).filter((decisions) => decisions < Infinity).length;
  return `${((100 * found) / streams).toFixed(1)} %`;
}

function delay(given: Scenario): string {
  const sorted = decisionsOf(given).toSorted((a, b) => a - b);
  const at = (part: number): string => {
    const decisions = sorted[Math.min(streams - 1, Math.floor(part * streams))] ?? Infinity;
    return decisions === Infinity ? "-" : String(decisions);
  };
  return `${at(0.5)} / ${at(0.95)}`;
}

const WAYS = [
  { name: "decide by themselves", together: 0, burst: 1 },
  { name: "follow the same market in half of the decisions", together: 0.5, burst: 1 },
  { name: "the same, 19 symbols at once", together: 0.5, burst: SYMBOLS },
] as const;

const head = (first: string): readonly string[] => [first, ...PERSISTENCE.map((r) => `persistence ${r}`)];
const rowsOf = (first: Shares, said: (given: Scenario) => string, text: string): readonly (readonly string[])[] =>
  WAYS.map(({ name, together, burst }) => [
    `${text}${name}`,
    ...PERSISTENCE.map((persistence) => said(scenario({ first, persistence, together, burst }))),
  ]);

const text = [
  `${streams} pairs of models a scenario, ${DECISIONS} decisions each, seed ${seed}, ${new Date().toISOString().slice(0, 10)}.`,
  "Called different, and were not:",
  markdownTable(head("two models that"), rowsOf(ALIKE, falseShare, "")),
  "One of them gives a label more often: decisions until that is found, median / P95; `-` is not within these decisions:",
  markdownTable(
    head("difference, and two models that"),
    Object.entries(DIFFERENCES).flatMap(([points, shares]) => rowsOf(shares, delay, `${points}; `)),
  ),
].join("\n\n");
console.log(text);
if (values.write) await replaceSection("paired", text);
