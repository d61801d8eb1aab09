/**
 * The parent of a unit's process. It writes the log, stops the process on SIGTERM, and records how the process ended.
 * It is started detached, with the directory of one start as its argument, and outlives the process that started it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { basename, dirname } from "node:path";
import { mainPath, newest, nextPath } from "./generation.js";
import { LineSplitter } from "./line-splitter.js";
import { LogWriter } from "./log.js";
import { ownProcessId, parseProcessId, signalSession, type ProcessId } from "./process-id.js";
import { readText, writeJson } from "./state-files.js";
import { fileOf, type Ended, type Launch, type Supervisor, type UnitGeneration } from "./unit-process.js";

/**
 * Records its identity and becomes the program, unless a later start has superseded this one. It depends on nothing
 * that the unit's environment could break: no PATH, no other program.
 */
const WRAPPER = [
  "main=$1 next=$2; shift 2",
  'read -r stat < "/proc/$$/stat" && printf "%s\\n" "$stat" > "$main" || exit 71',
  '[ ! -e "$next" ] || exit 75',
  'exec "$@"',
].join("; ");
/** Signals that systemd also counts as a clean end. */
const CLEAN: ReadonlySet<NodeJS.Signals | null> = new Set<NodeJS.Signals>(["SIGHUP", "SIGINT", "SIGTERM", "SIGPIPE"]);
/** How long to wait for others that still hold the pipes of an ended process, in milliseconds. */
const DRAIN_MS = 500;

class Supervision {
  readonly #generation: UnitGeneration;
  readonly #log: LogWriter;
  #child: ChildProcess | null = null;
  #isStopping = false;
  #isKilled = false;
  #kill: NodeJS.Timeout | undefined;

  constructor(generation: UnitGeneration) {
    this.#generation = generation;
    this.#log = new LogWriter(generation.path);
  }

  run(place: string): void {
    const { invocationId, what } = this.#generation.start;
    const { workingDirectory, environment, command } = what;
    process.on("SIGTERM", () => {
      this.#stop();
    });
    const self: Supervisor = { ...ownProcessId(), startedUs: Date.now() * 1_000 };
    writeJson(fileOf(this.#generation, "supervisor"), self);
    const child = spawn(
      "/bin/sh",
      ["-c", WRAPPER, "sh", mainPath(this.#generation), nextPath(place, this.#generation), ...command],
      {
        cwd: workingDirectory,
        env: { ...environment, INVOCATION_ID: invocationId },
        // A session of its own, so that everything it starts can be found.
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) this.#record(stream);
    child.on("error", (error) => {
      this.#log.write(`The process cannot be started in ${workingDirectory}: ${error.message}`, null);
      this.#end({ result: "resources", detail: error.message });
    });
    child.on("exit", (code, signal) => {
      clearTimeout(this.#kill);
      this.#signal("SIGKILL");
      const ended = this.#describe(code, signal);
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, DRAIN_MS).unref();
      child.once("close", () => {
        this.#end(ended);
      });
    });
  }

  #stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    attempt(() => {
      writeJson(fileOf(this.#generation, "stopping"), {});
    });
    this.#signal("SIGTERM");
    this.#kill = setTimeout(() => {
      this.#isKilled = true;
      this.#signal("SIGKILL");
    }, this.#generation.start.what.stopSeconds * 1_000);
    // This process waits for it anyway.
    this.#kill.unref();
  }

  /** Signals the process and its whole session, even before it has recorded its identity. */
  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    const leader = this.#leader(pid);
    if (leader !== null) signalSession(leader, signal);
    else this.#child?.kill(signal);
  }

  #leader(pid: number): ProcessId | null {
    const line = readText(mainPath(this.#generation)) ?? "";
    const main = parseProcessId(line, this.#generation.start.starter.boot);
    return main?.pid === pid ? main : null;
  }

  #describe(code: number | null, signal: NodeJS.Signals | null): Ended {
    if (this.#isKilled) return { result: "timeout", detail: "killed, as it did not end when asked" };
    if (code !== null) return { result: code === 0 ? "success" : "exit-code", detail: `exit code ${code}` };
    return { result: CLEAN.has(signal) ? "success" : "signal", detail: `signal ${signal ?? "unknown"}` };
  }

  #record(stream: NodeJS.ReadableStream): void {
    const splitter = new LineSplitter();
    const write = (lines: readonly string[]): void => {
      for (const line of lines) this.#log.write(line, this.#child?.pid ?? null);
    };
    stream.on("data", (chunk: Buffer) => {
      write(splitter.take(chunk));
    });
    stream.on("close", () => {
      write(splitter.end());
    });
  }

  #end(ended: Ended): void {
    this.#log.close();
    writeJson(fileOf(this.#generation, "ended"), ended);
  }
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The disk is full: stop the process anyway.
  }
}

const directory = process.argv[2] ?? "";
const place = dirname(directory);
const generation = newest<Launch>(place);
// Superseded, or its directory is gone: start nothing.
if (generation?.path === directory && basename(directory) !== "") new Supervision(generation).run(place);
