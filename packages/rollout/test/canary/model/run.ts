// Modules that are imported on first use are loaded first: an import takes real time, while the model's time would
// pass.
import "@qsc/contract/schemas";
import { compilePolicy } from "@qsc/violations";
import { LONGEST_STOP_SECONDS, TOOL_KILL_SECONDS, TOOL_SECONDS } from "../../../src/operation/bounds.js";
import { REOPENED_NOTE, RESTARTED } from "../../../src/canary/restarted.js";
import type { OperationContext } from "../../../src/operation/context.js";
import { rollback } from "../../../src/rollback.js";
import type { Fault } from "./effects.js";
import type { Machine } from "./machine.js";
import { PATHS, POLICY, Process, SETTINGS, UNIT, type Plant } from "./process.js";

await compilePolicy(POLICY);

/** How a command ended. */
export type Outcome<T> =
  | { readonly kind: "done"; readonly document: T }
  | { readonly kind: "rejected"; readonly error: unknown }
  | { readonly kind: "died" };

/** The time that the dead-man gives the tool, in milliseconds. */
const TOOL_MS = (TOOL_SECONDS + TOOL_KILL_SECONDS) * 1000;
export const PROOF_MS = 30_000;

/** Everything that can happen without time passing happens. */
async function turn(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Runs a command to its end, or its death, while the machine's time passes. */
export async function run<T>(
  machine: Machine,
  { effects, context }: Process,
  act: (context: OperationContext) => Promise<T>,
): Promise<Outcome<T>> {
  const outcome = await runUntil(machine, { effects, context }, act, () => false);
  if (outcome.kind === "hangs") throw new Error("nothing was to end it");
  return outcome;
}

/** The same, but only up to a moment: a command that has not ended by then hangs, and keeps its locks. */
export async function runUntil<T>(
  machine: Machine,
  { effects, context }: Pick<Process, "effects" | "context">,
  act: (context: OperationContext) => Promise<T>,
  isOver: () => boolean,
): Promise<Outcome<T> | { readonly kind: "hangs" }> {
  const ended: { outcome: Outcome<T> | null } = { outcome: null };
  void act(context).then(
    (document) => {
      ended.outcome ??= { kind: "done", document };
    },
    (error: unknown) => {
      ended.outcome ??= { kind: "rejected", error };
    },
  );
  void effects.death.then(() => {
    ended.outcome ??= { kind: "died" };
  });
  for (;;) {
    await turn();
    if (ended.outcome !== null) break;
    if (isOver()) return { kind: "hangs" };
    machine.advance();
  }
  effects.kill();
  return ended.outcome;
}

/** Lets this much time pass, or less if `isOver` says so. */
export async function pass(machine: Machine, ms: number, isOver: () => boolean = () => false): Promise<void> {
  const until = machine.monotonicMs + ms;
  // Time passes although nothing happens.
  machine.sleepUntil(until, machine, () => undefined);
  while (machine.monotonicMs < until && !isOver()) {
    machine.advance(machine.onLook === null || machine.guardRun !== null);
    if (machine.guardRun !== null) await turn();
  }
}

export interface DeadManOptions {
  readonly plant?: Plant;
  readonly onStage?: () => void;
  /** Hits the first run that acts. */
  readonly fault?: Fault | null;
  /** Called with the first run that acts. */
  readonly onRun?: (process: Process) => void;
  readonly records?: boolean;
}

/** Makes the dead-man's timer do what its shell script does. */
export function installDeadMan(machine: Machine, options: DeadManOptions = {}): void {
  let isFirst = true;
  machine.onLook = () => {
    if (leaseRuns(machine)) return;
    const process = new Process(machine, { ...options, fault: isFirst ? (options.fault ?? null) : null });
    if (isFirst) options.onRun?.(process);
    isFirst = false;
    machine.guardRun = process.effects;
    void takenBack(machine, process).finally(() => {
      if (machine.guardRun === process.effects) machine.guardRun = null;
    });
  };
}

function leaseRuns({ disk, bootNumber, uptimeSeconds }: Machine): boolean {
  const [boot = "", until = ""] = (disk.read(PATHS.lease) ?? "").trim().split(" ");
  if (boot === "promoted") return disk.read(`${BESIDE}/${REOPENED_NOTE}`) !== `-> ${boot} ${until}`;
  return boot === `host-boot-${bootNumber}` && Math.floor(uptimeSeconds) < Number(until);
}

async function takenBack(machine: Machine, process: Process): Promise<void> {
  const ended = await tool(machine, process);
  const lease = machine.disk.read(PATHS.lease);
  const served = (lease !== null && !lease.startsWith("clean ")) || machine.dropIn !== null;
  if (ended === "died" || !served || leaseRuns(machine)) return;
  const [name = null] = /^\S+ [1-9]\d*/.exec(lease ?? "") ?? [];
  if (machine.dropIn === null && name !== null && machine.disk.read(NOTE) === `-> ${name}`) return;
  machine.disk.remove(NOTE);
  machine.dropIn = null;
  if (machine.stopMs > 0 && machine.engine !== null) {
    const waitsMs = Math.min(machine.stopMs, LONGEST_STOP_SECONDS * 1000);
    await new Promise<void>((resolve) => {
      machine.sleepUntil(machine.monotonicMs + waitsMs, machine, resolve);
    });
  }
  machine.stop();
  machine.kill();
  machine.reload();
  try {
    machine.start();
    if (name !== null) noted(machine, name);
    if (!machine.diskIsReadOnly) machine.disk.remove(PATHS.lease);
  } catch {
    // The next check tries again.
  }
}

/** The script's note beside the drop-in. */
const BESIDE = `/etc/systemd/system/${UNIT}.d`;
const NOTE = `${BESIDE}/${RESTARTED}`;

function noted({ disk }: Machine, name: string): void {
  disk.create(NOTE);
  disk.put(NOTE, `-> ${name}`);
  disk.sync(NOTE);
}

/** The tool, as the script starts it: it needs its settings, and is ended if it takes too long. */
async function tool(machine: Machine, { effects, context }: Process): Promise<"proven" | "failed" | "died"> {
  if (machine.disk.read(PATHS.settings) !== `${JSON.stringify(SETTINGS, null, 2)}\n`) return "failed";
  const slow = new Promise<"failed">((resolve) => {
    machine.sleepUntil(machine.monotonicMs + TOOL_MS, machine, () => {
      effects.kill();
      resolve("failed");
    });
  });
  const request = { reason: "the canary is unmonitored", takeOver: true, ifUnmonitored: true, proofMs: PROOF_MS };
  const ended = rollback(context, request).then(
    ({ exitCode }) => (exitCode === 0 ? ("proven" as const) : ("failed" as const)),
    () => "failed" as const,
  );
  const result = await Promise.race([slow, ended, effects.death.then(() => "died" as const)]);
  effects.kill();
  return result;
}
