import { describe, expect, test } from "vitest";
import { decision, type Engine } from "./model/engine.js";
import type { Machine } from "./model/machine.js";
import { Process } from "./model/process.js";
import { run } from "./model/run.js";
import { activation, baselineMachine, canaryMachine, takingBack } from "./model/scenarios.js";
import type { OperationContext } from "../../src/operation/context.js";
import type { QscDocument } from "@qsc/contract";

/** From now on, a process that the unit does not know publishes as well. */
function publishBeside(machine: Machine, engine: Engine, everyMs: number): void {
  let number = 100_000;
  const next = (): void => {
    machine.sleepUntil(machine.monotonicMs + everyMs, machine, () => {
      // Not in the same millisecond as another entry: IDs are unique.
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

async function document(
  machine: Machine,
  act: (context: OperationContext) => Promise<QscDocument>,
): Promise<QscDocument> {
  const outcome = await run(machine, new Process(machine), act);
  if (outcome.kind !== "done") throw new Error("the command did not end", { cause: outcome });
  return outcome.document;
}

describe("a rollback is not proven", () => {
  test.each([500, 2000, 3000])("while the canary's former process keeps publishing, every %i ms", async (everyMs) => {
    const machine = await canaryMachine();
    publishBeside(machine, running(machine), everyMs);
    expect(await document(machine, takingBack)).toMatchObject({
      exitCode: 2,
      reasons: [expect.stringMatching(/boot-2/)],
    });
    expect(machine.guardState(), "the dead-man").toBe("armed");
  });

  test("while a second instance publishes the baseline's weights and the unit serves the canary", async () => {
    const machine = await canaryMachine();
    const engine = running(machine);
    publishBeside(
      machine,
      { ...engine, boot: "elsewhere", weights: { xgb: 0.5, lightgbm: 0.3, patchtst: 0.2 }, canary: null },
      700,
    );
    expect(await document(machine, takingBack)).toMatchObject({ exitCode: 2 });
    expect(machine.guardState(), "the dead-man").toBe("armed");
  });

  test("while the telemetry cannot be read, and says why in one sentence", async () => {
    const machine = await canaryMachine();
    machine.turnSource("down");
    const ended = await document(machine, takingBack);
    expect(ended).toMatchObject({ exitCode: 2 });
    expect(JSON.stringify(ended)).toContain("cannot be reached");
    expect(JSON.stringify(ended)).not.toContain("..");
  });

  test("by earlier decisions, when the clock steps back two hours and the former process is unknown", async () => {
    const machine = await canaryMachine();
    machine.engineFaults.add("publishes nothing");
    machine.wallOffsetMs -= 2 * 3_600_000;
    machine.turnSource("down");
    machine.sleepUntil(machine.monotonicMs + 20_000, machine, () => {
      machine.turnSource("up");
    });
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
    const outcome = await document(machine, (context) =>
      activation({
        ...context,
        services: {
          ...context.services,
          start: async (unit, timeoutMs) => {
            if (!isStarted) publishBeside(machine, beside, 2500);
            isStarted = true;
            return context.services.start(unit, timeoutMs);
          },
        },
      }),
    );
    expect(outcome).toMatchObject({ exitCode: 2 });
    expect(machine.dropIn, "the drop-in").toBeNull();
  });
});

test("a rollback is proven even if the engine publishes faster than the end of its stream can be read", async () => {
  const machine = await canaryMachine();
  const outcome = await document(machine, (context) =>
    takingBack({
      ...context,
      openSource: async () => {
        const source = await context.openSource();
        return {
          label: source.label,
          stream: source.stream,
          ordering: source.ordering,
          live: source.live,
          pages: source.pages.bind(source),
          follow: source.follow.bind(source),
          gaps: source.gaps.bind(source),
          close: source.close.bind(source),
          [Symbol.asyncDispose]: () => source.close(),
          state: async () => {
            await context.clock.sleep(5);
            machine.publish();
            return source.state();
          },
        };
      },
    }),
  );
  expect(outcome).toMatchObject({ exitCode: 0, reasons: [] });
});
