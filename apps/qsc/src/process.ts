import { realpathSync } from "node:fs";
import { EXIT, type ExitCode } from "@qsc/contract";
import { runCli } from "./cli.js";
import { terminalIo } from "./io.js";

/** After this time, a command that was told to end says why it has not ended yet. In milliseconds. */
const SILENT_MS = 2000;
const STILL_HERE =
  "qsc: Interrupted: what was begun is first brought to a safe end. Another Ctrl-C ends qsc at once; a canary is then rolled back by its dead-man.\n";

/** Runs the command line as this process: signals, broken pipes and the exit code. The only place that exits. */
export async function runProcess(args: readonly string[], version: string): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (interruption.signal.aborted) process.exit(EXIT.refused);
      interruption.abort();
      setTimeout(() => process.stderr.write(STILL_HERE), SILENT_MS);
    });
  }
  let unwritten: Error | null = null;
  // Each write handles its own errors.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  const exitCode = await runCli(args, {
    io: terminalIo(process, (error) => (unwritten ??= error)),
    env: process.env,
    version,
    stdin: process.stdin,
    signal: interruption.signal,
    program: [process.execPath, ...process.argv.slice(1, 2).map((path) => realpathSync(path))],
  });
  await drained(process.stdout);
  process.exitCode = exitAfter(exitCode, unwritten);
  await drained(process.stderr);
  process.exit();
}

/** A pass that could not be written is not a pass. */
function exitAfter(exitCode: ExitCode, unwritten: Error | null): ExitCode {
  if (unwritten === null) return exitCode;
  process.stderr.write(`qsc: The result could not be written: ${unwritten.message}. Check where the output goes.\n`);
  return exitCode === EXIT.refused ? exitCode : EXIT.error;
}

/** Resolves when everything has been written, or the reader is gone. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else
      stream.write("", () => {
        resolve();
      });
  });
}
