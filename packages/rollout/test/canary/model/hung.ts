import type { Machine } from "./machine.js";
import { Process } from "./process.js";
import { installDeadMan } from "./run.js";
import { canaryMachine } from "./scenarios.js";

/** How long the baseline serves before the next activation, in milliseconds. */
export const SERVED_MS = 20_000;

/** A canary's machine on which a command hangs that holds the lock, and how to end it. */
export async function hung(): Promise<{ readonly machine: Machine; readonly end: () => void }> {
  const machine = (await canaryMachine()).clone();
  installDeadMan(machine);
  const holder = new Process(machine);
  await holder.context.lock.acquire(0);
  holder.effects.freeze();
  return { machine, end: holder.effects.kill };
}
