import { basename, dirname, join } from "node:path";
import type { NotifyFiles, OpenLog } from "./files.js";
import { nextItem, tailOf, type EntryReader, type LogItem } from "./parse.js";
import { FIRST, type LogPosition } from "./position.js";

/** A log, and what is needed to read it. */
export interface AuditLog {
  readonly files: NotifyFiles;
  readonly path: string;
  readonly readEntry: EntryReader;
}

const EMPTY_TAIL = tailOf(Buffer.alloc(0));

/** Before the first entry of a log that does not exist yet. */
export const BEGINNING: LogPosition = { file: null, offset: 0, tail: EMPTY_TAIL, last: FIRST, canary: null };

/** The audit entries that a parser of the contract accepts. Loaded late: it needs zod. */
export async function entryReader(): Promise<EntryReader> {
  const { auditEntry } = await import("@qsc/contract/schemas");
  return (value) => {
    const read = auditEntry.safeParse(value);
    return read.success ? read.data : null;
  };
}

/** The position after the last entry that is in the log now. Earlier entries, whole or not, are done with. */
export async function endOf(log: AuditLog): Promise<LogPosition> {
  const open = await log.files.open(log.path);
  if (open === null) return BEGINNING;
  try {
    const bytes = await open.read(0, open.size);
    let position: LogPosition = { ...BEGINNING, file: open.identity };
    for (;;) {
      const item = nextItem(bytes.subarray(position.offset), position, log.readEntry);
      if (item === null) return position;
      position = item.after;
    }
  } finally {
    await open.close();
  }
}

/**
 * The next item after a position; null if there is none yet. The log may have been rotated by renaming it: what is left
 * in the old file comes first. A log that was cut short, rewritten or replaced by another one is an item with a fault;
 * then its file is read from the beginning, unless it has the entry that was read last.
 */
export async function readNext(log: AuditLog, from: LogPosition): Promise<LogItem | null> {
  const current = await log.files.open(log.path);
  try {
    if (from.file === null)
      return current === null ? null : await itemIn(log, current, { ...from, file: current.identity });
    if (current !== null && (await isSameFile(current, from))) return await itemIn(log, current, from);
    const rotated = await rotatedFile(log, from);
    if (rotated !== null) {
      try {
        const left = await itemIn(log, rotated, from);
        if (left !== null || current === null) return left;
        return await itemIn(log, current, {
          ...BEGINNING,
          file: current.identity,
          last: from.last,
          canary: from.canary,
        });
      } finally {
        await rotated.close();
      }
    }
    return current === null ? null : await changed(log, current, from);
  } finally {
    await current?.close();
  }
}

async function itemIn(log: AuditLog, open: OpenLog, from: LogPosition): Promise<LogItem | null> {
  return nextItem(await open.read(from.offset, open.size - from.offset), from, log.readEntry);
}

/** Whether a file is the one of a position, and still has the bytes before it. */
async function isSameFile(open: OpenLog, { file, offset, tail }: LogPosition): Promise<boolean> {
  if (open.identity.device !== file?.device || open.identity.inode !== file.inode || open.size < offset) return false;
  return tailOf(await open.read(offset - tail.bytes, tail.bytes)).sha256 === tail.sha256;
}

/** The file of a position under another name in the log's directory, open; null if it is not there. */
async function rotatedFile({ files, path }: AuditLog, from: LogPosition): Promise<OpenLog | null> {
  const names = await files.list(dirname(path));
  const log = basename(path);
  for (const name of names.filter((each) => each !== log && each.startsWith(log))) {
    const open = await files.open(join(dirname(path), name));
    if (open === null) continue;
    if (await isSameFile(open, from)) return open;
    await open.close();
  }
  return null;
}

/** The file of the position is gone: a copy of it that has the entry read last goes on after it, any other is a fault. */
async function changed(log: AuditLog, current: OpenLog, from: LogPosition): Promise<LogItem | null> {
  const bytes = await current.read(0, current.size);
  const start: LogPosition = { ...BEGINNING, file: current.identity, last: null, canary: from.canary };
  let position = start;
  while (from.last !== null) {
    const item = nextItem(bytes.subarray(position.offset), position, log.readEntry);
    if (item === null) break;
    position = item.after;
    if (item.entry?.hash === from.last.hash) return itemIn(log, current, position);
  }
  const number = from.last?.number ?? 0;
  if (number === 0) return itemIn(log, current, { ...start, last: FIRST });
  return {
    entry: null,
    fault: `the log was replaced or cut short after entry ${number}: later entries may be missing, and what it has now is sent from its beginning`,
    after: start,
  };
}
