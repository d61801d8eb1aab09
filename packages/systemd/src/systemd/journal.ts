import { assertInvocation } from "../invocation.js";
import type { JournalLine, JournalOptions } from "../port.js";
import { run } from "../run.js";
import { streamLines } from "../stream.js";
import { failureOf } from "./failure.js";
import type { Host } from "./host.js";
import { parseJournalLine } from "./journal-line.js";
import { ANSWER_MS } from "./systemctl.js";

const FIELDS = "MESSAGE,_PID,_SYSTEMD_INVOCATION_ID,SYSLOG_IDENTIFIER,PRIORITY";
const FORMAT = ["--no-pager", "--quiet", "--output=json", "--all", `--output-fields=${FIELDS}`];

/** The lines of one invocation's processes: not those of an earlier start, and not those of systemd about the unit. */
export async function* readJournal(host: Host, unit: string, options: JournalOptions): AsyncGenerator<JournalLine> {
  assertInvocation(unit, options.invocationId);
  const matches = [`_SYSTEMD_INVOCATION_ID=${options.invocationId}`];
  await sync(host);
  const extent = options.follow === true ? ["--follow", "--no-tail"] : [];
  const argv = host.journalctl([...FORMAT, ...extent, ...matches]);
  const lines = streamLines(argv, options.signal, (outcome) => failureOf(outcome, unit, `Reading the journal of ${unit} failed`));
  for await (const line of lines) {
    const parsed = parseJournalLine(line);
    if (parsed !== null) yield parsed;
  }
}

/**
 * The last lines of one invocation, and what systemd says of it, for an error's sentence. Never rejects: a journal that
 * cannot be read must not hide why a unit failed.
 */
export async function lastLines(host: Host, invocationId: string, count: number): Promise<readonly string[]> {
  await sync(host);
  const matches = [`_SYSTEMD_INVOCATION_ID=${invocationId}`, "+", `INVOCATION_ID=${invocationId}`];
  const argv = host.journalctl([...FORMAT, `--lines=${count}`, ...matches]);
  const { stdout } = await run(argv, { timeoutMs: ANSWER_MS });
  return stdout.split("\n").flatMap((line) => parseJournalLine(line)?.message ?? []);
}

/** Has the journal take in what is on its way. Who may not ask for it reads what is there. */
async function sync(host: Host): Promise<void> {
  await run(host.journalctl(["--sync"]), { timeoutMs: ANSWER_MS });
}
