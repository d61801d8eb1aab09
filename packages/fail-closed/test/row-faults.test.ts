import { describe, expect, test } from "vitest";
import { failClosed, type ModelEvent } from "../src/index.js";

const LABELS = ["BUY", "SELL"] as const;
const row = (symbol: string, x = 1) => ({ symbol, features: { x } });

function watched(rows = 1) {
  const events: ModelEvent[] = [];
  let next = 0;
  // Its answers vary: only rows are at fault here.
  const predict = () => ({ label: LABELS[(next += 1) % 2]!, confidence: (next % 10) / 10 });
  const model = failClosed({
    name: "m",
    labels: LABELS,
    features: ["x"],
    rows,
    predict,
    onEvent: (event) => events.push(event),
  });
  const changes = (): string[] =>
    events.flatMap((event) => (event.kind === "inactive" ? [event.reason] : event.kind === "active" ? ["active"] : []));
  return { model, changes };
}

describe("a row that cannot be used", () => {
  test.each([
    ["without a symbol", () => ({ features: { x: 1 } }), () => ({ features: { x: Number.NaN } })],
    ["of the only symbol", () => row("A"), () => row("A", Number.NaN)],
    ["that lacks its feature", () => row("A"), () => ({ symbol: "A", features: {} as { x: number } })],
  ])(
    "%s has no prediction and leaves a healthy model as it is; the second in succession does not",
    async (_, good, bad) => {
      const { model, changes } = watched();
      for (let round = 0; round < 3; round += 1) {
        expect(await model.predict(good())).toMatchObject({ status: "active" });
        expect(await model.predict(bad())).toMatchObject({ status: "inactive" });
        expect(model.state).toEqual({ status: "active" });
      }
      await model.predict(bad());
      expect(model.state).toMatchObject({ status: "inactive" });
      await model.predict(good());
      expect([model.state, changes()[1]]).toEqual([{ status: "active" }, "active"]);
    },
  );

  test("of one symbol among others has no prediction, and leaves the model as it is", async () => {
    const { model, changes } = watched();
    for (let n = 0; n < 400; n += 1) {
      const sick = n % 4 === 3;
      expect(await model.predict(row(`S${n % 4}`, sick ? Number.NaN : 1))).toMatchObject(
        sick ? { status: "inactive", reason: "input_not_finite" } : { status: "active" },
      );
      expect(model.state).toEqual({ status: "active" });
    }
    expect(changes()).toEqual([]);
  });

  test("of a symbol that is still warming up also leaves the model as it is", async () => {
    const { model, changes } = watched(3);
    for (let n = 0; n < 3; n += 1) model.remember(row("warm"));
    await model.predict(row("warm"));
    for (let n = 0; n < 50; n += 1)
      expect(await model.predict(row(`cold ${n}`))).toMatchObject({ reason: "insufficient_history" });
    expect([model.state, changes()]).toEqual([{ status: "active" }, []]);
  });

  test("of every symbol makes the model inactive, and the first that can be used active again", async () => {
    const { model, changes } = watched();
    for (const symbol of ["A", "B"]) await model.predict(row(symbol));
    await model.predict(row("A", Number.NaN));
    expect(model.state).toEqual({ status: "active" });
    await model.predict(row("B", Infinity));
    expect(model.state).toMatchObject({ status: "inactive", reason: "input_not_finite" });
    await model.predict(row("A"));
    expect([model.state, changes()]).toEqual([{ status: "active" }, ["input_not_finite", "active"]]);
  });

  test("counts once the symbols with good rows are no longer published", async () => {
    const { model } = watched();
    for (const symbol of ["A", "B"]) await model.predict(row(symbol));
    let rows = 0;
    while (model.state.status === "active" && rows < 1000) {
      rows += 1;
      await model.predict(row("B", Number.NaN));
    }
    // More than a hundred for each of the two symbols have come since A's, the first of B's among them.
    expect(rows).toBe(200);
  });

  test("does not hide the model's own fault", async () => {
    let broken = true;
    const predict = () => {
      if (broken) throw new Error("broken");
      return { label: "BUY" as const, confidence: 0.5 };
    };
    const model = failClosed({ name: "m", labels: LABELS, features: ["x"], predict });
    await model.predict(row("A"));
    await model.predict(row("A", Number.NaN));
    await model.predict({ symbol: "B", features: {} });
    expect(model.state).toMatchObject({ reason: "predict_failed" });
    broken = false;
    await model.predict(row("A"));
    expect(model.state).toEqual({ status: "active" });
  });

  test("after a reload leaves the model as it is, if another symbol's could be used before", async () => {
    const { model } = watched();
    await model.predict(row("A"));
    await model.reload();
    await model.predict(row("B", Number.NaN));
    expect(model.state).toEqual({ status: "active" });
  });

  test("without its symbol is refused by a sequence model, which never mixes series", async () => {
    const { model } = watched(3);
    for (const x of [100, 5000])
      expect(await model.predict({ features: { x } })).toMatchObject({ reason: "input_missing" });
    expect(await model.predict({ features: { x: 101 } })).toMatchObject({
      status: "inactive",
      reason: "input_missing",
      error: { message: "Input has no symbol: a model of 3 rows keeps the rows of each symbol apart" },
    });
    for (let n = 0; n < 3; n += 1) model.remember({ symbol: "", features: { x: n } });
    expect(await model.predict(row("A"))).toMatchObject({
      reason: "insufficient_history",
      error: { message: "Input has 1 of 3 rows of A" },
    });
  });

  test("with a thousand symbols: what is kept in mind stays bounded, and is right", async () => {
    const { model } = watched();
    for (let n = 0; n < 3000; n += 1) await model.predict(row(`S${n}`));
    for (let n = 3000; n < 3999; n += 1) await model.predict(row(`S${n}`, Number.NaN));
    expect(model.state).toEqual({ status: "active" });
    await model.predict(row("S3999", Number.NaN));
    expect(model.state).toMatchObject({ reason: "input_not_finite" });
  });
});
