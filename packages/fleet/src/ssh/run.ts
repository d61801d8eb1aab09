import { execa, type ResultPromise } from "execa";
import type { FleetHost, Inventory } from "../inventory.js";
import { answerOf, type Answer } from "./answer.js";
import { sshArgv } from "./argv.js";

/** How often a line is sent to a command that must not outlive its fleet, in milliseconds. */
const BEAT_MS = 5000;
/** A command on a host is interrupted if no line came for so long. */
export const HEARTBEAT_SECONDS = 30;
/** The longest that a command which was told to stop is waited for: an activation that is undone takes this long. */
const STOP_MS = 150_000;
/** No document is larger. */
const MOST_BYTES = 64 * 1024 * 1024;
/** What is added to a command so that it ends with the fleet's. */
const BEATING = ["--heartbeat", `${HEARTBEAT_SECONDS}s`];

/** A command that was started on a host. */
export interface Started {
  /** What it said when it ended. Never rejects. */
  readonly ended: Promise<Answer>;
  /** Tells it to stop, by ending its standard input. Whatever it had begun, it brings to a safe end. */
  stop(): void;
  /** Resolves with the first line that it prints, or null if it ends without one. Only of a command that lasts. */
  readonly firstLine: Promise<string | null>;
}

/** What a command is asked. */
export interface Asked {
  readonly words: readonly string[];
  /** The kind of the document that it answers with. */
  readonly kind: string;
  /** Ended, it is told to stop. */
  readonly signal?: AbortSignal | undefined;
  /** Whether it must end when the fleet's command does. */
  readonly beats: boolean;
}

/** Runs `qsc` on the hosts of an inventory, over ssh. */
export function sshRunner(inventory: Pick<Inventory, "qsc" | "sshConfig">): (host: FleetHost, asked: Asked) => Started {
  return (host, { words, kind, signal, beats }) => {
    const argv = sshArgv(inventory, host, [...words, ...(beats ? BEATING : [])]);
    const child = execa("ssh", argv, {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      reject: false,
      stripFinalNewline: false,
      maxBuffer: MOST_BYTES,
    });
    // A connection that is lost while a line is sent: how the command ended says so.
    child.stdin.on("error", () => undefined);
    const over = new AbortController();
    if (beats) beat(child, over.signal);
    else child.stdin.end();
    const stop = (): void => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      over.signal.addEventListener("abort", () => {
        clearTimeout(timer);
      });
    };
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
    const ended = child.then(({ exitCode, stdout, stderr }) => {
      over.abort();
      signal?.removeEventListener("abort", stop);
      return answerOf({ exitCode: exitCode ?? null, stdout, stderr }, kind);
    });
    return { ended, stop, firstLine: firstLineOf(child) };
  };
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
