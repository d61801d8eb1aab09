import { spawn, type ChildProcess } from "node:child_process";
import { Readable } from "node:stream";

/** How a command ended without being ended by us. */
export interface End {
  /** Null if a signal ended it, or if it was never run. */
  readonly exitCode: number | null;
  readonly ended: "by-itself" | "signal" | "not-found";
  /** Why it could not be run, where its name is not the reason. */
  readonly problem?: string;
}

/** A command that runs. */
export interface Command {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** It has ended; what it has started may still hold its outputs. */
  readonly exit: Promise<End>;
  /** It has ended, and so has everything that could print to its outputs. */
  readonly close: Promise<End>;
  readonly kill: (signal: "SIGTERM" | "SIGKILL") => void;
}

/** English messages, no pager, no colour, and no password prompt: no one is there to type one. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: "C.UTF-8",
  SYSTEMD_COLORS: "0",
  SYSTEMD_PAGER: "",
  SSH_ASKPASS: "false",
  SSH_ASKPASS_REQUIRE: "force",
};

const running = new Set<ChildProcess>();

/** What still runs when this process exits ends with it: a log that is followed would have no end. */
function endAll(): void {
  for (const child of running) child.kill();
}

export interface CommandOptions {
  /** For its standard input; none by default. */
  readonly input?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a command. Never throws: that it cannot be run is an end of it, too. */
export function start(argv: readonly string[], { input, env }: CommandOptions = {}): Command {
  const [program = "", ...args] = argv;
  const whole = { ...process.env, ...ENVIRONMENT, ...env };
  let child;
  try {
    child =
      input === undefined
        ? spawn(program, args, { env: whole, stdio: ["ignore", "pipe", "pipe"] })
        : spawn(program, args, { env: whole, stdio: ["pipe", "pipe", "pipe"] });
  } catch (error) {
    return neverRun(error as NodeJS.ErrnoException);
  }
  // A command need not read what it is given.
  child.stdin?.on("error", () => undefined).end(input);
  return { stdout: child.stdout, stderr: child.stderr, ...endsOf(child), kill: (signal) => void child.kill(signal) };
}

function endsOf(child: ChildProcess): Pick<Command, "exit" | "close"> {
  if (running.size === 0) process.on("exit", endAll);
  running.add(child);
  const forget = (): void => {
    running.delete(child);
    if (running.size === 0) process.off("exit", endAll);
  };
  child.once("exit", forget);
  const failed = new Promise<End>((resolve) => {
    child.once("error", (error) => {
      forget();
      resolve(notRun(error));
    });
  });
  const on = (event: "exit" | "close"): Promise<End> =>
    Promise.race([
      failed,
      new Promise<End>((resolve) => {
        child.once(event, (exitCode: number | null) => {
          resolve({ exitCode, ended: exitCode === null ? "signal" : "by-itself" });
        });
      }),
    ]);
  return { exit: on("exit"), close: on("close") };
}

function neverRun(error: NodeJS.ErrnoException): Command {
  const end = Promise.resolve(notRun(error));
  return { stdout: Readable.from([]), stderr: Readable.from([]), exit: end, close: end, kill: () => undefined };
}

function notRun({ code, message }: NodeJS.ErrnoException): End {
  const isNamed = code === "ENOENT" || code === "EACCES";
  return { exitCode: null, ended: "not-found", ...(!isNamed && { problem: message }) };
}
