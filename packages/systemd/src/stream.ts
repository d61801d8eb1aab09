import type { Readable } from "node:stream";
import { start, type Command } from "./host/command.js";
import { KILL_MS, type Outcome } from "./host/run.js";
import { pause } from "./pause.js";

/** The most that is kept of what a command prints to its standard error, in characters. */
const LONGEST_ERROR = 64 * 1024;

/**
 * The lines of a command's standard output, as it prints them, until it ends or the signal fires. Leaving the iteration
 * in any way ends the command.
 *
 * @param judge turns the command's outcome into an error; null if it ended as it should
 */
export async function* streamLines(
  argv: readonly string[],
  signal: AbortSignal | undefined,
  judge: (outcome: Outcome) => Error | null,
): AsyncGenerator<string> {
  const isAborted = (): boolean => signal?.aborted === true;
  if (isAborted()) return;
  const command = start(argv);
  const stderr = newest(command.stderr);
  // What the command has started may hold its output, and never print again.
  const stop = (): void => {
    command.kill("SIGTERM");
    command.stdout.destroy();
  };
  signal?.addEventListener("abort", stop);
  try {
    for await (const line of linesOf(command.stdout)) {
      // Also drop lines that were already read.
      if (isAborted()) return;
      yield line;
    }
    const { problem = "", ...end } = await command.close;
    if (isAborted()) return;
    const error = judge({ command: argv.join(" "), stdout: "", stderr: stderr() + problem, ...end });
    if (error !== null) throw error;
  } catch (error) {
    if (!isAborted()) throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await ended(command);
  }
}

/** Ends a command that still runs; what it has started may hold its outputs for ever. */
async function ended(command: Command): Promise<void> {
  const over = new AbortController();
  command.kill("SIGTERM");
  await Promise.race([command.exit, pause(KILL_MS, over.signal)]);
  command.kill("SIGKILL");
  await Promise.race([command.close, pause(KILL_MS, over.signal)]);
  over.abort();
  command.stdout.destroy();
  command.stderr.destroy();
}

/** The newest that was printed, for the error of a command that fails: a command that runs for hours may print much. */
function newest(printed: Readable): () => string {
  let text = "";
  printed.setEncoding("utf8").on("data", (piece: string) => (text = (text + piece).slice(-LONGEST_ERROR)));
  printed.on("error", () => undefined);
  return () => text;
}

/**
 * Lines end at a newline and nowhere else: JSON may contain other separators. An unfinished last line does not count.
 */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, from)) {
      yield rest.toString("utf8", from, end);
      from = end + 1;
    }
    rest = rest.subarray(from);
  }
}
