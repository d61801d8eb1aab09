import type { CanaryState, QscDocument } from "@qsc/contract";
import { activate } from "../../../src/activate.js";
import type { CanaryWorld } from "../../../src/canary/world.js";
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
/** A signal that never comes. Each command has its own: one that is killed leaves its listeners behind. */
const quiet = (): AbortSignal => new AbortController().signal;

/** What a command that ended has claimed: either is a canary as it was, or none. */
type Claim = { readonly kind: "baseline" } | { readonly kind: "canary" | "either"; readonly phases: readonly CanaryState["phase"][] };

/** One command on one machine. */
export interface Scenario {
  readonly name: string;
  readonly start: () => Promise<Machine>;
  readonly act: (world: CanaryWorld, machine: Machine) => Promise<QscDocument>;
  /** Whether the command attends to the canary while it runs, as one does that gives it its share. A watch has to judge. */
  readonly attends: boolean;
  /** What a document says. */
  readonly claims: (document: QscDocument) => Claim | null;
}

export const activation = (world: CanaryWorld, signal: AbortSignal = quiet(), cutoverMs: number = Date.UTC(2026, 0, 5, 9)) =>
  activate(world, { model: MODEL, cutoverMs, dryRun: false, durationMs: WATCH_MS, watchUnit: WATCH_UNIT, proofMs: PROOF_MS, signal });
export const watch = (world: CanaryWorld) => watchWith(world, {});
/** A watch whose judgements the machine hears of. */
export const watchOn = (world: CanaryWorld, machine: Machine, options: Partial<Parameters<typeof monitor>[1]> = {}) => {
  let judgements = judgementsOnDisk(machine);
  return watchWith(world, {
    onReport: ({ watch: progress }) => {
      if (progress.judgements > judgements) machine.life.judged(machine.monotonicMs);
      judgements = progress.judgements;
    },
    ...options,
  });
};
export const watchWith = (world: CanaryWorld, options: Partial<Parameters<typeof monitor>[1]>) =>
  monitor(world, { durationMs: null, intervalMs: 30_000, window: 2000, rule: "strict", stay: false, proofMs: PROOF_MS, signal: quiet(), onReport: () => undefined, ...options });
export const promotion = (world: CanaryWorld, to: 0.5 | 1) =>
  promote(world, { to, durationMs: WATCH_MS, watchUnit: null, proofMs: PROOF_MS, signal: quiet() });
export const takingBack = (world: CanaryWorld, takeOver = false) =>
  rollback(world, { reason: "asked for by an operator", takeOver, proofMs: PROOF_MS });

function judgementsOnDisk({ disk }: Machine): number {
  return Number(/"judgements": (\d+)/.exec(disk.read(PATHS.state) ?? "")?.[1] ?? 0);
}

/** An engine that has served its baseline for a while. */
export async function baselineMachine(): Promise<Machine> {
  const machine = new Machine();
  machine.start();
  await pass(machine, 20_000);
  return machine;
}

async function after(machine: Machine, act: (world: CanaryWorld) => Promise<QscDocument>): Promise<Machine> {
  const outcome = await run(machine, new Process(machine), act);
  if (outcome.kind !== "done") throw new Error("the machine was not prepared", { cause: outcome });
  if (outcome.document.exitCode !== 0) throw new Error(`the machine was not prepared: ${JSON.stringify(outcome.document, null, 1)}`);
  return machine;
}

export const canaryMachine = async (): Promise<Machine> => after(await baselineMachine(), (world) => activation(world));
export const eligibleMachine = async (): Promise<Machine> => after(await canaryMachine(), watch);
const halfMachine = async (): Promise<Machine> => after(await eligibleMachine(), (world) => promotion(world, 0.5));
export const wholeMachine = async (): Promise<Machine> => after(await after(await halfMachine(), watch), (world) => promotion(world, 1));
const promotedMachine = async (): Promise<Machine> => after(await wholeMachine(), watch);

const activated: Scenario["claims"] = ({ exitCode }) => exitCode === 0 ? { kind: "canary", phases: ["canary"] } : { kind: "baseline" };
const promoted: Scenario["claims"] = ({ exitCode }) => exitCode === 0 ? { kind: "canary", phases: ["canary"] } : { kind: "either", phases: ["eligible"] };
const baseline: Scenario["claims"] = ({ exitCode }) => exitCode === 0 ? { kind: "baseline" } : null;
const watched: Scenario["claims"] = (document) => {
  if (document.kind !== "monitor") return null;
  if (document.outcome === "rolled_back") return { kind: "baseline" };
  if (document.exitCode !== 0) return null;
  return { kind: "canary", phases: [document.outcome === "promoted" ? "promoted" : "eligible"] };
};

export const ACTIVATE: Scenario = { name: "activate", start: baselineMachine, attends: true, act: (world) => activation(world), claims: activated };
export const ROLLBACK: Scenario = { name: "rollback", start: canaryMachine, attends: true, act: (world) => takingBack(world), claims: baseline };
export const ROLLBACK_OF_PROMOTED: Scenario = { name: "rollback of a promoted canary", start: promotedMachine, attends: true, act: (world) => takingBack(world), claims: baseline };
export const PROMOTE: Scenario = { name: "promote", start: eligibleMachine, attends: true, act: (world) => promotion(world, 0.5), claims: promoted };
export const WATCH_TO_ELIGIBLE: Scenario = { name: "monitor to eligible", start: canaryMachine, attends: false, act: (world, machine) => watchOn(world, machine), claims: watched };
const WATCH_TO_PROMOTED: Scenario = { name: "monitor to promoted", start: wholeMachine, attends: false, act: (world, machine) => watchOn(world, machine), claims: watched };
export const WATCH_TO_VIOLATION: Scenario = {
  name: "monitor to a violation",
  start: canaryMachine,
  attends: false,
  act: (world, machine) => {
    machine.sleepUntil(machine.monotonicMs + 5000, machine, () => { machine.publish("HODL"); });
    return watchOn(world, machine);
  },
  claims: watched,
};

/** Every command of a canary's life. */
export const SCENARIOS: readonly Scenario[] = [
  ACTIVATE, ROLLBACK, ROLLBACK_OF_PROMOTED, PROMOTE, WATCH_TO_ELIGIBLE, WATCH_TO_VIOLATION, WATCH_TO_PROMOTED,
];
