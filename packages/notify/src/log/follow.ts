import type { NotifyFiles, OpenLog } from "./files.js";
import { nextItem, tailOf, type EntryReader, type LogItem } from "./parse.js";
import { closing, siblingOf } from "./siblings.js";
import { FIRST, type FileIdentity, type LogPosition } from "./position.js";

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
    return (await positionsIn(log, open)).at(-1) ?? { ...BEGINNING, file: open.identity };
  } finally {
    await open.close();
  }
}

/**
 * The next item after a position; null if there is none yet. The log may have been rotated by renaming it: what is left
 * in the old file comes first, then what continues its chain, whatever its name is by now. A log that was cut short,
 * rewritten or replaced by another one is an item with a fault; then its file is read from the beginning.
 */
export async function readNext(log: AuditLog, from: LogPosition): Promise<LogItem | null> {
  const current = await log.files.open(log.path);
  try {
    if (current !== null && (await isSameFile(current, from))) return await itemIn(log, current, from);
    const rotated = from.file === null ? null : await siblingOf(log, (open) => isSameFile(open, from));
    if (rotated !== null) {
      const left = await closing(rotated, () => itemIn(log, rotated, from));
      if (left !== null) return left;
    }
    if (current === null) return null;
    const found = await continuation(log, current, from);
    if (found !== null) return found.item;
    if (from.file === null || rotated !== null) return await itemIn(log, current, beginningOf(current, from));
    return changed(current, from);
  } finally {
    await current?.close();
  }
}

async function itemIn(log: AuditLog, open: OpenLog, from: LogPosition): Promise<LogItem | null> {
  return nextItem(await open.read(from.offset, open.size - from.offset), from, log.readEntry);
}

function beginningOf({ identity }: OpenLog, { last, canary }: LogPosition): LogPosition {
  return { ...BEGINNING, file: identity, last, canary };
}

/** The position after each entry of a file. */
async function positionsIn({ readEntry }: AuditLog, open: OpenLog): Promise<readonly LogPosition[]> {
  const bytes = await open.read(0, open.size);
  const positions: LogPosition[] = [];
  let position: LogPosition = { ...BEGINNING, file: open.identity, last: null };
  for (;;) {
    const item = nextItem(bytes.subarray(position.offset), position, readEntry);
    if (item === null) return positions;
    position = item.after;
    positions.push(position);
  }
}

/** Whether a file is the one of a position, and still has the bytes before it. */
async function isSameFile(open: OpenLog, { file, offset, tail }: LogPosition): Promise<boolean> {
  if (open.identity.device !== file?.device || open.identity.inode !== file.inode || open.size < offset) return false;
  return tailOf(await open.read(offset - tail.bytes, tail.bytes)).sha256 === tail.sha256;
}

/**
 * The item after the newest known entry, found by the chain of hashes: in the log itself, or, going back from it, in a
 * former file of it. Null if the chain does not lead to that entry.
 */
async function continuation(
  log: AuditLog,
  current: OpenLog,
  from: LogPosition,
): Promise<{ readonly item: LogItem | null } | null> {
  const { last } = from;
  if (last === null) return null;
  const visited: FileIdentity[] = [];
  const walk = async (open: OpenLog): Promise<{ readonly item: LogItem | null } | null> => {
    visited.push(open.identity);
    const positions = await positionsIn(log, open);
    const known = positions.find((position) => position.last?.hash === last.hash);
    if (known !== undefined) return { item: await itemIn(log, open, known) };
    const before = (await itemIn(log, open, beginningOf(open, from)))?.entry?.previous ?? null;
    if (before === last.hash) return { item: await itemIn(log, open, beginningOf(open, from)) };
    if (before === null || before === FIRST.hash) return null;
    const former = await siblingOf(
      log,
      async (each) => !isVisited(visited, each) && (await hasEntry(log, each, before)),
    );
    return former === null ? null : closing(former, () => walk(former));
  };
  return walk(current);
}

function isVisited(visited: readonly FileIdentity[], { identity }: OpenLog): boolean {
  return visited.some(({ device, inode }) => device === identity.device && inode === identity.inode);
}

async function hasEntry(log: AuditLog, open: OpenLog, hash: string): Promise<boolean> {
  return (await positionsIn(log, open)).some(({ last }) => last?.hash === hash);
}

/** The file of the position is gone, and nothing continues its chain. */
function changed(current: OpenLog, { last, canary }: LogPosition): LogItem {
  return {
    entry: null,
    fault: `the log was replaced or cut short${last === null ? "" : ` after entry ${last.number}`}: later entries may be missing, and what it has now is sent from its beginning`,
    after: { ...BEGINNING, file: current.identity, last: null, canary },
  };
}
