import { asQscError, type QscDocument } from "@qsc/contract";
import type { Effect, Fault, SeenMoment } from "./effects.js";
import { fingerprint, surroundingsOf } from "./fingerprint.js";
import { baselineProblems, canaryProblems, diskProblems, isExposed, momentProblem } from "./invariants.js";
import { LONGEST_LIFE_MS } from "./life.js";
import type { Machine } from "./machine.js";
import { PATHS, Process, type Plant } from "./process.js";
import { installDeadMan, pass, run, type Outcome } from "./run.js";
import { takingBack, watch, type Scenario } from "./scenarios.js";

/** Within this further time the dead-man has proven the baseline, and is gone. */
export const PROVEN_MS = 600_000;

export interface Options {
  readonly plant?: Plant;
  /** Only these faults; default: all. */
  readonly faults?: (fault: Fault, effect: Effect) => boolean;
  /** Stops at the first broken invariant. */
  readonly untilBroken?: boolean;
  /** Is told each fault that is not run, and the one that stands for it. */
  readonly onSame?: (fault: Fault, as: Fault) => void;
}

/** The result of an enumeration. */
export interface Enumeration {
  readonly points: number;
  /** How many of them were run: the others are like one of these. */
  readonly runs: number;
  /** Number of points by kind of effect. */
  readonly byKind: ReadonlyMap<string, number>;
  /** Broken invariants, one sentence each. */
  readonly broken: readonly string[];
  /** The longest that a canary lived without protection, in milliseconds. */
  readonly longestMs: number;
}

/**
 * Every fault that may hit a command: at each stage of each effect a crash, an error, and what a power cut may leave.
 */
export function faultsOf(effects: readonly Effect[]): readonly { readonly fault: Fault; readonly effect: Effect }[] {
  return effects.flatMap((effect, index) =>
    effect.losses.flatMap((losses, stage) => {
      const at = { effect: index, stage };
      const faults: readonly Fault[] = [
        { ...at, kind: "kill" },
        { ...at, kind: "error" },
        ...losses.map((loss): Fault => ({ ...at, kind: "power", loss })),
      ];
      return faults.map((fault) => ({ fault, effect }));
    }),
  );
}

/**
 * Runs a scenario once for every fault, recovers as in reality, and checks the invariants. A crash or a power cut that
 * leaves the same world as one that was run is not run again: nothing but the world survives it.
 */
export async function enumerate(
  scenario: Scenario,
  { plant, faults = () => true, untilBroken = false, onSame }: Options = {},
): Promise<Enumeration> {
  const prepared = await scenario.start();
  const trace = await traced(prepared, scenario, plant);
  const byKind = new Map<string, number>();
  const broken = trace.problems.map((problem) => `${scenario.name}, no fault: ${problem}`);
  let [points, runs, longestMs] = [0, 0, 0];
  const left = new Map<string, Fault>();
  const all = faultsOf(trace.effects);
  // The damage of a fault shows late rather than early.
  for (const { fault, effect } of untilBroken ? all.toReversed() : all) {
    if (!faults(fault, effect)) continue;
    if (untilBroken && broken.length > 0) break;
    points += 1;
    byKind.set(effect.kind, (byKind.get(effect.kind) ?? 0) + 1);
    const world = plant === undefined ? trace.worlds.get(nameOf(fault)) : undefined;
    const as = world === undefined ? undefined : left.get(world);
    if (as !== undefined) {
      onSame?.(fault, as);
      continue;
    }
    if (world !== undefined) left.set(world, fault);
    const machine = prepared.clone();
    runs += 1;
    const problems = await point(machine, scenario, { fault, ...(plant !== undefined && { plant }) });
    longestMs = Math.max(longestMs, machine.life.longestMs);
    broken.push(...problems.map((problem) => `${describe(scenario, effect, fault)}: ${problem}`));
  }
  return { points, runs, byKind, broken, longestMs };
}

function nameOf(fault: Fault): string {
  const { effect, stage, kind } = fault;
  return `${effect}.${stage} ${kind}${kind === "power" ? ` ${fault.loss.names} ${fault.loss.contents}` : ""}`;
}

function describe({ name }: Scenario, { kind }: Effect, fault: Fault): string {
  const loss = fault.kind === "power" ? `, names ${fault.loss.names}, contents ${fault.loss.contents}` : "";
  return `${name}, effect ${fault.effect} (${kind}), ${fault.kind} at stage ${fault.stage}${loss}`;
}

async function traced(
  prepared: Machine,
  scenario: Scenario,
  plant?: Plant,
): Promise<{
  readonly effects: readonly Effect[];
  readonly problems: readonly string[];
  /** What is left of the world by each crash and power cut. */
  readonly worlds: ReadonlyMap<string, string>;
}> {
  const machine = prepared.clone();
  const problems = new Set<string>();
  const worlds = new Map<string, string>();
  const onStage = (): void => note(problems, momentProblem(machine));
  const moment = (at: SeenMoment): void => {
    worlds.set(
      nameOf({ ...at, kind: "kill" }),
      `alive ${fingerprint(machine, surroundingsOf(machine, process.effects))}`,
    );
    for (const loss of machine.disk.losses()) {
      const down = machine.fork();
      down.losePower(loss);
      worlds.set(nameOf({ ...at, kind: "power", loss }), fingerprint(down, surroundingsOf(down)));
    }
  };
  const observer = { moment, seen: () => undefined };
  const process = new Process(machine, { records: true, onStage, observer, ...(plant !== undefined && { plant }) });
  if (scenario.attends) machine.life.attendant = process.effects;
  installDeadMan(machine);
  const outcome = await run(machine, process, (context) => scenario.act(context, machine));
  for (const problem of await claimProblems(machine, scenario, outcome)) problems.add(problem);
  if (outcome.kind !== "done" || scenario.claims(outcome.document) === null)
    problems.add("it does not come to its end");
  return { effects: process.effects.done, problems: [...problems], worlds };
}

export function note(problems: Set<string>, problem: string | null): void {
  if (problem !== null) problems.add(problem);
}

/** What a scenario does if nothing goes wrong. */
export async function tracedEffects(prepared: Machine, scenario: Scenario): Promise<readonly Effect[]> {
  return (await traced(prepared, scenario)).effects;
}

/** The broken invariants of one run with one fault. */
export async function point(
  machine: Machine,
  scenario: Scenario,
  {
    fault,
    plant,
    second,
    onRun,
  }: {
    readonly fault: Fault | null;
    readonly plant?: Plant;
    readonly second?: Fault | null;
    readonly onRun?: (process: Process) => void;
  },
): Promise<readonly string[]> {
  const problems = new Set<string>();
  const onStage = (): void => note(problems, momentProblem(machine));
  const planted = plant === undefined ? {} : { plant };
  const process = new Process(machine, { fault, onStage, ...planted });
  if (scenario.attends) machine.life.attendant = process.effects;
  installDeadMan(machine, {
    onStage,
    ...planted,
    fault: second ?? null,
    ...(onRun !== undefined && { onRun, records: true }),
  });
  const outcome = await run(machine, process, (context) => scenario.act(context, machine));
  note(problems, momentProblem(machine));
  for (const problem of await claimProblems(machine, scenario, outcome)) problems.add(problem);
  for (const problem of await diskProblems(machine)) problems.add(problem);
  for (const problem of await recovered(machine, plant)) problems.add(problem);
  note(problems, lifeProblem(machine));
  return [...problems];
}

/** No fault may let an unprotected canary live. */
export function lifeProblem({ life: { longestMs } }: Machine): string | null {
  if (longestMs < LONGEST_LIFE_MS) return null;
  return `a canary lived for ${longestMs / 1000} s, violated or without a judgement`;
}

/** A command that claims a proof must be right. */
async function claimProblems<T>(
  machine: Machine,
  { claims }: Scenario,
  outcome: Outcome<T>,
): Promise<readonly string[]> {
  if (outcome.kind === "rejected" && asQscError(outcome.error).code === "internal" && !isInjected(outcome.error))
    return [`it rejects: ${String(outcome.error)}`];
  if (outcome.kind !== "done") return [];
  const claim = claims(outcome.document as Parameters<typeof claims>[0]);
  if (claim === null) return [];
  const wrong =
    claim.kind === "baseline" ? await baselineProblems(machine) : await canaryProblems(machine, claim.phases);
  if (claim.kind === "either" && wrong.length > 0 && (await baselineProblems(machine)).length === 0) return [];
  return wrong.map((problem) => `it says ${claim.kind}, but ${problem}`);
}

export function isInjected(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.message.includes("injected into") || (error.cause !== undefined && isInjected(error.cause)))
  );
}

/** Time passes without anyone acting: then the dead-man has acted, or an operator may. */
async function recovered(machine: Machine, plant?: Plant): Promise<readonly string[]> {
  const text = machine.disk.read(PATHS.state) ?? "";
  const isPromoted = text.includes('"phase": "promoted"');
  const isEnded = machine.disk.read(PATHS.lease)?.startsWith("promoted") === true;
  const isFree = machine.guardState() !== "armed" || isEnded;
  if (isPromoted && isFree) {
    // What is left of the dead-man leaves the canary alone, and goes when the watch's unit is restarted.
    await pass(machine, LONGEST_LIFE_MS);
    await run(machine, new Process(machine, plant === undefined ? {} : { plant }), watch);
    machine.losePower({ names: "kept", contents: "kept" });
    await pass(machine, LONGEST_LIFE_MS);
    const problems = await canaryProblems(machine, ["promoted"]);
    // A rollback had begun to guard it again: its end by the watch is as good.
    if (!isEnded && problems.length > 0) {
      machine.publish();
      if ((await baselineProblems(machine)).length === 0) return [];
    }
    return problems.map((problem) => `promoted, but after a reboot ${problem}`);
  }
  if (machine.guardState() === "armed") {
    await pass(machine, LONGEST_LIFE_MS, () => !isExposed(machine));
    if (isExposed(machine)) return ["an unwatched canary is still there after 120 s"];
    await pass(machine, PROVEN_MS, () => machine.guardState() === "absent" && machine.guardRun === null);
    // After a power cut there was no one yet to be told of the new process.
    machine.publish();
    return (await baselineProblems(machine)).map((problem) => `after the dead-man: ${problem}`);
  }
  if (isExposed(machine)) return ["a canary that nothing takes back"];
  const outcome = await run(machine, new Process(machine, plant === undefined ? {} : { plant }), takingBack);
  if (outcome.kind !== "done" || outcome.document.exitCode !== 0)
    return [`an operator's rollback does not prove the baseline: ${told(outcome)}`];
  return (await baselineProblems(machine)).map((problem) => `after an operator's rollback: ${problem}`);
}

export function told(outcome: Outcome<QscDocument>): string {
  if (outcome.kind === "done") return "reasons" in outcome.document ? outcome.document.reasons.join("; ") : "";
  return outcome.kind === "rejected" ? String(outcome.error) : "it died";
}
