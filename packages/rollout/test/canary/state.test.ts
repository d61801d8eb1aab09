import { describe, expect, test } from "vitest";
import { readState, requireOwnState, StateReader, writeState } from "../../src/canary/state.js";
import { Machine } from "./model/machine.js";
import { PATHS, Process } from "./model/process.js";
import { canaryMachine } from "./model/scenarios.js";

const reading = (machine: Machine) => readState(new Process(machine).context);

describe("the state file", () => {
  test("is absent if it does not exist", async () => {
    expect(await reading(new Machine())).toEqual({ kind: "absent" });
  });

  test("holds what was written, even after a power cut", async () => {
    const machine = new Machine();
    const { context } = new Process(machine);
    await writeState(context, { phase: "baseline", canary: null, watch: null });
    machine.disk.losePower({ names: "lost", contents: "lost" });
    expect(await reading(machine)).toMatchObject({
      kind: "state",
      state: { phase: "baseline", unit: "engine.service", operation: context.operation },
    });
  });

  test.each<[string, (text: string) => string]>([
    ["empty", () => ""],
    ["cut short", (text) => text.slice(0, -20)],
    ["of another version", (text) => text.replace('"version": 1', '"version": 2')],
    ["of another unit", (text) => text.replace("engine.service", "other.service")],
    ["in an unknown phase", (text) => text.replace('"phase": "canary"', '"phase": "fine"')],
    ["of a canary without a watch", (text) => JSON.stringify({ ...(JSON.parse(text) as object), watch: null })],
    ["another share", (text) => text.replace('"share": 0.1', '"share": 0.2')],
    ["with an unknown field", (text) => text.replace('"version": 1', '"version": 1, "more": 1')],
    ["JSON of another kind", () => "[]"],
  ])("%s is broken, and not a baseline", async (_, change) => {
    const machine = await canaryMachine();
    const text = machine.disk.read(PATHS.state) ?? "";
    expect(change(text)).not.toBe(text);
    machine.disk.put(PATHS.state, change(text));
    expect(await reading(machine)).toMatchObject({
      kind: "broken",
      detail: expect.stringContaining(PATHS.state) as string,
    });
  });

  test("is read again each time, no matter which process wrote it", async () => {
    const machine = await canaryMachine();
    const reader = new StateReader(new Process(machine).context);
    const text = machine.disk.read(PATHS.state) ?? "";
    expect(await reader.read()).toMatchObject({ kind: "state", state: { phase: "canary" } });
    expect(await reader.read()).toEqual(await reading(machine));
    // Of the same length, in the same place.
    machine.disk.put(PATHS.state, text.replace('"share": 0.1', '"share": 0.5'));
    expect(await reader.read()).toMatchObject({ kind: "state", state: { canary: { share: 0.5 } } });
    machine.disk.put(PATHS.state, text.replace('"version": 1', '"version": 2'));
    expect(await reader.read()).toMatchObject({ kind: "broken" });
    machine.disk.put(PATHS.state, text);
    expect(await reader.read()).toMatchObject({ kind: "state", state: { canary: { share: 0.1 } } });
    machine.disk.remove(PATHS.state);
    expect(await reader.read()).toEqual({ kind: "absent" });
    await writeState(new Process(machine).context, { phase: "baseline", canary: null, watch: null });
    expect(await reader.read()).toMatchObject({ kind: "state", state: { phase: "baseline" } });
  });

  test("belongs to the command that wrote it last", async () => {
    const machine = new Machine();
    const [first, second] = [new Process(machine), new Process(machine)];
    await writeState(first.context, { phase: "baseline", canary: null, watch: null });
    await expect(requireOwnState(first.context)).resolves.toBeUndefined();
    await writeState(second.context, { phase: "baseline", canary: null, watch: null });
    await expect(requireOwnState(first.context)).rejects.toMatchObject({ code: "canary_taken_over" });
  });
});
