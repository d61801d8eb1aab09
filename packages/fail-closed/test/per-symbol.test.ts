import { createRandom } from "@qsc-tooling/testkit";
import { describe, expect, test } from "vitest";
import { failClosed, type FailClosedOptions, type ModelEvent } from "../src/index.js";

const LABELS = ["BUY", "SELL", "HOLD"] as const;
const row = (symbol: string) => ({ symbol, features: { x: 1 } });

/** A model that varies, but for the symbol FROZEN. */
function frozenForOne(degeneracy: FailClosedOptions<string>["degeneracy"], maxSymbols = 1000) {
  const random = createRandom(20_251_123);
  const events: ModelEvent[] = [];
  let isFrozen = true;
  let symbol = "";
  const predict = () =>
    symbol === "FROZEN" && isFrozen
      ? { label: "HOLD", confidence: 0.5 }
      : { label: LABELS[Math.floor(random.uniform() * 3)] ?? "BUY", confidence: random.uniform() };
  const model = failClosed({
    name: "m",
    labels: LABELS,
    features: ["x"],
    predict,
    maxSymbols,
    onEvent: (event) => events.push(event),
    ...(degeneracy === undefined ? {} : { degeneracy }),
  });
  const ask = (of: string) => {
    symbol = of;
    return model.predict(row(of));
  };
  return {
    model,
    ask,
    events,
    thaw: () => {
      isFrozen = false;
    },
  };
}

const SYMBOLS = ["FROZEN", ...Array.from({ length: 10 }, (_, n) => `S${n}`)];

describe("degeneracy per symbol", () => {
  test("finds a symbol that is frozen at one answer among ten others, and the model goes on with these", async () => {
    const { model, ask, events, thaw } = frozenForOne({ per: "symbol" });
    for (let n = 1; n <= 120; n += 1) {
      for (const symbol of SYMBOLS) {
        const prediction = await ask(symbol);
        if (symbol !== "FROZEN" || n < 100) expect(prediction).toMatchObject({ status: "active" });
        else {
          expect(prediction).toMatchObject({
            status: "inactive",
            reason: "degenerate_output",
            error: {
              message:
                "Degenerate output detected for FROZEN: 100 % HOLD, standard deviation of confidence 0, in the last 100 predictions",
            },
          });
        }
        expect(model.state).toEqual({ status: "active" });
      }
    }
    expect(events.filter(({ kind }) => kind !== "prediction")).toEqual([]);

    thaw();
    let answers = 0;
    while ((await ask("FROZEN")).status === "inactive" && answers < 100) answers += 1;
    expect(answers).toBeLessThan(100);
  });

  test("is not asked for by default: the whole varies, and is healthy", async () => {
    const { ask } = frozenForOne(undefined);
    for (let n = 0; n < 150; n += 1)
      for (const symbol of SYMBOLS) expect(await ask(symbol)).toMatchObject({ status: "active" });
  });

  test("makes the model inactive when no other symbol has an answer", async () => {
    const { model, ask } = frozenForOne({ per: "symbol", window: 5 });
    for (let n = 0; n < 5; n += 1) await ask("FROZEN");
    expect(model.state).toMatchObject({ status: "inactive", reason: "degenerate_output" });
  });

  test("needs the symbol of each row", async () => {
    const { model } = frozenForOne({ per: "symbol" });
    expect(await model.predict({ features: { x: 1 } })).toMatchObject({
      reason: "input_missing",
      error: { message: "Input has no symbol: degeneracy is watched per symbol" },
    });
  });

  test("stays over a reload, and forgets the symbol least recently seen beyond maxSymbols", async () => {
    const { model, ask } = frozenForOne({ per: "symbol", window: 5 }, 2);
    await ask("S1");
    for (let n = 0; n < 4; n += 1) await ask("FROZEN");
    await model.reload();
    expect(await ask("FROZEN")).toMatchObject({ reason: "degenerate_output" });
    for (const symbol of ["S1", "S2"]) await ask(symbol);
    expect(await ask("FROZEN")).toMatchObject({ status: "active" });
  });
});
