import { temporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { failClosed, type GuardOptions } from "../src/index.js";
import { HOSTILE } from "./support/hostile.js";

const row = { features: { x: 1 } };
const wrap = (onEvent: unknown) =>
  failClosed({
    name: "m",
    labels: ["BUY", "SELL"],
    features: ["x"],
    predict: () => ({ label: "BUY", confidence: 0.5 }),
    onEvent: onEvent as NonNullable<GuardOptions["onEvent"]>,
  });

describe("a listener that fails", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("listener\u001b");
      },
    ],
    ["rejects", () => Promise.reject(new Error("listener\u001b"))],
    [
      "rejects later",
      async () => {
        await Promise.resolve();
        throw new Error("listener\u001b");
      },
    ],
    [
      "answers with a promise of another make that fails",
      () => ({
        then: (_: unknown, reject: (reason: unknown) => void) => {
          reject(new Error("listener\u001b"));
        },
      }),
    ],
  ])("because it %s is reported once, told on, and changes no prediction", async (_, fail) => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    let told = 0;
    const model = wrap(() => {
      told += 1;
      return fail();
    });
    for (let n = 0; n < 5; n += 1) expect(await model.predict(row)).toMatchObject({ status: "active", action: "BUY" });
    await model.close();
    await new Promise(setImmediate);
    expect(told).toBe(6);
    expect(warn.mock.calls).toEqual([
      [
        String.raw`The listener 'onEvent' of model m failed: listener\u{1b}. It still receives events; its further failures are not reported.`,
        { type: "QscWarning", code: "QSC_LISTENER" },
      ],
    ]);
  });

  test("with whatever it throws, rejects with or answers never gets out", async () => {
    vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    for (const value of HOSTILE) {
      for (const listener of [
        () => {
          throw value;
        },
        async () => {
          await Promise.resolve();
          throw value;
        },
        () => value,
      ]) {
        expect(await wrap(listener).predict(row)).toMatchObject({ status: "active" });
      }
    }
    await new Promise(setImmediate);
  });

  test("does not end the process, which says so on one line", async () => {
    // The built package, in a process whose end an uncaught fault would be.
    const { runModule } = await import("./support/program.js");
    await using directory = await temporaryDirectory();
    const ended = await runModule(
      directory.path,
      `
      const make = (onEvent) => failClosed({ name: "m", labels: ["BUY", "SELL"], features: ["x"], predict: () => ({ label: "BUY", confidence: 0.5 }), onEvent });
      for (const model of [make(() => { throw new Error("one"); }), make(async () => { throw new Error("two"); })]) {
        for (let n = 0; n < 3; n += 1) console.log((await model.predict({ features: { x: 1 } })).status);
      }
      await new Promise(setImmediate);
      console.log("alive");
    `,
    );
    expect([ended.code, ended.stdout]).toEqual([0, "active\nactive\nactive\nactive\nactive\nactive\nalive\n"]);
    const lines = ended.stderr.split("\n").filter((line) => line.includes("QSC_LISTENER"));
    expect(lines.map((line) => /failed: (\w+)\./.exec(line)?.[1])).toEqual(["one", "two"]);
  });
});
