import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { open, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { pause } from "../pause.js";

/** A line of a unit's log. */
export interface LogLine {
  /** Microseconds since 1970 UTC. */
  readonly timeUs: number;
  readonly message: string;
  readonly pid: number | null;
}

/** A log is written in parts, of which the newest stay: a process that talks does not fill the disk. */
const PART_BYTES = 4 * 1024 * 1024;
const PARTS = 8;
const PART = /^log-(\d{10})\.ndjson$/;
const POLL_MS = 50;

/** The log of one start, for its one writer. */
export class LogWriter {
  readonly #directory: string;
  #number = 1;
  #size = 0;
  #file: number;
  #lost = 0;

  /** @param directory that holds the log, and has none yet */
  constructor(directory: string) {
    this.#directory = directory;
    this.#file = this.#openPart();
  }

  /** Writes a line. One for which there is no space on the disk is lost, and counted as soon as there is. */
  write(message: string, pid: number | null): void {
    const timeUs = Date.now() * 1_000;
    const lines = this.#lost === 0 ? [] : [{ timeUs, message: `(${this.#lost} lines before this one could not be written)`, pid: null }];
    try {
      this.#append([...lines, { timeUs, message, pid }]);
      this.#lost = 0;
    } catch {
      this.#lost += 1;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #append(lines: readonly LogLine[]): void {
    if (this.#size > PART_BYTES) {
      const former = this.#file;
      this.#number += 1;
      this.#file = this.#openPart();
      closeSync(former);
      this.#size = 0;
      rmSync(partPath(this.#directory, this.#number - PARTS), { force: true });
    }
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    // What a full disk has cut off, if anything, is a line of its own and no JSON.
    const written = writeSync(this.#file, this.#lost === 0 ? bytes : Buffer.concat([Buffer.from("\n"), bytes]));
    this.#size += written;
    if (written < bytes.length) throw new Error("the disk is full");
  }

  #openPart(): number {
    return openSync(partPath(this.#directory, this.#number), "a", 0o600);
  }
}

/** The lines of a start's log, oldest first; where it is followed, on and on until the signal. */
export async function* readLog(directory: string, follow: boolean, signal: AbortSignal | undefined): AsyncGenerator<LogLine> {
  let part = 0;
  for (;;) {
    const next = (await partsOf(directory)).find((number) => number > part);
    if (next !== undefined) {
      part = next;
      yield* linesOf(directory, part, follow, signal);
    } else if (!follow || signal?.aborted === true) return;
    else await pause(POLL_MS, signal);
  }
}

/** The last lines of a start's log. */
export async function tailLog(directory: string, count: number): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of readLog(directory, false, undefined)) {
    lines.push(line);
    if (lines.length > count) lines.shift();
  }
  return lines;
}

/** The lines of one part: those that are there or, where it is followed, until there is a next part. None of one that has just gone. */
async function* linesOf(directory: string, part: number, follow: boolean, signal: AbortSignal | undefined): AsyncGenerator<LogLine> {
  await using file = await opened(partPath(directory, part));
  if (file === null) return;
  let rest: Buffer = Buffer.alloc(0);
  const chunk = Buffer.alloc(64 * 1024);
  while (signal?.aborted !== true) {
    // Asked before reading: what is written behind the answer is in the next part.
    const isLast = !(await partsOf(directory)).some((number) => number > part);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) {
      if (!follow || !isLast) return;
      await pause(POLL_MS, signal);
      continue;
    }
    const text = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    const end = text.lastIndexOf(10) + 1;
    rest = text.subarray(end);
    for (const line of text.toString("utf8", 0, end).split("\n")) {
      const parsed = parseLine(line);
      if (parsed !== null && !isAborted(signal)) yield parsed;
    }
  }
}

/** Null for a part that its writer has removed since it was found. */
async function opened(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** A line of the log; null for what a full disk has cut off. */
function parseLine(line: string): LogLine | null {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return null;
  }
}

async function partsOf(directory: string): Promise<readonly number[]> {
  return (await readdir(directory)).flatMap((name) => PART.exec(name)?.[1] ?? []).map(Number).sort((a, b) => a - b);
}

function partPath(directory: string, part: number): string {
  return join(directory, `log-${String(part).padStart(10, "0")}.ndjson`);
}
