import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failClosed, type ModelInput } from "../src/index.js";

const FEATURES = ["a", "b"];

/** A sequence model, and the inputs that its predictor was given. */
function sequence(rows: number, maxSymbols = 1000) {
  const inputs: ModelInput[] = [];
  const predict = (input: ModelInput) => {
    inputs.push(input);
    return { label: "up", confidence: (inputs.length % 10) / 10 };
  };
  const model = failClosed({ name: "seq", labels: ["up", "down"], features: FEATURES, rows, maxSymbols, predict });
  return { model, inputs };
}

const row = (symbol: string | undefined, a: unknown, b: unknown = 0) => ({
  ...(symbol === undefined ? {} : { symbol }),
  features: { a, b },
});

/** The outcome of a row: the window given to the predictor, or the reason and the number of rows. */
type Outcome = readonly number[] | string;

interface Step {
  readonly symbol: string | undefined;
  readonly value: number;
  readonly kind: "predict" | "remember";
  readonly isBad: boolean;
}

/** The same with plain lists. */
function oracle(steps: readonly Step[], rows: number, maxSymbols: number): Outcome[] {
  let known: { readonly symbol: string | undefined; readonly values: number[] }[] = [];
  const outcomes: Outcome[] = [];
  for (const { symbol, value, kind, isBad } of steps) {
    if (symbol === undefined) {
      if (kind === "predict") outcomes.push("input_missing");
      continue;
    }
    const before = known.find((other) => other.symbol === symbol)?.values ?? [];
    known = known.filter((other) => other.symbol !== symbol);
    // A bad row makes its symbol the most recent before it resets the history.
    known = [...known, { symbol, values: isBad ? [] : [...before, value] }].slice(-maxSymbols);
    const values = known.at(-1)?.values ?? [];
    if (isBad) known = known.slice(0, -1);
    if (kind === "remember") continue;
    if (isBad) outcomes.push("input_not_finite");
    else if (values.length < rows) outcomes.push(`insufficient_history ${values.length}`);
    else outcomes.push(values.slice(-rows).flatMap((item) => [item, -item]));
  }
  return outcomes;
}

const step = fc.record<Step>({
  symbol: fc.constantFrom("BTC", "ETH", "SOL", undefined),
  value: fc.integer({ min: -1000, max: 1000 }),
  kind: fc.constantFrom("predict", "predict", "remember"),
  isBad: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

describe("the history of a sequence model", () => {
  test("equals an oracle with plain lists, for several symbols and bad rows", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        async (steps, rows, maxSymbols) => {
          const { model, inputs } = sequence(rows, maxSymbols);
          const outcomes: Outcome[] = [];
          for (const { symbol, value, kind, isBad } of steps) {
            const given = row(symbol, isBad ? Number.NaN : value, -value);
            if (kind === "remember") {
              model.remember(given);
              continue;
            }
            const prediction = await model.predict(given);
            if (prediction.status === "active") outcomes.push(Array.from(inputs.at(-1)?.data ?? []));
            else if (prediction.reason !== "insufficient_history") outcomes.push(prediction.reason);
            else outcomes.push(`insufficient_history ${/has (\d+) of/.exec(prediction.error.message)?.[1] ?? ""}`);
          }
          const plain = (found: readonly Outcome[]) =>
            found.map((outcome) => (typeof outcome === "string" ? outcome : outcome.map((item) => item + 0)));
          expect(plain(outcomes)).toEqual(plain(oracle(steps, rows, maxSymbols)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("says how many rows it has, and for which symbol", async () => {
    const { model } = sequence(3);
    for (const [symbol, message] of [
      ["BTCUSDT", "Input has 1 of 3 rows of BTCUSDT"],
      ["BTCUSDT", "Input has 2 of 3 rows of BTCUSDT"],
      ["a\u001b b", String.raw`Input has 1 of 3 rows of "a\\u{1b} b"`],
    ] as const) {
      expect(await model.predict(row(symbol, 1))).toMatchObject({
        reason: "insufficient_history",
        latencyMs: null,
        error: { message },
      });
    }
  });

  test("starts over at a bad row, and says so", async () => {
    const { model } = sequence(2);
    model.remember(row("BTC", 1));
    expect(await model.predict({ symbol: "BTC", features: { a: 1 } })).toMatchObject({
      reason: "input_missing",
      error: { message: "Input lacks 'b'; the history of BTC starts over", cause: { code: "input_missing" } },
    });
    expect(await model.predict(row("BTC", 2))).toMatchObject({ reason: "insufficient_history" });
    model.remember({ symbol: "BTC", features: [1] });
    expect(await model.predict(row("BTC", 3))).toMatchObject({ reason: "insufficient_history" });
    expect(await model.predict(row("BTC", 4))).toMatchObject({ status: "active" });
  });

  test("takes the rows of overlapping predictions in the order of the calls", async () => {
    const { model, inputs } = sequence(3);
    await Promise.all([1, 2, 3, 4, 5].map((value) => model.predict(row("BTC", value))));
    expect(inputs.map(({ data }) => [...data].filter((_, at) => at % 2 === 0))).toEqual([
      [1, 2, 3],
      [2, 3, 4],
      [3, 4, 5],
    ]);
    expect(inputs[0]).toMatchObject({ rows: 3, features: 2 });
  });

  test("keeps the most recently seen symbols", async () => {
    const { model } = sequence(2, 2);
    for (const symbol of ["BTC", "ETH", "BTC", "SOL"]) model.remember(row(symbol, 1));
    expect(await model.predict(row("BTC", 1))).toMatchObject({ status: "active" });
    expect(await model.predict(row("ETH", 1))).toMatchObject({ reason: "insufficient_history" });
  });

  test.each([1, null, {}, Symbol("s")])("refuses a symbol that is not a string", async (symbol) => {
    const { model } = sequence(2);
    expect(await model.predict({ symbol: symbol as string, features: [1, 2] })).toMatchObject({
      reason: "input_missing",
      error: { message: expect.stringContaining("as its symbol") },
    });
  });

  test("survives a reload", async () => {
    const { model } = sequence(2);
    model.remember(row("BTC", 1));
    await model.reload();
    expect(await model.predict(row("BTC", 2))).toMatchObject({ status: "active" });
  });
});
