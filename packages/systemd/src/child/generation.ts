import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ServiceError } from "../service-error.js";
import { bootId, isAlive, ownProcessId, parseProcessId, type ProcessId } from "./process-id.js";
import { readJson, readText, writeJson } from "./state-files.js";

/** What to start, and who asked for it. Written before anything is started. */
interface Start<T> {
  /** 32 hexadecimal digits. */
  readonly invocationId: string;
  readonly starter: ProcessId;
  readonly what: T;
}

/** One start of something: a directory in which each process involved records what it did. */
export interface Generation<T> {
  readonly number: number;
  readonly path: string;
  readonly start: Start<T>;
}

/** How many starts are kept, with their logs. */
const KEPT = 5;
const WIDTH = 10;

/** The newest start of a place, or null. @throws QscError `service_unreachable` where it cannot be read */
export function newest<T>(place: string): Generation<T> | null {
  return generations<T>(place).at(-1) ?? null;
}

/** All kept starts, oldest first. */
export function generations<T>(place: string): readonly Generation<T>[] {
  return numbersIn(place).flatMap((number) => generationOf<T>(place, number) ?? []);
}

/**
 * Creates the next generation. If several processes try at the same time, exactly one succeeds.
 * @throws QscError `service_failed` if another process won
 */
export function claim<T>(place: string, after: Generation<T> | null, what: T): Generation<T> {
  const number = (after?.number ?? 0) + 1;
  const path = pathOf(place, number);
  const starter = ownProcessId();
  const start: Start<T> = { invocationId: randomBytes(16).toString("hex"), starter, what };
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const temporary = join(place, `.new-${starter.pid}-${starter.ticks}-${randomBytes(6).toString("hex")}`);
  try {
    mkdirSync(temporary, { mode: 0o700 });
    writeJson(join(temporary, "start.json"), start);
    // Renaming a directory onto one that is not empty fails.
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    throw new ServiceError(
      "service_failed",
      `Another process started it at the same time, as ${path}. Wait for that start, then check the unit.`,
      { cause: error },
    );
  }
  return { number, path, start };
}

/** Discards a generation in which nothing was started. */
export function abandon({ path }: Generation<unknown>): void {
  discard(path);
}

/** Removes a state directory atomically: a reader sees all of it or nothing. Needs no disk space. */
export function discard(path: string): void {
  const gone = `${path}.gone-${randomBytes(6).toString("hex")}`;
  renameSync(path, gone);
  rmSync(gone, { recursive: true, force: true });
}

/** Removes the oldest starts and the leftovers of crashes. */
export function prune(place: string): void {
  for (const number of numbersIn(place).slice(0, -KEPT)) discard(pathOf(place, number));
  for (const name of readdirSync(place)) {
    const [whole, pid, ticks = ""] = /^\.new-(\d+)-(\d+)-/.exec(name) ?? [];
    const isLeft =
      whole === undefined ? name.includes(".gone-") : !isAlive({ pid: Number(pid), ticks, boot: bootId() });
    if (isLeft) rmSync(join(place, name), { recursive: true, force: true });
  }
}

/** Where the next generation will be. A process that finds it there has been superseded. */
export function nextPath(place: string, { number }: Generation<unknown>): string {
  return pathOf(place, number + 1);
}

/** Where a generation's process records its identity before it becomes the program. */
export function mainPath({ path }: Generation<unknown>): string {
  return join(path, "main");
}

/** The generation's process; null if none has recorded itself. */
export function mainOf(generation: Generation<unknown>): ProcessId | null {
  const line = readText(mainPath(generation));
  return line === null ? null : parseProcessId(line, generation.start.starter.boot);
}

/** A start; null if it was removed in the meantime. */
function generationOf<T>(place: string, number: number): Generation<T> | null {
  const path = pathOf(place, number);
  const start = readJson(join(path, "start.json")) as Start<T> | null;
  if (start !== null) return { number, path, start };
  if (!existsSync(path)) return null;
  throw new ServiceError(
    "service_unreachable",
    `'${path}' does not say what was started; it was changed by hand or by another program. See which processes run, end them, and remove it.`,
  );
}

function numbersIn(place: string): readonly number[] {
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((name) => /^\d{10}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

function pathOf(place: string, number: number): string {
  return join(place, String(number).padStart(WIDTH, "0"));
}
