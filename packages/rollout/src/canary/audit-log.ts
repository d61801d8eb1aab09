import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { digestOf, iso, QscError, type AuditEntry, type AuditEvent } from "@qsc/contract";
import type { Files } from "./files.js";
import type { CanaryWorld } from "./world.js";

const FIRST = "0".repeat(64);

/** What an audit log turns out to be. */
export interface AuditReading {
  readonly entries: readonly AuditEntry[];
  /** The first line that is not as it was written, and what is wrong with it. */
  readonly broken: { readonly line: number; readonly detail: string } | null;
  /** An unfinished last line, as a crash in the middle of an append leaves it; null where there is none. */
  readonly torn: string | null;
  /** Whether the last line, torn or an entry, lacks its end. */
  readonly open: boolean;
}

/**
 * Reads a log and checks its chain: every line carries the hash of the one before and its own. A torn last line is no
 * forgery, and neither is one that the next entry names by its hash.
 */
export async function readAudit(files: Files, path: string): Promise<AuditReading> {
  const { auditEntry } = await import("@qsc/contract/schemas");
  const lines = ((await files.read(path)) ?? "").split("\n");
  const tail = lines.pop() ?? "";
  const entries: AuditEntry[] = [];
  let torn: string | null = null;
  const broken = (line: number, detail: string): AuditReading => ({ entries, broken: { line, detail }, torn: null, open: false });
  for (const [index, text] of lines.entries()) {
    const entry = auditEntry.safeParse(parsed(text));
    if (!entry.success) {
      if (torn !== null) return broken(index, "the line is not an entry");
      torn = text;
      continue;
    }
    const problem = problemOf(entry.data, entries.at(-1), torn);
    if (problem !== null) return broken(index + (torn === null ? 1 : 0), problem);
    torn = null;
    entries.push(entry.data);
  }
  // A whole line that is no entry, and that none after it names.
  if (torn !== null) return broken(lines.length, "the line is not an entry");
  const last = auditEntry.safeParse(parsed(tail));
  if (!last.success || problemOf(last.data, entries.at(-1), null) !== null) {
    return { entries, broken: null, torn: tail === "" ? null : tail, open: tail !== "" };
  }
  return { entries: [...entries, last.data], broken: null, torn: null, open: true };
}

/** Appends an entry to the chain and syncs it. @throws QscError of a log that is broken, or the error of the file. */
export async function appendAudit(
  { files, paths, clock, unit, operation, setting, user }: CanaryWorld,
  event: AuditEvent,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { entries, broken, torn, open } = await readAudit(files, paths.audit);
  if (broken !== null) throw brokenLog(paths.audit, broken);
  const last = entries.at(-1);
  const head = {
    version: 1 as const,
    number: (last?.number ?? 0) + 1,
    at: iso(clock.now()),
    event,
    unit,
    operation,
    host: setting.host,
    user,
    details,
    torn: torn === null ? null : sha256(torn),
    previous: last?.hash ?? FIRST,
  };
  const entry: AuditEntry = { ...head, hash: digestOf(head) };
  await files.makeDirectory(dirname(paths.audit));
  await files.append(paths.audit, `${open ? "\n" : ""}${JSON.stringify(entry)}\n`);
  await files.sync(paths.audit);
  if (last === undefined) await files.syncDirectory(dirname(paths.audit));
}

function problemOf(entry: AuditEntry, last: AuditEntry | undefined, torn: string | null): string | null {
  const { hash, ...head } = entry;
  if (digestOf(head) !== hash) return "the entry was changed: its hash is another";
  if (entry.previous !== (last?.hash ?? FIRST)) return "the chain is broken: the entry does not follow the one before it";
  if (entry.number !== (last?.number ?? 0) + 1) return `the entry has the number ${entry.number}, expected ${(last?.number ?? 0) + 1}`;
  if (entry.torn !== (torn === null ? null : sha256(torn))) return "the line is not an entry";
  return null;
}

function brokenLog(path: string, { line, detail }: { readonly line: number; readonly detail: string }): QscError {
  return new QscError("audit_broken", `Audit log ${path} is broken at line ${line}: ${detail}. Keep the file for whoever looks into it, and move it away.`);
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
