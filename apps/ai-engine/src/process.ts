import { asQscError, inertText } from "@qsc/contract";
import { onnxRuntime, type OnnxRuntime } from "@qsc/fail-closed/onnx";
import { openLog } from "./observe/log.js";
import { assertNoArguments, usage } from "./usage.js";
import { runEngine } from "./run.js";
import { readSettings } from "./settings/settings.js";

/** After a signal the engine ends within 5 s. Most of that time is for publishing what is in the buffer. */
const DRAIN_MS = 4000;
const END_MS = 4700;
/** Enough for an exit that nothing blocks. */
const EXIT_MS = 100;

/** Runs the engine as this process: signals and exit code. The only place that exits. */
export async function runProcess(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (args.length === 1 && args[0] === "--help") {
    // A failure to write shows in the exit code, not in a stack trace.
    process.stdout.on("error", () => (process.exitCode = 1));
    process.stdout.write(usage(process.stdout.isTTY ? process.stdout.columns : undefined));
    return;
  }
  const runtime = onnxRuntime();
  const stop = new AbortController();
  const giveUp = new AbortController();
  const reload = new Reload();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      stop.abort();
      setTimeout(() => {
        giveUp.abort();
      }, DRAIN_MS);
      setTimeout(() => void exit(0, runtime, EXIT_MS), END_MS);
    });
  }
  process.on("SIGHUP", () => {
    reload.ask();
  });
  try {
    assertNoArguments(args);
    const settings = await readSettings(env);
    await runEngine(settings, openLog(settings.logLevel), runtime, {
      stop: stop.signal,
      giveUp: giveUp.signal,
      onReload: (given) => {
        reload.become(given);
      },
    });
    await exit(0, runtime, giveUp.signal.aborted ? EXIT_MS : DRAIN_MS);
  } catch (thrown) {
    const error = asQscError(thrown);
    process.stderr.write(`${error.message.split("\n").map(inertText).join("\n")}\n`);
    if (error.code === "internal") console.error(error.cause);
    await exit(error.exitCode, runtime, DRAIN_MS);
  }
}

/** A reload that may be requested before the engine can do it; then it is done later. */
class Reload {
  #reload: (() => void) | null = null;
  #asked = false;

  ask(): void {
    this.#asked = true;
    this.#reload?.();
  }

  become(reload: () => void): void {
    this.#reload = reload;
    if (this.#asked) reload();
  }
}

/**
 * Exits once no model is computing, because that would block the exit. If a model does not finish, ends the process
 * with SIGKILL.
 */
async function exit(code: number, runtime: OnnxRuntime, patienceMs: number): Promise<never> {
  setTimeout(() => {
    process.stderr.write("A model is still computing and cannot be interrupted: the engine ends itself by SIGKILL.\n");
    process.kill(process.pid, "SIGKILL");
  }, patienceMs);
  await runtime.idle();
  process.exit(code);
}
