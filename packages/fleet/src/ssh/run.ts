import { execa, type ResultPromise } from "execa";
import type { FleetHost, Inventory } from "../inventory.js";
import { answerOf, type Answer } from "./answer.js";
import { sshArgv } from "./argv.js";

/** How often a line is sent to a command that must not outlive its fleet, in milliseconds. */
const BEAT_MS = 5000;
/** A command on a host is interrupted if no line has come for this long. */
export const HEARTBEAT_SECONDS = 30;
/** The longest that a command which was told to stop is waited for: an activation that is undone takes this long. */
const STOP_MS = 150_000;
/** No document is larger. */
const MOST_BYTES = 64 * 1024 * 1024;
/** What is added to a command so that it ends with the fleet's. */
const BEATING = ["--heartbeat", `${HEARTBEAT_SECONDS}s`];

/**
 * The commands that a fleet runs on a host, each named like its document, and the longest that each may take, in seconds:
 * whatever is frozen there, the fleet's command ends. Null: it lasts until it is told to stop.
 */
const LONGEST_SECONDS = {
  status: 90,
  cutover: 90,
  hold: null,
  monitor: null,
  activate: 900,
  promote: 900,
  rollback: 300,
  deploy: 3600,
} as const;

/** A command that a fleet runs on a host. */
export type HostCommand = keyof typeof LONGEST_SECONDS;

/** A command that was started on a host. */
export interface Started {
  /** What it said when it ended. Never rejects. */
  readonly ended: Promise<Answer>;
  /** Resolves with the first line that it prints, or null if it ends without one. */
  readonly firstLine: Promise<string | null>;
}

/** What a command is asked. */
export interface Asked {
  readonly command: HostCommand;
  /** Its options. */
  readonly words: readonly string[];
  /** Once it is aborted, the command is told to stop; one that only asks is ended. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the command must end when the fleet's does: its standard input then ends. Whatever it had begun, it brings to
   * a safe end.
   */
  readonly beats: boolean;
}

/** Runs `qsc` on the hosts of an inventory, over ssh. */
export function sshRunner(inventory: Pick<Inventory, "qsc" | "sshConfig">): (host: FleetHost, asked: Asked) => Started {
  return (host, { command, words, signal, beats }) => {
    const child = execa("ssh", sshArgv(inventory, host, [command, ...words, ...(beats ? BEATING : [])]), {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      reject: false,
      stripFinalNewline: false,
      maxBuffer: MOST_BYTES,
      // Ctrl-C on a terminal is for the fleet's command alone: it tells the others itself.
      detached: true,
    });
    // A connection that is lost while a line is sent: how the command ended says so.
    child.stdin.on("error", () => undefined);
    const over = new AbortController();
    if (beats) beat(child, over.signal);
    else child.stdin.end();
    const stop = (): void => {
      child.stdin.end();
      after(beats ? STOP_MS : 0, over.signal, () => child.kill("SIGKILL"));
    };
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
    const seconds = LONGEST_SECONDS[command];
    let isLate = false;
    if (seconds !== null)
      after(seconds * 1000, over.signal, () => {
        isLate = true;
        child.kill("SIGKILL");
      });
    const ended = child.then(({ exitCode, stdout, stderr }): Answer => {
      over.abort();
      signal?.removeEventListener("abort", stop);
      if (isLate) return { kind: "unreachable", detail: `qsc ${command} did not end within ${seconds ?? 0} s` };
      return answerOf({ exitCode: exitCode ?? null, stdout, stderr }, command);
    });
    return { ended, firstLine: firstLineOf(child) };
  };
}

/** Does something later, unless it is over by then. */
function after(ms: number, over: AbortSignal, act: () => void): void {
  const timer = setTimeout(act, ms);
  over.addEventListener("abort", () => {
    clearTimeout(timer);
  });
}

function beat({ stdin }: Pick<ResultPromise<{ stdin: "pipe" }>, "stdin">, over: AbortSignal): void {
  const timer = setInterval(() => {
    if (stdin.writable) stdin.write("\n");
  }, BEAT_MS);
  over.addEventListener("abort", () => {
    clearInterval(timer);
  });
}

async function firstLineOf({ stdout }: Pick<ResultPromise<{ stdout: "pipe" }>, "stdout">): Promise<string | null> {
  let text = "";
  return new Promise((resolve) => {
    stdout.on("data", (piece: Buffer) => {
      if (text.includes("\n")) return;
      text += piece.toString("utf8");
      if (text.includes("\n")) resolve(text.split("\n")[0] ?? null);
    });
    stdout.on("close", () => {
      resolve(null);
    });
  });
}
