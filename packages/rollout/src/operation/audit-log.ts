import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { digestOf, iso, QscError, type AuditEntry, type AuditEvent, type UnloggedEntry } from "@qsc/contract";
import { anchorOf, anchorProblem, rememberAnchor } from "./audit-anchor.js";
import { within } from "../host/within.js";
import { FILE_MS } from "./bounds.js";
import type { Files } from "../host/files.js";
import type { OperationContext } from "./context.js";
import { loadSchemas } from "./schemas.js";
import { isTorn, LONGEST_LINE } from "./torn-line.js";
import { forgetUnlogged, missingFrom, rememberUnlogged, unloggedOf } from "./unlogged.js";

const FIRST = "0".repeat(64);
/** How often an entry is composed again because another command appended first. */
const MOST_ATTEMPTS = 50;
/** The longest text in an entry, in characters. */
const LONGEST_TEXT = 10_000;

/** The content of an audit log, and what is wrong with it. */
export interface AuditReading {
  readonly entries: readonly AuditEntry[];
  /** The first line that is not as it was written, and what is wrong with it. */
  readonly broken: { readonly line: number; readonly detail: string } | null;
  /** Incomplete last lines, left by crashes during an append; null if there are none. */
  readonly torn: string | null;
  /** Whether the last line, torn or an entry, lacks its line end. */
  readonly open: boolean;
}

/**
 * Reads a log and checks its chain: every line carries its own hash and that of the line before. Torn lines are not
 * forgery if they are the last ones (several appends may have been cut off one after another) and each could be the
 * beginning of the next entry, or if the next entry names their hash.
 */
export async function readAudit(files: Pick<Files, "read">, path: string): Promise<AuditReading> {
  return auditOf((await files.read(path)) ?? "");
}

async function auditOf(whole: string): Promise<AuditReading> {
  const { auditEntry } = await loadSchemas();
  const lines = whole.split("\n");
  const tail = lines.pop() ?? "";
  const entries: AuditEntry[] = [];
  let torn: readonly string[] = [];
  const broken = (line: number, detail: string): AuditReading => ({
    entries,
    broken: { line, detail },
    torn: null,
    open: false,
  });
  for (const [index, text] of lines.entries()) {
    const entry = auditEntry.safeParse(parsed(text));
    if (!entry.success) {
      torn = [...torn, text];
      continue;
    }
    const problem = problemOf(entry.data, entries.at(-1), torn);
    if (problem !== null) return broken(index + 1 - torn.length, problem);
    torn = [];
    entries.push(entry.data);
  }
  const last = auditEntry.safeParse(parsed(tail));
  if (last.success) {
    const problem = problemOf(last.data, entries.at(-1), torn);
    if (problem !== null) return broken(lines.length + 1, problem);
    return { entries: [...entries, last.data], broken: null, torn: null, open: true };
  }
  const all = tail === "" ? torn : [...torn, tail];
  const { number, hash } = entries.at(-1) ?? { number: 0, hash: FIRST };
  for (const [index, text] of all.entries())
    if (!(await isTorn(text, number + 1, hash)))
      return broken(lines.length - torn.length + index + 1, "the line is not an entry");
  return { entries, broken: null, torn: all.length === 0 ? null : all.join("\n"), open: tail !== "" };
}

/**
 * Appends an entry to the chain and syncs it, after those that could not be written before.
 * @throws QscError of a log that is broken, or the error of the file
 */
export async function appendAudit(
  context: OperationContext,
  event: AuditEvent,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await appendWanted(context, wantedEntry(context, event, details));
}

/**
 * The same where the log must not hold anything up: takes no longer than the other small files, and remembers an entry
 * that could not be written, so that the state which is written next keeps it.
 */
export async function appendOrKeep(
  context: OperationContext,
  event: AuditEvent,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  const wanted = wantedEntry(context, event, details);
  try {
    await within(FILE_MS, `Writing ${context.paths.audit}`, appendWanted(context, wanted));
  } catch (thrown) {
    rememberUnlogged(context, [wanted]);
    throw thrown;
  }
}

/** What an entry will say of this command and this moment. */
function wantedEntry(
  { clock, operation, judgement, user }: OperationContext,
  event: AuditEvent,
  details: Readonly<Record<string, unknown>>,
): UnloggedEntry {
  const shown = Object.entries(details).map(([name, value]): [string, unknown] => [
    name,
    typeof value === "string" ? short(value) : value,
  ]);
  const whole = Object.fromEntries(shown);
  return { at: iso(clock.now()), event, operation, host: judgement.host, user, details: whole };
}

/** A reason may quote anything, but a line has an end. */
function short(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}... (${text.length} characters)`;
}

/** For an entry whose moment may have passed. */
async function appendWanted(context: OperationContext, wanted: UnloggedEntry): Promise<void> {
  await appendUnlogged(context);
  await append(context, wanted);
}

/** Appends the entries that could not be written before, with the time at which they should have been. */
export async function appendUnlogged(context: OperationContext): Promise<void> {
  const unlogged = unloggedOf(context);
  if (unlogged.length === 0) return;
  const { entries } = await readAudit(context.files, context.paths.audit);
  for (const wanted of missingFrom(entries, unlogged)) await append(context, wanted);
  forgetUnlogged(context);
}

/**
 * Appends one entry. If another command has appended since the log was read, reads it again, so that the chain stays
 * intact.
 */
async function append(context: OperationContext, wanted: UnloggedEntry): Promise<void> {
  const { files, paths } = context;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const before = await files.read(paths.audit);
    const { line, entry, isFirst } = await nextLine(context, before, wanted);
    await files.makeDirectory(dirname(paths.audit));
    if (!(await files.append(paths.audit, line, before))) continue;
    await files.sync(paths.audit);
    if (isFirst) await files.syncDirectory(dirname(paths.audit));
    rememberAnchor(context, entry);
    return;
  }
  throw new QscError(
    "file_failed",
    `Cannot append to '${paths.audit}': other commands keep writing to it. Find out which, and end them.`,
  );
}

/** The next line after a log's text. */
async function nextLine(
  context: OperationContext,
  before: string | null,
  { at, event, operation, host, user, details }: UnloggedEntry,
): Promise<{ readonly line: string; readonly entry: AuditEntry; readonly isFirst: boolean }> {
  const { paths, unit } = context;
  const { entries, broken, torn, open } = await auditOf(before ?? "");
  if (broken !== null) throw brokenLog(paths.audit, broken);
  const anchor = anchorOf(context);
  const problem = anchor === null ? null : anchorProblem(entries, anchor);
  if (problem !== null)
    throw new QscError(
      "audit_broken",
      `Audit log ${paths.audit} does not match the state: ${problem}. Once there is no canary, move both away, and keep them for the investigation.`,
    );
  const last = entries.at(-1);
  const head = {
    version: 1 as const,
    number: (last?.number ?? 0) + 1,
    at,
    event,
    unit,
    operation,
    host,
    user,
    details,
    torn: torn === null ? null : sha256(torn),
    previous: last?.hash ?? FIRST,
  };
  const entry: AuditEntry = { ...head, hash: digestOf(head) };
  const text = JSON.stringify(entry);
  if (text.length > LONGEST_LINE)
    throw new QscError(
      "file_failed",
      `The entry '${event}' has ${text.length} characters, but a line of ${paths.audit} has at most ${LONGEST_LINE}. Give a shorter reason.`,
    );
  return { line: `${open ? "\n" : ""}${text}\n`, entry, isFirst: last === undefined };
}

function problemOf(entry: AuditEntry, last: AuditEntry | undefined, torn: readonly string[]): string | null {
  const { hash, ...head } = entry;
  if (digestOf(head) !== hash) return "the entry was changed: its hash does not match";
  if (entry.previous !== (last?.hash ?? FIRST))
    return "the chain is broken: the entry does not follow the one before it";
  if (entry.number !== (last?.number ?? 0) + 1)
    return `the entry has number ${entry.number}, expected ${(last?.number ?? 0) + 1}`;
  if (entry.torn !== (torn.length === 0 ? null : sha256(torn.join("\n"))))
    return torn.length === 0 ? "the torn line before it is gone" : "the line is not an entry";
  return null;
}

function brokenLog(path: string, { line, detail }: { readonly line: number; readonly detail: string }): QscError {
  return new QscError(
    "audit_broken",
    `Audit log ${path} is broken at line ${line}: ${detail}. Move the file away, and keep it for the investigation.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
