import { expect, test } from "vitest";
import { isExposed } from "./model/invariants.js";
import { hung, SERVED_MS } from "./model/hung.js";
import { momentsOf, type Moment } from "./model/interfere.js";
import { LONGEST_LIFE_MS } from "./model/life.js";
import { PATHS, Process } from "./model/process.js";
import { pass, runUntil } from "./model/run.js";
import { activation, takingBack } from "./model/scenarios.js";

/** What a rollback does that is stopped at a moment, until the hung command has ended and another canary is live. */
async function stoppedAt(at: Moment): Promise<string | null> {
  const { machine, end } = await hung();
  const life = { isRestored: false, endsMs: Infinity };
  const process = new Process(machine, {
    encounter: {
      ...at,
      act: (effects) => {
        effects.freeze();
        life.isRestored = machine.guardState() === "absent" && machine.disk.read(PATHS.lease) === null;
        end();
        void takingBack(new Process(machine).context, true)
          .then(
            () =>
              new Promise<void>((resolve) => {
                machine.sleepUntil(machine.monotonicMs + 1500, machine, () => {
                  machine.start();
                  machine.sleepUntil(machine.monotonicMs + SERVED_MS, machine, resolve);
                });
              }),
          )
          .then(() => activation(new Process(machine).context, undefined, machine.engine?.startedMs))
          .catch(() => undefined)
          .then(() => {
            life.endsMs = machine.monotonicMs + 5000;
            effects.thaw();
          });
      },
    },
  });
  const ended = await runUntil(
    machine,
    process,
    (context) => takingBack(context, true),
    () => machine.monotonicMs >= life.endsMs,
  );
  const where = `effect ${at.effect}, stage ${at.stage}`;
  const saysBaseline = ended.kind === "done" && ended.document.exitCode === 0;
  if (isExposed(machine) && saysBaseline && !life.isRestored) return `${where}: it says that there is no canary`;
  await pass(machine, LONGEST_LIFE_MS, () => !isExposed(machine));
  return isExposed(machine) ? `${where}: a canary that nothing takes back` : null;
}

test("a rollback that took over, stopped until there is another canary, says so, and leaves none that nothing takes back", async () => {
  const { machine } = await hung();
  const process = new Process(machine);
  const outcome = await runUntil(
    machine,
    process,
    (context) => takingBack(context, true),
    () => false,
  );
  expect(outcome).toMatchObject({ kind: "done", document: { exitCode: 0 } });
  const effects = process.effects.done;
  const broken: string[] = [];
  let stops = 0;
  for (const at of momentsOf(effects)) {
    const problem = await stoppedAt(at);
    stops += 1;
    if (problem !== null) broken.push(`${problem} (${effects[at.effect]?.kind ?? ""})`);
  }
  expect(stops).toBeGreaterThan(50);
  expect(broken).toEqual([]);
});
