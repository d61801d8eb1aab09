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

/** A log is written in parts, and only the newest parts are kept: a chatty process must not fill the disk. */
const PART_BYTES = 4 * 1024 * 1024;
const PARTS = 8;
const PART = /^log-(\d{10})\.ndjson$/;
const POLL_MS = 50;

/** The log of one start, for its only writer. */
export class LogWriter {
  readonly #directory: string;
  #number = 1;
  #size = 0;
  #file: number;
  #lost = 0;

  /** @param directory where the log goes; it must not contain one yet */
  constructor(directory: string) {
    this.#directory = directory;
    this.#file = this.#openPart();
  }

  /** Writes a line. Lines that a full disk rejects are lost; their count is logged once there is space again. */
  write(message: string, pid: number | null): void {
    const timeUs = Date.now() * 1_000;
    const lines =
      this.#lost === 0
        ? []
        : [{ timeUs, message: `(${this.#lost} lines before this one could not be written)`, pid: null }];
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
    // If a full disk cut a line off, the fragment stays on a line of its own and is not JSON.
    const written = writeSync(this.#file, this.#lost === 0 ? bytes : Buffer.concat([Buffer.from("\n"), bytes]));
    this.#size += written;
    if (written < bytes.length) throw new Error("the disk is full");
  }

  #openPart(): number {
    return openSync(partPath(this.#directory, this.#number), "a", 0o600);
  }
}

/** The lines of a start's log, oldest first. With `follow`, continues until the signal. */
export async function* readLog(
  directory: string,
  follow: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogLine> {
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

/**
 * The lines of one part: the existing ones or, with `follow`, all until the next part begins. Empty if the part has
 * just been removed.
 */
async function* linesOf(
  directory: string,
  part: number,
  follow: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogLine> {
  await using file = await opened(partPath(directory, part));
  if (file === null) return;
  let rest: Buffer = Buffer.alloc(0);
  const chunk = Buffer.alloc(64 * 1024);
  while (signal?.aborted !== true) {
    // Checked before reading: anything written after a "yes" goes to the next part.
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

/** Null if the writer has removed the part since it was listed. */
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

/** A line of the log; null for a line that a full disk cut off. */
function parseLine(line: string): LogLine | null {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return null;
  }
}

async function partsOf(directory: string): Promise<readonly number[]> {
  return (await readdir(directory))
    .flatMap((name) => PART.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function partPath(directory: string, part: number): string {
  return join(directory, `log-${String(part).padStart(10, "0")}.ndjson`);
}
