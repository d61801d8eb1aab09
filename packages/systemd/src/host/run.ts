import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { pause } from "../pause.js";
import { start, type Command, type CommandOptions, type End as OwnEnd } from "./command.js";

/** How a command ended. */
export interface Outcome {
  /** As a person would type it. */
  readonly command: string;
  /** Null if it did not exit by itself or could not be run. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** `flood`: it printed more than is read, and was killed. */
  readonly ended: OwnEnd["ended"] | "timeout" | "flood";
}

export interface RunOptions extends CommandOptions {
  readonly timeoutMs: number;
  /** Bytes that it may print to each of its outputs; a command that prints more is killed. */
  readonly mostBytes?: number;
}

/** A command that does not end is killed this long after its time. */
export const KILL_MS = 1_000;
/** What a command has printed is read this long after its end: a process that it has started may keep its outputs open. */
const REST_MS = 1_000;
/** No answer of systemd, git or the journal's last lines is longer. */
const MOST_BYTES = 16 * 1024 * 1024;

/** A timer that fires this late says that this process was frozen: SIGSTOP, a suspended machine. */
const FROZEN_MS = 1_000;
/** An end that has already happened is noticed within this time. */
const NOTICED_MS = 100;

type End = Pick<Outcome, "exitCode" | "ended"> & Pick<OwnEnd, "problem">;
const LATE: End = { exitCode: null, ended: "timeout" };
const FLOOD: End = { exitCode: null, ended: "flood" };

/**
 * Runs a command to its end, for no longer than its time and `KILL_MS`, whatever it starts, prints or ignores; its time
 * begins once more where this process was frozen. Never rejects: a failure is part of the outcome.
 */
export async function run(argv: readonly string[], options: RunOptions): Promise<Outcome> {
  const { timeoutMs, mostBytes = MOST_BYTES, ...given } = options;
  const child = start(argv, given);
  const [stdout, stderr] = [printed(child.stdout, mostBytes), printed(child.stderr, mostBytes)];
  const over = new AbortController();
  const isOver = over.signal;
  try {
    const first = await Promise.race([
      child.close,
      exited(child, isOver),
      late(timeoutMs, isOver),
      stdout.flood,
      stderr.flood,
    ]);
    const { problem = "", ...end } = stdout.isFlood() || stderr.isFlood() ? FLOOD : first;
    if (end.ended === "timeout") await ask(child, isOver);
    if (end.ended === "timeout" || end.ended === "flood") child.kill("SIGKILL");
    return { command: argv.join(" "), stdout: stdout.text(), stderr: stderr.text() + problem, ...end };
  } finally {
    over.abort();
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** It has ended, and what it has started holds its outputs. */
async function exited(child: Command, isOver: AbortSignal): Promise<End> {
  const end = await child.exit;
  await pause(REST_MS, isOver);
  // Where this process was held up meanwhile, what was printed is still to be read: it is, before the next turn.
  await setImmediate();
  return end;
}

/** The time is over. Where this process was frozen meanwhile, it begins once more: the command may have ended in it. */
async function late(timeoutMs: number, isOver: AbortSignal): Promise<End> {
  const begun = performance.now();
  await pause(timeoutMs, isOver);
  const isFrozen = performance.now() - begun >= timeoutMs + FROZEN_MS;
  await pause(isFrozen ? timeoutMs : NOTICED_MS, isOver);
  return LATE;
}

/** Asks a command to end, and gives it some time for it. */
async function ask(child: Command, isOver: AbortSignal): Promise<void> {
  child.kill("SIGTERM");
  // It was waited for a moment already: together they are no longer than `KILL_MS`.
  await Promise.race([child.exit, pause(KILL_MS - NOTICED_MS, isOver)]);
}

/** What a command prints to one of its outputs. */
interface Printed {
  readonly text: () => string;
  /** Resolves once that is more than is read. */
  readonly flood: Promise<End>;
  readonly isFlood: () => boolean;
}

function printed(stream: Readable, mostBytes: number): Printed {
  const pieces: Buffer[] = [];
  let size = 0;
  const isFlood = (): boolean => size > mostBytes;
  const flood = new Promise<End>((resolve) => {
    stream.on("data", (piece: Buffer) => {
      size += piece.length;
      if (isFlood()) resolve(FLOOD);
      else pieces.push(piece);
    });
  });
  // What cannot be read ends as if the command had printed no more.
  stream.on("error", () => undefined);
  return { flood, isFlood, text: () => Buffer.concat(pieces).toString("utf8") };
}
