import type { ActivateDocument } from "@qsc/contract";
import type { SourceItem } from "@qsc/stream-reader";
import { describe, expect, test } from "vitest";
import type { Machine } from "./model/machine.js";
import { Process } from "./model/process.js";
import { run } from "./model/run.js";
import { activation, baselineMachine } from "./model/scenarios.js";

/** The weights of an engine whose shadow has none, or is not named. */
const WITHOUT_VOTE = { "weight 0": '"patchtst":0', "no weight": "" } as const;

/** What the engine publishes about patchtst while it is a shadow. */
function asShadow(field: string, weight: string): string {
  return field
    .replace('"lightgbm":0.3,"patchtst":0.2', `"lightgbm":0.5${weight === "" ? "" : `,${weight}`}`)
    .replace(/("patchtst":\{[^}]*"status":)"active"/, '$1"shadow"');
}

/** An engine that runs patchtst as a shadow, except in processes in which it votes. */
async function shadowMachine(weight: string, votes: (starts: number) => boolean): Promise<Machine> {
  const machine = await baselineMachine();
  const changed = (item: SourceItem): SourceItem =>
    item.kind === "entry" ? { ...item, fields: item.fields.map((field) => asShadow(field, weight)) } : item;
  machine.entries.splice(0, Infinity, ...machine.entries.map(changed));
  const publish = machine.publish.bind(machine);
  machine.publish = (label) => {
    const { length } = machine.entries;
    publish(label);
    if (votes(machine.starts)) return;
    machine.entries.splice(length, Infinity, ...machine.entries.slice(length).map(changed));
  };
  return machine;
}

async function activated(machine: Machine, shadow: boolean): Promise<ActivateDocument> {
  const process = new Process(machine);
  const outcome = await run(machine, process, (context) => activation(context, undefined, undefined, shadow));
  if (outcome.kind !== "done") throw new Error("the activation did not end", { cause: outcome });
  return outcome.document;
}

describe("a shadow", () => {
  test.each(Object.entries(WITHOUT_VOTE))("with %s becomes a canary that votes", async (_, weight) => {
    const machine = await shadowMachine(weight, (starts) => starts > 1);
    const document = await activated(machine, true);
    expect(document).toMatchObject({ exitCode: 0, gate: { shadow: true } });
    expect(document.weights.after).toEqual({ xgb: 0.45, lightgbm: 0.45, patchtst: 0.1 });
    expect(document.weights.before).toEqual({ xgb: 0.5, lightgbm: 0.5, ...(weight === "" ? {} : { patchtst: 0 }) });
  });

  test("that does not vote in the new process is no canary: the activation is undone", async () => {
    const machine = await shadowMachine(WITHOUT_VOTE["weight 0"], () => false);
    const document = await activated(machine, true);
    expect(document).toMatchObject({ exitCode: 2, codes: expect.arrayContaining(["served_otherwise"]) as string[] });
    expect(document.reasons.join(" ")).toContain(
      "patchtst answers as a shadow, without a vote, although it is the canary",
    );
    expect(machine.dropIn, "the drop-in").toBeNull();
    expect(machine.guardState(), "the dead-man").toBe("absent");
  });

  test("that is not named as one is not activated, and nothing is changed", async () => {
    const machine = await shadowMachine(WITHOUT_VOTE["weight 0"], (starts) => starts > 1);
    expect(await activated(machine, false)).toMatchObject({ exitCode: 2, dropIn: null });
    expect(machine.starts).toBe(1);
  });

  test("is not a model that votes: the gate refuses it", async () => {
    const machine = await baselineMachine();
    const document = await activated(machine, true);
    expect(document).toMatchObject({ exitCode: 2, dropIn: null });
    expect(document.reasons.join(" ")).toContain("shadow_voted");
  });
});
