import { describe, expect, test } from "vitest";
import { decision, type Engine } from "./model/engine.js";
import type { Machine } from "./model/machine.js";
import { Process } from "./model/process.js";
import { run } from "./model/run.js";
import { activation, baselineMachine, canaryMachine, takingBack } from "./model/scenarios.js";
import type { CanaryWorld } from "../../src/canary/world.js";
import type { QscDocument } from "@qsc/contract";

/** Lets a process that the unit does not know publish beside it, from now on. */
function publishBeside(machine: Machine, engine: Engine, everyMs: number): void {
  let number = 100_000;
  const next = (): void => {
    machine.sleepUntil(machine.monotonicMs + everyMs, machine, () => {
      // Not in the millisecond of another entry: an ID is given once.
      machine.entries.push(decision(engine, number, machine.nowMs + 1));
      number += 1;
      machine.news();
      next();
    });
  };
  next();
}

function running({ engine }: Machine): Engine {
  if (engine === null) throw new Error("no engine runs");
  return engine;
}

async function document(machine: Machine, act: (world: CanaryWorld) => Promise<QscDocument>): Promise<QscDocument> {
  const outcome = await run(machine, new Process(machine), act);
  if (outcome.kind !== "done") throw new Error("the command did not end", { cause: outcome });
  return outcome.document;
}

describe("a rollback is not proven", () => {
  test.each([500, 2000, 3000])("while the canary's former process goes on publishing, every %i ms", async (everyMs) => {
    const machine = await canaryMachine();
    publishBeside(machine, running(machine), everyMs);
    expect(await document(machine, takingBack)).toMatchObject({ exitCode: 2, reasons: [expect.stringMatching(/boot-2/)] });
    expect(machine.guardState(), "the dead-man").toBe("armed");
  });

  test("while a second instance publishes the baseline's weights and the unit serves the canary", async () => {
    const machine = await canaryMachine();
    const engine = running(machine);
    publishBeside(machine, { ...engine, boot: "elsewhere", weights: { xgb: 0.5, lightgbm: 0.3, patchtst: 0.2 }, canary: null }, 700);
    expect(await document(machine, takingBack)).toMatchObject({ exitCode: 2 });
    expect(machine.guardState(), "the dead-man").toBe("armed");
  });

  test("by decisions from before it, when the clock steps back two hours and the former process is unknown", async () => {
    const machine = await canaryMachine();
    machine.engineFaults.add("publishes nothing");
    machine.wallOffsetMs -= 2 * 3_600_000;
    machine.turnSource("down");
    machine.sleepUntil(machine.monotonicMs + 20_000, machine, () => { machine.turnSource("up"); });
    expect(await document(machine, takingBack)).toMatchObject({ exitCode: 2 });
    expect(machine.guardState(), "the dead-man").toBe("armed");
  });
});

describe("an activation is undone", () => {
  test("when a second instance publishes the baseline's weights", async () => {
    const machine = await baselineMachine();
    const engine = running(machine);
    const beside: Engine = { ...engine, boot: "elsewhere" };
    let isStarted = false;
    const outcome = await document(machine, (world) => activation({
      ...world,
      services: { ...world.services, start: async (unit, timeoutMs) => {
        if (!isStarted) publishBeside(machine, beside, 2500);
        isStarted = true;
        return world.services.start(unit, timeoutMs);
      } },
    }));
    expect(outcome).toMatchObject({ exitCode: 2 });
    expect(machine.dropIn, "the drop-in").toBeNull();
  });
});

test("a rollback is proven beside an engine that publishes quicker than its stream can be asked for its end", async () => {
  const machine = await canaryMachine();
  const outcome = await document(machine, (world) => takingBack({
    ...world,
    openSource: async () => {
      const source = await world.openSource();
      return {
        label: source.label, stream: source.stream, ordering: source.ordering, live: source.live,
        pages: source.pages.bind(source), follow: source.follow.bind(source), gaps: source.gaps.bind(source), close: source.close.bind(source),
        [Symbol.asyncDispose]: () => source.close(),
        state: async () => {
          await world.clock.sleep(5);
          machine.publish();
          return source.state();
        },
      };
    },
  }));
  expect(outcome).toMatchObject({ exitCode: 0, reasons: [] });
});
