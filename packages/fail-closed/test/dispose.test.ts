import { describe, expect, test } from "vitest";
import { createEnsemble, failClosed, type Ensemble, type FailClosedModel } from "../src/index.js";

const ROW = { features: { f: 0.4 } };

function wrapped(name: string): FailClosedModel<"A" | "B"> {
  const predict = () => ({ label: "A", confidence: 0.6 });
  return failClosed({ name, labels: ["A", "B"], features: ["f"], predict });
}

const pair = (): Ensemble<"A" | "B"> =>
  createEnsemble({
    models: [wrapped("one"), wrapped("two")],
    weights: new Map([
      ["one", 0.5],
      ["two", 0.5],
    ]),
    quorum: 1,
  });

describe("await using", () => {
  test("closes a model where its block ends", async () => {
    let outlived: FailClosedModel | null = null;
    {
      await using model = wrapped("one");
      outlived = model;
      expect(model.state.status).toBe("active");
    }
    expect(outlived.state).toMatchObject({ status: "inactive", reason: "closed" });
    expect(await outlived.predict(ROW)).toMatchObject({ status: "inactive", reason: "closed" });
  });

  test("closes every model of an ensemble, also after an error", async () => {
    let outlived: Ensemble | null = null;
    const work = async (): Promise<void> => {
      await using ensemble = pair();
      outlived = ensemble;
      throw new Error("elsewhere");
    };
    await expect(work()).rejects.toThrow("elsewhere");
    expect((outlived as Ensemble | null)?.models.map(({ state }) => state)).toEqual([
      expect.objectContaining({ reason: "closed" }),
      expect.objectContaining({ reason: "closed" }),
    ]);
  });

  test("may follow a close, and closing again changes nothing", async () => {
    await using model = wrapped("one");
    await using ensemble = pair();
    await Promise.all([model.close(), model.close(), model[Symbol.asyncDispose]()]);
    await Promise.all([ensemble.close(), ensemble[Symbol.asyncDispose]()]);
    expect(ensemble.activeCount).toBe(0);
    expect(model.state).toMatchObject({ reason: "closed" });
  });
});
