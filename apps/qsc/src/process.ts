import { EXIT } from "@qsc/contract";
import { runCli } from "./cli.js";
import { terminalIo } from "./io.js";

/** Runs the command line as this process: signals, broken pipes and the exit code. The only place that exits. */
export async function runProcess(args: readonly string[], version: string): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (interruption.signal.aborted) process.exit(EXIT.refused);
      interruption.abort();
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  const exitCode = await runCli(args, {
    io: terminalIo(process),
    env: process.env,
    version,
    signal: interruption.signal,
  });
  process.exitCode = exitCode;
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  process.exit(exitCode);
}

/** Resolves when everything written has left, or nobody reads any more. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write("", () => { resolve(); });
  });
}
