import { execa } from "execa";
import { ENVIRONMENT, type Outcome } from "./host/run.js";

/**
 * The lines of a command's standard output, as it prints them, until it ends or the signal comes. However the iteration
 * is left, the command is ended.
 *
 * @param judge makes an error of how the command ended by itself; null where that is as it should be
 */
export async function* streamLines(
  argv: readonly string[],
  signal: AbortSignal | undefined,
  judge: (outcome: Outcome) => Error | null,
): AsyncGenerator<string> {
  const isAborted = (): boolean => signal?.aborted === true;
  if (isAborted()) return;
  const [program = "", ...args] = argv;
  const left = new AbortController();
  const command = execa(program, args, {
    env: ENVIRONMENT,
    reject: false,
    stdin: "ignore",
    buffer: { stdout: false },
    cancelSignal: signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]),
    forceKillAfterDelay: 1_000,
  });
  try {
    for await (const line of linesOf(command.stdout)) {
      // Also of what was read already.
      if (isAborted()) return;
      yield line;
    }
    const { exitCode, stderr } = await command;
    if (isAborted()) return;
    const ended = exitCode === undefined ? "not-found" : "by-itself";
    const error = judge({ command: argv.join(" "), exitCode: exitCode ?? null, stdout: "", stderr, ended });
    if (error !== null) throw error;
  } catch (error) {
    if (!isAborted()) throw error;
  } finally {
    left.abort();
    await command;
  }
}

/** Lines end at a newline and nowhere else: JSON may hold other separators. An unfinished last line is none. */
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
