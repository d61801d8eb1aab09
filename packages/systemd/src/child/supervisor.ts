/**
 * The process that has a unit's process as its child: writes its log, stops it when it gets SIGTERM, and writes down how
 * it ended. It is started detached with the directory of one start as its argument, and outlives who started it.
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
 * Says which process it is, and becomes the program, unless a later start has overtaken this one. It uses nothing that
 * the unit's environment could take from it: no PATH, no other program.
 */
const WRAPPER = [
  'main=$1 next=$2; shift 2',
  'read -r stat < "/proc/$$/stat" && printf "%s\\n" "$stat" > "$main" || exit 71',
  '[ ! -e "$next" ] || exit 75',
  'exec "$@"',
].join("; ");
/** Ends that systemd counts as clean, too. */
const CLEAN: ReadonlySet<NodeJS.Signals | null> = new Set<NodeJS.Signals>(["SIGHUP", "SIGINT", "SIGTERM", "SIGPIPE"]);
/** Who holds the pipes of a process that has ended is waited for so long. */
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
    const child = spawn("/bin/sh", ["-c", WRAPPER, "sh", mainPath(this.#generation), nextPath(place, this.#generation), ...command], {
      cwd: workingDirectory,
      env: { ...environment, INVOCATION_ID: invocationId },
      // A session of its own: all that it starts can be found by that.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
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
    // It is the process that is waited for.
    this.#kill.unref();
  }

  /** To the process and all of its session: also before it has said which process it is. */
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
    // A full disk: the process is stopped all the same.
  }
}

const directory = process.argv[2] ?? "";
const place = dirname(directory);
const generation = newest<Launch>(place);
// Overtaken, or its directory is gone: then nothing is started.
if (generation?.path === directory && basename(directory) !== "") new Supervision(generation).run(place);
