import { assertInvocation } from "../invocation.js";
import type { JournalLine, JournalOptions } from "../port.js";
import { run, type Outcome } from "../host/run.js";
import { ServiceError } from "../service-error.js";
import { streamLines } from "../stream.js";
import { failureOf } from "./failure.js";
import type { Host } from "./host.js";
import { HOW_TO_READ } from "../how-to-read.js";
import { FIELDS, parseJournalEntry, type JournalEntry } from "./journal-line.js";
import { hasWritten, mainProcessOf } from "./main-process.js";

/** How long the journal may take to flush pending lines or to find a few lines: the unit has already stopped. */
const ANSWER_MS = 30_000;

// Without --quiet, journalctl says on stderr that it shows this user only a part.
const FORMAT = ["--no-pager", "--output=json", "--all", `--output-fields=${FIELDS}`];

/**
 * The lines of one invocation's processes, without those of an earlier start and without systemd's own lines about the
 * unit.
 */
export async function* readJournal(host: Host, unit: string, options: JournalOptions): AsyncGenerator<JournalLine> {
  assertInvocation(unit, options.invocationId);
  const matches = [`_SYSTEMD_INVOCATION_ID=${options.invocationId}`];
  await sync(host);
  const extent = options.follow === true ? ["--follow", "--no-tail"] : [];
  const argv = host.journalctl([...FORMAT, ...extent, ...matches]);
  let isEmpty = true;
  const lines = streamLines(argv, options.signal, (outcome) => {
    if (isEmpty && isHidden(outcome.stderr)) return hiddenJournal(unit, outcome);
    return outcome.exitCode === 0 ? null : failureOf(outcome, unit, `Reading the journal of ${unit} failed`);
  });
  for await (const line of lines) {
    const entry = parseJournalEntry(line);
    if (entry === null) continue;
    isEmpty = false;
    yield entry.line;
  }
}

/**
 * The last lines of one invocation, and what systemd says about it, for an error message. The journal determines which
 * start a line belongs to when it receives the line; if the process is gone by then, it knows at most the PID. Such
 * lines count if they are the main process's. Never rejects: an unreadable journal must not hide why a unit failed.
 * Null if there may be lines that this user is not shown.
 */
export async function lastLines(
  host: Host,
  unit: string,
  invocationId: string,
  count: number,
): Promise<readonly string[] | null> {
  const main = await mainProcessOf(host, unit, invocationId).catch(() => null);
  await sync(host);
  const ids = ["_SYSTEMD_INVOCATION_ID", "INVOCATION_ID", "USER_INVOCATION_ID"].map(
    (name) => `${name}=${invocationId}`,
  );
  const matches = [...ids, ...(main === null ? [] : [`_PID=${main.pid}`])]
    .flatMap((match) => [match, "+"])
    .slice(0, -1);
  const argv = host.journalctl([...FORMAT, `--lines=${count}`, "--boot=0", ...matches]);
  const { stdout, stderr } = await run(argv, { timeoutMs: ANSWER_MS });
  const entries = stdout.split("\n").flatMap((line) => parseJournalEntry(line) ?? []);
  const isOfStart = (entry: JournalEntry): boolean =>
    entry.line.invocationId === invocationId ||
    entry.about === invocationId ||
    (main !== null && hasWritten(main, entry));
  const messages = entries.filter(isOfStart).map(({ line }) => line.message);
  return messages.length === 0 && isHidden(stderr) ? null : messages;
}

/** Whether journalctl said that it hides lines from this user: lines that it does not show may still exist. */
function isHidden(stderr: string): boolean {
  return /insufficient permissions|not seeing messages from other users/i.test(stderr);
}

function hiddenJournal(unit: string, { command, exitCode, stderr }: Outcome): ServiceError {
  const message = `This user may not read the journal of ${unit}: ${HOW_TO_READ}.`;
  return new ServiceError("service_permission", message, { unit, command, commandExit: exitCode, stderr });
}

/** Makes the journal flush pending lines. A user who may not do that reads what is there. */
async function sync(host: Host): Promise<void> {
  await run(host.journalctl(["--sync"]), { timeoutMs: ANSWER_MS });
}
