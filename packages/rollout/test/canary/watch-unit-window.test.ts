import type { ServiceManager, UnitState } from "@qsc/systemd";
import { describe, expect, test } from "vitest";
import { watchWindowOf } from "../../src/canary/watch-unit-window.js";
import { WATCH_WINDOW } from "../../src/canary/window-size.js";
import { Process } from "./model/process.js";
import { baselineMachine } from "./model/scenarios.js";

const UNIT = "qsc-monitor-engine.service";

/** A unit that watches, with these files. */
async function windowOf(texts: readonly string[], asked: number | null = null): Promise<number> {
  const { context } = new Process(await baselineMachine());
  const paths = texts.map((_, index) => `/unit/${index}`);
  const files = { ...context.files, read: (path: string) => Promise.resolve(texts[paths.indexOf(path)] ?? null) };
  // The part of a unit that says where its files are.
  const state = { fragment: paths[0] ?? null, dropIns: paths.slice(1) } as unknown as UnitState;
  const services: ServiceManager = { ...context.services, state: () => Promise.resolve(state) };
  return watchWindowOf({ services, files }, UNIT, asked);
}

describe("the window of the unit that watches", () => {
  test.each<[string, readonly string[], number]>([
    ["no option", ["[Service]\nExecStart=/usr/bin/qsc monitor --stay"], WATCH_WINDOW],
    ["no file", [], WATCH_WINDOW],
    ["as a separate word", ["ExecStart=/usr/bin/qsc monitor --window 5000 --stay"], 5000],
    ["after an equals sign", ["ExecStart=/usr/bin/qsc monitor --window=5000"], 5000],
    ["in quotes", ['ExecStart="/usr/bin/qsc" "monitor" "--window" "5000"'], 5000],
    ["on a second line", ["ExecStart=/usr/bin/qsc monitor \\\n  --window 5000"], 5000],
    [
      "replaced by a drop-in",
      [
        "ExecStart=/usr/bin/qsc monitor --window 5000",
        "[Service]\nExecStart=\nExecStart=/usr/bin/qsc monitor --window 7000",
      ],
      7000,
    ],
    [
      "removed by a drop-in",
      ["ExecStart=/usr/bin/qsc monitor --window 5000", "ExecStart=\nExecStart=/usr/bin/qsc monitor"],
      WATCH_WINDOW,
    ],
  ])("%s", async (_, texts, window) => {
    expect(await windowOf(texts)).toBe(window);
  });

  test("is refused if it is not a number, not replaced by the default", async () => {
    await expect(windowOf(["ExecStart=/usr/bin/qsc monitor --window $WINDOW"])).rejects.toThrow(
      /--window of qsc-monitor-engine.service cannot be read/,
    );
  });

  test("must be the requested one", async () => {
    expect(await windowOf(["ExecStart=/usr/bin/qsc monitor --window 5000"], 5000)).toBe(5000);
    await expect(windowOf(["ExecStart=/usr/bin/qsc monitor"], 5000)).rejects.toThrow(
      /judges the newest 2000 entries, not 5000/,
    );
  });

  test("is the operator's choice if no unit is started", async () => {
    const { context } = new Process(await baselineMachine());
    expect(await watchWindowOf(context, null, 5000)).toBe(5000);
    expect(await watchWindowOf(context, null, null)).toBe(WATCH_WINDOW);
  });
});
