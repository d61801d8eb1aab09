import type { CanaryState, QscDocument } from "@qsc/contract";
import { activate } from "../../../src/activate.js";
import type { CanaryWorld } from "../../../src/canary/world.js";
import { monitor } from "../../../src/monitor.js";
import { promote } from "../../../src/promote.js";
import { rollback } from "../../../src/rollback.js";
import { MODEL } from "./engine.js";
import { Machine } from "./machine.js";
import { Process, type Plant } from "./process.js";
import { pass, PROOF_MS, run } from "./run.js";

/** A watch, shortened: it has the dozen events that it needs. */
export const WATCH_MS = 26_000;
/** What nobody interrupts. */
const QUIET = new AbortController().signal;

/** What a command that ended well has claimed. */
type Claim = { readonly kind: "baseline" } | { readonly kind: "canary"; readonly phases: readonly CanaryState["phase"][] };

/** One command on one machine. */
export interface Scenario {
  readonly name: string;
  readonly start: (plant?: Plant) => Promise<Machine>;
  readonly act: (world: CanaryWorld, machine: Machine) => Promise<QscDocument>;
  /** What a document says. */
  readonly claims: (document: QscDocument) => Claim | null;
}

export const activation = (world: CanaryWorld, signal: AbortSignal = QUIET) =>
  activate(world, { model: MODEL, cutoverMs: Date.UTC(2026, 0, 5, 9), dryRun: false, durationMs: WATCH_MS, watchUnit: null, proofMs: PROOF_MS, signal });
export const watch = (world: CanaryWorld) => watchWith(world, {});
export const watchWith = (world: CanaryWorld, options: Partial<Parameters<typeof monitor>[1]>) =>
  monitor(world, { durationMs: null, intervalMs: 30_000, window: 2000, stay: false, proofMs: PROOF_MS, signal: QUIET, onReport: () => undefined, ...options });
export const promotion = (world: CanaryWorld, to: 0.5 | 1) =>
  promote(world, { to, durationMs: WATCH_MS, watchUnit: null, proofMs: PROOF_MS, signal: QUIET });
export const takingBack = (world: CanaryWorld, takeOver = false) =>
  rollback(world, { reason: "asked for by an operator", takeOver, proofMs: PROOF_MS });

/** An engine that has served its baseline for a while. */
export async function baselineMachine(): Promise<Machine> {
  const machine = new Machine();
  machine.start();
  await pass(machine, 32_000);
  return machine;
}

async function after(machine: Machine, act: (world: CanaryWorld) => Promise<QscDocument>, plant?: Plant): Promise<Machine> {
  const outcome = await run(machine, new Process(machine, plant === undefined ? {} : { plant }), act);
  if (outcome.kind !== "done") throw new Error("the machine was not prepared", { cause: outcome });
  if (outcome.document.exitCode !== 0) throw new Error(`the machine was not prepared: ${JSON.stringify(outcome.document, null, 1)}`);
  return machine;
}

export const canaryMachine = async (plant?: Plant): Promise<Machine> => after(await baselineMachine(), activation, plant);
export const eligibleMachine = async (plant?: Plant): Promise<Machine> => after(await canaryMachine(plant), watch, plant);
const halfMachine = async (plant?: Plant): Promise<Machine> => after(await eligibleMachine(plant), (world) => promotion(world, 0.5), plant);
export const wholeMachine = async (plant?: Plant): Promise<Machine> =>
  after(await after(await halfMachine(plant), watch, plant), (world) => promotion(world, 1), plant);

const canary: Scenario["claims"] = ({ exitCode }) => exitCode === 0 ? { kind: "canary", phases: ["canary"] } : null;
const baseline: Scenario["claims"] = ({ exitCode }) => exitCode === 0 ? { kind: "baseline" } : null;
const watched: Scenario["claims"] = (document) => {
  if (document.kind !== "monitor") return null;
  if (document.outcome === "rolled_back") return { kind: "baseline" };
  if (document.exitCode !== 0) return null;
  return { kind: "canary", phases: [document.outcome === "promoted" ? "promoted" : "eligible"] };
};

export const ACTIVATE: Scenario = { name: "activate", start: baselineMachine, act: (world) => activation(world), claims: canary };
export const ROLLBACK: Scenario = { name: "rollback", start: canaryMachine, act: (world) => takingBack(world), claims: baseline };
export const PROMOTE: Scenario = { name: "promote", start: eligibleMachine, act: (world) => promotion(world, 0.5), claims: canary };
export const WATCH_TO_ELIGIBLE: Scenario = { name: "monitor to eligible", start: canaryMachine, act: (world) => watch(world), claims: watched };
export const WATCH_TO_PROMOTED: Scenario = { name: "monitor to promoted", start: wholeMachine, act: (world) => watch(world), claims: watched };
export const WATCH_TO_VIOLATION: Scenario = {
  name: "monitor to a violation",
  start: canaryMachine,
  act: (world, machine) => {
    machine.sleepUntil(machine.monotonicMs + 9000, machine, () => { machine.publish("HODL"); });
    return watch(world);
  },
  claims: watched,
};
