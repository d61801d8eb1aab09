import { asQscError, sameWeights, type QscDocument } from "@qsc/contract";
import type { Actor } from "../actors/actor.js";
import type { Effect, Fault, Observer } from "./effects.js";
import { BASELINE } from "./engine.js";
import { isInjected, lifeProblem, note, PROVEN_MS, told, type Enumeration } from "./enumerate.js";
import { baselineProblems, isExposed } from "./invariants.js";
import { isPromoted, LONGEST_LIFE_MS, servesCanary } from "./life.js";
import type { Machine } from "./machine.js";
import { Process, type Plant } from "./process.js";
import { installDeadMan, pass, runUntil, type Outcome } from "./run.js";
import { takingBack, watchedOnDisk, watchOn, type Scenario, type Watched } from "./scenarios.js";
import { SameMoments, Undisturbed } from "./undisturbed.js";

/** How long to wait for a command that another user has stopped, in milliseconds. */
const HANGS_MS = 900_000;

/** How often a watch checks everything, in milliseconds. */
const NOTICED_MS = 6000;

/** A moment of a command: before a stage of one of its effects. */
export interface Moment {
  readonly effect: number;
  readonly stage: number;
}

interface InterferenceOptions {
  readonly plant?: Plant;
  /** What else happens to the command later. */
  readonly fault?: Fault;
  readonly observer?: Observer;
}

/** Every moment of a command. */
export function momentsOf(effects: readonly Effect[]): readonly Moment[] {
  return effects.flatMap(({ stages }, effect) =>
    Array.from({ length: Math.max(1, stages) }, (_, stage) => ({ effect, stage })),
  );
}

/** What a scenario does next to an actor that does nothing yet. */
export async function undisturbed(
  prepared: Machine,
  scenario: Scenario,
  actor: Actor,
): Promise<{ readonly effects: readonly Effect[]; readonly run: Undisturbed }> {
  const machine = prepared.clone();
  actor.begins?.(machine);
  const run = new Undisturbed(machine);
  const process = new Process(machine, { observer: run });
  if (scenario.attends) machine.life.attendant = process.effects;
  installDeadMan(machine);
  await runUntil(machine, process, (context) => scenario.act(context, machine), after(machine, HANGS_MS));
  return { effects: process.effects.done, run };
}

/**
 * Runs a scenario once for every moment at which an actor may act, recovers as in reality, and checks the promises. A
 * moment that makes no difference to one that was run is not run again.
 */
export async function interfere(
  scenario: Scenario,
  actor: Actor,
  {
    plant,
    untilBroken = false,
    onSame,
  }: {
    readonly plant?: Plant;
    readonly untilBroken?: boolean;
    /** Is told each moment that is not run, and the one that stands for it. */
    readonly onSame?: (moment: Moment, as: Moment) => void;
  } = {},
): Promise<Enumeration> {
  const prepared = await scenario.start();
  const { effects, run } = await undisturbed(prepared, scenario, actor);
  const moments = new SameMoments(run, actor);
  const same = new Set<string>();
  const byKind = new Map<string, number>();
  const broken: string[] = [];
  let longestMs = 0;
  let [points, runs] = [0, 0];
  for (const moment of momentsOf(effects)) {
    if (untilBroken && broken.length > 0) break;
    const kind = effects[moment.effect]?.kind ?? "";
    points += 1;
    byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
    if (same.has(nameOf(moment))) continue;
    const machine = prepared.clone();
    const found = (at: Moment): void => {
      if (same.has(nameOf(at))) return;
      same.add(nameOf(at));
      onSame?.({ effect: at.effect, stage: at.stage }, moment);
    };
    // A planted fault sees what no observer is told of.
    const options = plant === undefined ? { observer: moments.observer(machine, moment, found) } : { plant };
    const problems = await meeting(machine, scenario, actor, moment, options);
    runs += 1;
    longestMs = Math.max(longestMs, machine.life.longestMs);
    const at = `${scenario.name}, ${actor.name} at effect ${moment.effect} (${kind}), stage ${moment.stage}`;
    broken.push(...problems.map((problem) => `${at}: ${problem}`));
  }
  return { points, runs, byKind, broken, longestMs };
}

function nameOf({ effect, stage }: Moment): string {
  return `${effect}.${stage}`;
}

/** The broken promises if an actor meets a command at one moment. */
export async function meeting(
  machine: Machine,
  scenario: Scenario,
  actor: Actor,
  moment: Moment,
  { plant, fault, observer }: InterferenceOptions,
): Promise<readonly string[]> {
  const problems = new Set<string>();
  const planted = plant === undefined ? {} : { plant };
  actor.begins?.(machine);
  const before = watchedOnDisk(machine);
  let actedAtMs = Infinity;
  const process = new Process(machine, {
    encounter: {
      ...moment,
      act: (effects) => {
        actedAtMs = machine.monotonicMs;
        actor.acts(machine, effects);
      },
    },
    fault: fault ?? null,
    observer: observer ?? null,
    ...planted,
  });
  if (scenario.attends) machine.life.attendant = process.effects;
  installDeadMan(machine, planted);
  const outcome = await runUntil(
    machine,
    process,
    (context) => scenario.act(context, machine),
    after(machine, HANGS_MS),
  );
  // A watch that had the time to notice the action must have noticed it.
  const hadTime = !scenario.attends && machine.monotonicMs - actedAtMs > NOTICED_MS;
  for (const problem of claimProblems(machine, scenario, outcome, before)) problems.add(problem);
  for (const problem of await recovered(machine, { actor, process, hadTime }, planted)) problems.add(problem);
  note(problems, lifeProblem(machine));
  return [...problems];
}

function after(machine: Machine, ms: number): () => boolean {
  const until = machine.monotonicMs + ms;
  return () => machine.monotonicMs >= until;
}

/** What a command claims as proven must not be wrong. */
function claimProblems(
  machine: Machine,
  { claims }: Scenario,
  outcome: Outcome<QscDocument> | { readonly kind: "hangs" },
  before: Watched,
): readonly string[] {
  if (outcome.kind === "rejected" && asQscError(outcome.error).code === "internal" && !isInjected(outcome.error))
    return [`it rejects: ${String(outcome.error)}`];
  if (outcome.kind !== "done") return [];
  const claim = claims(outcome.document);
  const watched = outcome.document.kind === "monitor" ? (outcome.document.watch?.watchedMs ?? 0) : 0;
  if (watched - before.forMs > machine.monotonicMs - before.untilMs)
    return ["more time counts as watched than has passed"];
  // A refused activation must say what is left to undo.
  if (claim?.kind !== "baseline" || outcome.document.kind === "activate") return [];
  if (servesCanary(machine)) return ["it says baseline, but a canary is served"];
  const { engine } = machine;
  return engine === null || sameWeights(engine.weights, BASELINE)
    ? []
    : ["it says baseline, but other weights are served"];
}

/**
 * The watching unit runs if the command started it. Then no one acts for a while, and an operator cleans up after the
 * actor: from then on the baseline must be proven.
 */
async function recovered(
  machine: Machine,
  { actor, process, hadTime }: { readonly actor: Actor; readonly process: Process; readonly hadTime: boolean },
  planted: { readonly plant?: Plant },
): Promise<readonly string[]> {
  if (isPromoted(machine)) return [];
  if (isExposed(machine) && actor.isWatched === true && !hadTime) {
    await runUntil(
      machine,
      new Process(machine, planted),
      (context) => watchOn(context, machine),
      after(machine, HANGS_MS),
    );
  }
  await pass(machine, LONGEST_LIFE_MS, () => !servesCanary(machine) && machine.guardRun === null);
  if (servesCanary(machine) && !isPromoted(machine)) return ["a canary is still served after 120 s"];
  process.effects.kill();
  actor.ends?.(machine);
  await pass(machine, PROVEN_MS, () => machine.guardState() === "absent" && machine.guardRun === null);
  if (isPromoted(machine)) return [];
  machine.publish();
  const problems = async (): Promise<readonly string[]> =>
    (await baselineProblems(machine)).filter(
      (problem) => actor.breaksLog !== true || !problem.startsWith("audit log:"),
    );
  if ((await problems()).length === 0) return [];
  const outcome = await runUntil(machine, new Process(machine, planted), takingBack, after(machine, HANGS_MS));
  if (outcome.kind === "hangs") return ["an operator's rollback does not end"];
  if (outcome.kind !== "done" || outcome.document.exitCode !== 0)
    return [`an operator's rollback does not prove the baseline: ${told(outcome)}`];
  return (await problems()).map((problem) => `after an operator's rollback: ${problem}`);
}
