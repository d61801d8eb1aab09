import { compareIds, type EntryId } from "@qsc/contract";
import type { RawRecord } from "./capture.js";
import { chunksOf, plain } from "./chunks.js";
import { openEventLog, type EventLogFile } from "./open-file.js";
import type { Splitter } from "./line-splitter.js";
import { idAtTheHead, parseRecord } from "./parse-record.js";
import { splitterFor, withoutBom } from "./splitter-for.js";

const TAIL_BYTES = 2 * 1024 * 1024;

/** The first ID in a log, plain or packed; null if no line has one. @throws QscError `source_...` */
export async function firstIdOf(path: string): Promise<EntryId | null> {
  return within(path, async (file) => {
    for await (const id of idsIn(chunksOf(path, file))) return id;
    return null;
  });
}

/**
 * The largest ID in a log: in the last lines of a plain one, anywhere in a packed one. @throws QscError `source_...`
 */
export async function lastIdOf(path: string): Promise<EntryId | null> {
  return within(path, async (file) => {
    const tail = file.gzip
      ? null
      : await largest(idsIn(plain(file.handle, Math.max(0, file.size - TAIL_BYTES), file.size)));
    return tail ?? largest(idsIn(chunksOf(path, file)));
  });
}

async function within<T>(path: string, task: (file: EventLogFile) => Promise<T>): Promise<T> {
  const file = await openEventLog(path);
  try {
    return await task(file);
  } finally {
    await file.handle.close();
  }
}

async function* idsIn(chunks: AsyncIterable<Buffer>): AsyncGenerator<EntryId> {
  let splitter: Splitter | null = null;
  for await (const chunk of chunks) {
    const text = splitter === null ? withoutBom(chunk) : chunk;
    splitter ??= splitterFor(text);
    for (const record of splitter.push(text)) {
      const id = idOf(record);
      if (id !== null) yield id;
    }
  }
  const rest = splitter?.rest() ?? null;
  const id = rest === null ? null : idOf(rest);
  if (id !== null) yield id;
}

function idOf(record: RawRecord): EntryId | null {
  return idAtTheHead(record.bytes) ?? parseRecord(record).id;
}

async function largest(ids: AsyncIterable<EntryId>): Promise<EntryId | null> {
  let found: EntryId | null = null;
  for await (const id of ids) if (found === null || compareIds(id, found) > 0) found = id;
  return found;
}
