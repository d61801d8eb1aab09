import type { QscDocument } from "@qsc/contract";
import { lifeProblem } from "./enumerate.js";
import { baselineProblems } from "./invariants.js";
import { isPromoted, servesCanary } from "./life.js";
import type { Machine } from "./machine.js";
import { Process, type Plant } from "./process.js";
import { installDeadMan, pass, runUntil, type Outcome } from "./run.js";
import { watchedOnDisk, watchOn } from "./scenarios.js";

/** What happens to the telemetry a while after the watch has begun. */
export interface Trouble {
  readonly name: string;
  readonly happens: (machine: Machine) => void;
}

export interface Restarts {
  /** Each run of the watch is killed before this effect; null: at a time. */
  readonly effect: number | null;
  /** Each run of the watch is killed after this number of milliseconds. */
  readonly afterMs: number;
  /** The unit's pause before it restarts the watch, in milliseconds. */
  readonly pauseMs: number;
  /** How often the watch is killed; after that it may run. */
  readonly times: number;
}

/** When the trouble begins, and how long the test observes, in milliseconds. */
const BEGINS_MS = 5000;
const LOOKS_MS = 400_000;

export interface Restarted {
  readonly broken: readonly string[];
  readonly longestMs: number;
  /** How often the watch was killed. */
  readonly kills: number;
}

/** A watch that is killed and restarted again and again, with healthy or troubled telemetry. */
export async function restarted(
  machine: Machine,
  trouble: Trouble,
  restarts: Restarts,
  plant?: Plant,
): Promise<Restarted> {
  const planted = plant === undefined ? {} : { plant };
  const beganMs = machine.monotonicMs;
  const before = watchedOnDisk(machine);
  const isOver = (): boolean => machine.monotonicMs - beganMs >= LOOKS_MS;
  machine.sleepUntil(beganMs + BEGINS_MS, machine, () => {
    trouble.happens(machine);
  });
  installDeadMan(machine, planted);
  const broken = new Set<string>();
  let kills = 0;
  while (!isOver() && servesCanary(machine) && !isPromoted(machine)) {
    const process = new Process(machine, { ...planted, fault: faultOf(restarts, kills) });
    if (restarts.effect === null && kills < restarts.times)
      machine.sleepUntil(machine.monotonicMs + restarts.afterMs, machine, process.effects.kill);
    const outcome = await runUntil(
      machine,
      process,
      (context) => watchOn(context, machine, { durationMs: 60_000 }),
      isOver,
    );
    if (outcome.kind === "died") kills += 1;
    if (watched(machine, outcome) - before.forMs > machine.monotonicMs - before.untilMs + 1)
      broken.add("more time counts as watched than has passed");
    if (outcome.kind === "done" && outcome.document.exitCode === 0) break;
    await pass(machine, restarts.pauseMs);
  }
  await pass(
    machine,
    240_000,
    () => !servesCanary(machine) && machine.guardState() === "absent" && machine.guardRun === null,
  );
  if (!isPromoted(machine)) {
    machine.publish();
    for (const problem of await baselineProblems(machine)) broken.add(problem);
  }
  const problem = lifeProblem(machine);
  if (problem !== null) broken.add(problem);
  return { broken: [...broken], longestMs: machine.life.longestMs, kills };
}

function faultOf(
  { effect, times }: Restarts,
  kills: number,
): { readonly effect: number; readonly stage: number; readonly kind: "kill" } | null {
  return effect === null || kills >= times ? null : { effect, stage: 0, kind: "kill" };
}

/** What counts as watched, in milliseconds: time counts once, however often the watch is restarted. */
function watched(machine: Machine, outcome: Outcome<QscDocument> | { readonly kind: "hangs" }): number {
  const said =
    outcome.kind === "done" && outcome.document.kind === "monitor" ? outcome.document.watch?.watchedMs : undefined;
  return Math.max(watchedOnDisk(machine).forMs, said ?? 0);
}
