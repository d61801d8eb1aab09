import { basename } from "node:path";
import type { JournalLine, JournalOptions } from "../port.js";
import { generations } from "./generation.js";
import { readLog, tailLog } from "./log.js";
import type { Launch, UnitGeneration } from "./unit-process.js";

/** The priority that systemd gives to a process's output: informational. */
const PRIORITY = 6;

/** The lines of one start; empty if that start is no longer kept. */
export async function* readJournal(
  place: string,
  { invocationId, follow = false, signal }: JournalOptions,
): AsyncGenerator<JournalLine> {
  const generation = startOf(place, invocationId);
  if (generation === undefined) return;
  const identifier = basename(generation.start.what.command[0] ?? "");
  for await (const { timeUs, message, pid } of readLog(generation.path, follow, signal)) {
    yield { timeUs, message, pid, invocationId, identifier, priority: PRIORITY };
  }
}

/** The last lines of one start, for an error message. */
export async function lastLines(place: string, invocationId: string, count: number): Promise<readonly string[]> {
  const generation = startOf(place, invocationId);
  return generation === undefined ? [] : (await tailLog(generation.path, count)).map(({ message }) => message);
}

function startOf(place: string, invocationId: string): UnitGeneration | undefined {
  return generations<Launch>(place).find(({ start }) => start.invocationId === invocationId);
}
