import { randomUUID } from "node:crypto";
import { access, constants, open, readdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { QscError } from "@qsc/contract";
import { appendIfSame } from "./append-if-same.js";
import { appendFile, makeDirectories, openFile, renameFile, writeFile } from "./own-files.js";
import { MOST_BYTES, readRegularFile } from "./regular-file.js";
import { systemCodeOf } from "./system-code.js";

/**
 * What a canary's life does to files, an effect a method. A crash may come before or after each; what was not synced
 * may be lost with the power.
 */
export interface Files {
  /** The names in a directory; none where there is no such directory. */
  list(path: string): Promise<readonly string[]>;
  /** The text; null where there is no such file. One that is no regular file, or larger than 64 MiB, is refused. */
  read(path: string): Promise<string | null>;
  /** Makes or empties a file and writes the text. Who may read a new one says its mode. */
  write(path: string, text: string, mode?: number): Promise<void>;
  /** Writes over the beginning of a file that is there, without growing it: works on a full disk. */
  overwrite(path: string, text: string): Promise<void>;
  /**
   * Appends to a file that still says what was read of it (null: it was not there), and answers whether it did: between
   * a look at a file and what is written to it another command may have come.
   */
  append(path: string, text: string, before: string | null): Promise<boolean>;
  /** Resolves once the file's bytes are on the disk. */
  sync(path: string): Promise<void>;
  /** Resolves once the names in a directory are on the disk. */
  syncDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Resolves where the file could be removed now, and is there or not; changes nothing. */
  requireRemovable(path: string): Promise<void>;
  /** No error where there is no such file. */
  remove(path: string): Promise<void>;
  /** Makes the directory and those above it, for good even after a power cut. */
  makeDirectory(path: string): Promise<void>;
}

/**
 * The files of this host. What is written is written where only root and the acting user can change it, never through a
 * link, and readable by no more than its group (see own-files.ts). Every method rejects with a coded error: `file_failed`.
 */
export const hostFiles: Files = {
  list: (path) => attempt("list", path, async () => {
    try {
      return await readdir(path);
    } catch (thrown) {
      if (systemCodeOf(thrown) === "ENOENT" || systemCodeOf(thrown) === "ENOTDIR") return [];
      throw thrown;
    }
  }),
  read: (path) => attempt("read", path, async () => {
    try {
      return (await readRegularFile(path, MOST_BYTES)).toString("utf8");
    } catch (thrown) {
      if (systemCodeOf(thrown) === "ENOENT") return null;
      throw thrown;
    }
  }),
  write: (path, text, mode) => attempt("write", path, () => writeFile(path, text, mode)),
  overwrite: (path, text) => attempt("write", path, () => openFile(path, async (file) => { await file.write(text, 0); })),
  append: (path, text, before) => attempt("append to", path, async () => {
    let isAppended = false;
    await appendFile(path, async (file) => { isAppended = await appendIfSame(file, path, text, before); });
    return isAppended;
  }),
  sync: (path) => attempt("sync", path, () => openFile(path, (file) => file.sync())),
  syncDirectory: (path) => attempt("sync", path, async () => {
    const directory = await open(path, "r");
    await directory.sync().finally(() => directory.close());
  }),
  rename: (from, to) => attempt("rename", from, () => renameFile(from, to)),
  requireRemovable: (path) => attempt("remove", path, async () => {
    await access(dirname(path), constants.W_OK | constants.X_OK);
    try {
      await access(path, constants.W_OK);
    } catch (thrown) {
      // Whose file it is makes no difference to who may write its directory; that it is immutable (EPERM) does.
      if (!["ENOENT", "EACCES"].includes(systemCodeOf(thrown) ?? "")) throw thrown;
    }
  }),
  remove: (path) => attempt("remove", path, () => rm(path, { force: true })),
  makeDirectory: (path) => attempt("make", path, async () => {
    for (const made of await makeDirectories(path)) await hostFiles.syncDirectory(dirname(made));
  }),
};

/** Puts a whole file in the place of another, or of none: after a crash it is either there, whole, or as before. */
export async function replaceFile(files: Files, path: string, text: string, mode?: number): Promise<void> {
  // A watch and a rollback may write the same file at once.
  const temporary = `${path}.${randomUUID()}.new`;
  await files.makeDirectory(dirname(path));
  try {
    await files.write(temporary, text, mode);
    await files.sync(temporary);
    await files.rename(temporary, path);
  } catch (thrown) {
    await files.remove(temporary).catch(() => undefined);
    throw thrown;
  }
  await files.syncDirectory(dirname(path));
}

/** Removes a file for good. */
export async function removeFile(files: Files, path: string): Promise<void> {
  await files.remove(path);
  await files.syncDirectory(dirname(path));
}

/** What to do about what the system says. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: "Make room on that disk.",
  EDQUOT: "Make room on that disk.",
  EROFS: "Mount that file system writable.",
  EACCES: "Give the user access to it, or name another directory with --workdir.",
  EPERM: "Give the user access to it, or name another directory with --workdir.",
};

async function attempt<T>(verb: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof QscError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QscError("file_failed", `Cannot ${verb} '${path}': ${why}. ${ADVICE[systemCodeOf(cause) ?? ""] ?? "Look at that path."}`, { cause });
  }
}
