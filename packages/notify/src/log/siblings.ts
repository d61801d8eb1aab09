import { basename, dirname, join } from "node:path";
import { QscError } from "@qsc/contract";
import type { NotifyFiles, OpenLog } from "./files.js";

/** What the system answers for a link, a socket, or a file of another user. */
const NO_LOG: readonly string[] = ["ELOOP", "ENXIO", "EACCES", "EPERM"];

/** A former file of the log, under another name beside it, for which `isWanted` is true: open; null if there is none. */
export async function siblingOf(
  { files, path }: { readonly files: NotifyFiles; readonly path: string },
  isWanted: (open: OpenLog) => Promise<boolean>,
): Promise<OpenLog | null> {
  const log = basename(path);
  const names = (await files.list(dirname(path))).filter((name) => name !== log && name.startsWith(log));
  for (const name of names) {
    const open = await openedIfLog(files, join(dirname(path), name));
    if (open === null) continue;
    let isFound = false;
    try {
      isFound = await isWanted(open);
      if (isFound) return open;
    } finally {
      if (!isFound) await open.close();
    }
  }
  return null;
}

/**
 * Null for what cannot be a log that is read: it must not hold up every notification. If it was the one that is wanted,
 * that one is not found, and a person is told of the gap.
 */
async function openedIfLog(files: NotifyFiles, path: string): Promise<OpenLog | null> {
  try {
    return await files.open(path);
  } catch (thrown) {
    if (thrown instanceof QscError && thrown.code === "file_failed") return null;
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : null;
    if (typeof code === "string" && NO_LOG.includes(code)) return null;
    throw thrown;
  }
}

/** Does something with an open file, and closes it. */
export async function closing<T>(open: OpenLog, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } finally {
    await open.close();
  }
}
