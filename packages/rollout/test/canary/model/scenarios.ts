import type { CanaryState, QscDocument } from "@qsc/contract";
import { activate } from "../../../src/activate.js";
import type { OperationContext } from "../../../src/operation/context.js";
import { monitor } from "../../../src/monitor.js";
import { promote } from "../../../src/promote.js";
import { rollback } from "../../../src/rollback.js";
import { MODEL } from "./engine.js";
import { Machine } from "./machine.js";
import { PATHS, Process } from "./process.js";
import { pass, PROOF_MS, run } from "./run.js";
import { WATCH_UNIT } from "./services.js";

/** A watch, shortened: it has the half dozen events that it needs. */
const WATCH_MS = 13_000;
/** A signal that is never aborted. Each command has its own: one that is killed leaves its listeners behind. */
const quiet = (): AbortSignal => new AbortController().signal;

/** What a command claimed when it ended: `either` means a canary as it was, or none. */
type Claim =
  | { readonly kind: "baseline" }
  | { readonly kind: "canary" | "either"; readonly phases: readonly CanaryState["phase"][] };

/** One command on one machine. */
export interface Scenario {
  readonly name: string;
  readonly start: () => Promise<Machine>;
  readonly act: (context: OperationContext, machine: Machine) => Promise<QscDocument>;
  /**
   * Whether the command attends to the canary while it runs, as those that give it its share do. A watch must judge.
   */
  readonly attends: boolean;
  /** What a document claims. */
  readonly claims: (document: QscDocument) => Claim | null;
}

export const activation = (
  context: OperationContext,
  signal: AbortSignal = quiet(),
  cutoverMs: number = Date.UTC(2026, 0, 5, 9),
  shadow = false,
) =>
  activate(context, {
    model: MODEL,
    shadow,
    cutoverMs,
    dryRun: false,
    durationMs: WATCH_MS,
    watchUnit: WATCH_UNIT,
    proofMs: PROOF_MS,
    signal,
  });
export const watch = (context: OperationContext) => watchWith(context, {});
/** A watch that reports its judgements to the machine. */
export const watchOn = (
  context: OperationContext,
  machine: Machine,
  options: Partial<Parameters<typeof monitor>[1]> = {},
) => {
  let judgements = judgementsOnDisk(machine);
  // One that was killed may have judged, and written so, before it could report it.
  if (judgements > 0) machine.life.judged(watchedOnDisk(machine).untilMs);
  return watchWith(context, {
    onReport: ({ watch: progress }) => {
      if (progress.judgements > judgements) machine.life.judged(machine.monotonicMs);
      judgements = progress.judgements;
    },
    ...options,
  });
};
export const watchWith = (context: OperationContext, options: Partial<Parameters<typeof monitor>[1]>) =>
  monitor(context, {
    durationMs: null,
    intervalMs: 30_000,
    window: 2000,
    rule: "strict",
    stay: false,
    proofMs: PROOF_MS,
    signal: quiet(),
    onReport: () => undefined,
    ...options,
  });
export const promotion = (context: OperationContext, to: 0.5 | 1) =>
  promote(context, { to, durationMs: WATCH_MS, watchUnit: null, proofMs: PROOF_MS, signal: quiet() });
export const takingBack = (context: OperationContext, takeOver = false) =>
  rollback(context, { reason: "asked for by an operator", takeOver, proofMs: PROOF_MS });

function judgementsOnDisk({ disk }: Machine): number {
  return Number(/"judgements": (\d+)/.exec(disk.read(PATHS.state) ?? "")?.[1] ?? 0);
}

/** How far a canary is watched, according to its state: for how long, and up to when by the monotonic clock. */
export interface Watched {
  readonly forMs: number;
  readonly untilMs: number;
}

/** A watch counts from here on. An activation may have ended a little later: it judges what was published meanwhile. */
export function watchedOnDisk({ disk, monotonicMs }: Machine): Watched {
  const text = disk.read(PATHS.state) ?? "";
  const number = (key: string): number | null => {
    const found = new RegExp(`"${key}": ([\\d.]+)`).exec(text)?.[1];
    return found === undefined ? null : Number(found);
  };
  return { forMs: number("watchedMs") ?? 0, untilMs: Math.min(number("monotonicMs") ?? Infinity, monotonicMs) };
}

/** An engine that has served its baseline for a while. */
export async function baselineMachine(): Promise<Machine> {
  const machine = new Machine();
  machine.start();
  await pass(machine, 20_000);
  return machine;
}

async function after(machine: Machine, act: (context: OperationContext) => Promise<QscDocument>): Promise<Machine> {
  const outcome = await run(machine, new Process(machine), act);
  if (outcome.kind !== "done") throw new Error("the machine was not prepared", { cause: outcome });
  if (outcome.document.exitCode !== 0)
    throw new Error(`the machine was not prepared: ${JSON.stringify(outcome.document, null, 1)}`);
  return machine;
}

export const canaryMachine = async (): Promise<Machine> =>
  after(await baselineMachine(), (context) => activation(context));
export const eligibleMachine = async (): Promise<Machine> => after(await canaryMachine(), watch);
const halfMachine = async (): Promise<Machine> => after(await eligibleMachine(), (context) => promotion(context, 0.5));
export const wholeMachine = async (): Promise<Machine> =>
  after(await after(await halfMachine(), watch), (context) => promotion(context, 1));
export const promotedMachine = async (): Promise<Machine> => after(await wholeMachine(), watch);

const activated: Scenario["claims"] = ({ exitCode }) =>
  exitCode === 0 ? { kind: "canary", phases: ["canary"] } : { kind: "baseline" };
const promoted: Scenario["claims"] = ({ exitCode }) =>
  exitCode === 0 ? { kind: "canary", phases: ["canary"] } : { kind: "either", phases: ["eligible"] };
const baseline: Scenario["claims"] = ({ exitCode }) => (exitCode === 0 ? { kind: "baseline" } : null);
const watched: Scenario["claims"] = (document) => {
  if (document.kind !== "monitor") return null;
  if (document.outcome === "rolled_back") return { kind: "baseline" };
  if (document.exitCode !== 0) return null;
  return { kind: "canary", phases: [document.outcome === "promoted" ? "promoted" : "eligible"] };
};

export const ACTIVATE: Scenario = {
  name: "activate",
  start: baselineMachine,
  attends: true,
  act: (context) => activation(context),
  claims: activated,
};
export const ROLLBACK: Scenario = {
  name: "rollback",
  start: canaryMachine,
  attends: true,
  act: (context) => takingBack(context),
  claims: baseline,
};
export const ROLLBACK_OF_PROMOTED: Scenario = {
  name: "rollback of a promoted canary",
  start: promotedMachine,
  attends: true,
  act: (context) => takingBack(context),
  claims: baseline,
};
export const PROMOTE: Scenario = {
  name: "promote",
  start: eligibleMachine,
  attends: true,
  act: (context) => promotion(context, 0.5),
  claims: promoted,
};
export const WATCH_TO_ELIGIBLE: Scenario = {
  name: "monitor to eligible",
  start: canaryMachine,
  attends: false,
  act: (context, machine) => watchOn(context, machine),
  claims: watched,
};
const WATCH_TO_PROMOTED: Scenario = {
  name: "monitor to promoted",
  start: wholeMachine,
  attends: false,
  act: (context, machine) => watchOn(context, machine),
  claims: watched,
};
export const WATCH_TO_VIOLATION: Scenario = {
  name: "monitor to a violation",
  start: canaryMachine,
  attends: false,
  act: (context, machine) => {
    machine.sleepUntil(machine.monotonicMs + 5000, machine, () => {
      machine.publish("HODL");
    });
    return watchOn(context, machine);
  },
  claims: watched,
};

/** Every command on a canary. */
export const SCENARIOS: readonly Scenario[] = [
  ACTIVATE,
  ROLLBACK,
  ROLLBACK_OF_PROMOTED,
  PROMOTE,
  WATCH_TO_ELIGIBLE,
  WATCH_TO_VIOLATION,
  WATCH_TO_PROMOTED,
];
