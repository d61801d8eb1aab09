import type { Machine } from "./machine.js";

/** What a clone of a machine lacks: who waits for which time, and who holds a lock. */
export interface Surroundings {
  readonly waits: readonly number[];
  readonly locks: readonly string[];
}

/** @param except a process whose waiting does not count, because it is about to die */
export function surroundingsOf(machine: Machine, except: object | null = null): Surroundings {
  const locks = [...machine.locks].flatMap(([name, holder]) => (holder === except ? [] : [name]));
  return { waits: machine.waits(except), locks: locks.sort() };
}

/** Names of files that are not complete yet. */
const RANDOM = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * All that a machine's future depends on besides its processes: with the same text, whatever happens next has the same
 * result on both.
 */
export function fingerprint(machine: Machine, { waits, locks }: Surroundings): string {
  return textOf([machine, waits, locks]);
}

/** Members of a machine that are of its processes. */
const OF_PROCESSES: ReadonlySet<string> = new Set<keyof Machine>(["onLook", "guardRun", "reloads", "locks"]);

/** A value of the model as text. */
export function textOf(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value, plain).replaceAll(RANDOM, "random");
}

function plain(key: string, value: unknown): unknown {
  if (OF_PROCESSES.has(key)) return undefined;
  if (value instanceof Map || value instanceof Set) return [...(value as Iterable<unknown>)];
  return typeof value === "object" && value !== null && "fields" in value ? entryText(value) : value;
}

/** There are hundreds of entries, and none ever changes. */
const entries = new WeakMap<object, string>();

function entryText(entry: object): string {
  const known = entries.get(entry);
  if (known !== undefined) return known;
  const text = Object.values(entry).map(String).join();
  entries.set(entry, text);
  return text;
}
