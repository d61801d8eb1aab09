import { randomUUID } from "node:crypto";
import { access, constants, open, readdir, readlink, rm, stat, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { QscError } from "@qsc/contract";
import { give, makeDirectories, openFile, renameFile, requireOwnFiles, writeFile } from "./own-files.js";
import { MOST_BYTES, readRegularFile } from "./regular-file.js";
import { systemCodeOf } from "./system-code.js";

/**
 * The file operations of a canary, one effect per method. A crash may come before or after each; a power cut may lose
 * what was not synced.
 */
export interface Files {
  /** The names in a directory; empty if it does not exist. */
  list(path: string): Promise<readonly string[]>;
  /** The text; null if the file does not exist. Rejects anything that is not a regular file of at most 64 MiB. */
  read(path: string): Promise<string | null>;
  /** Creates or empties a file and writes the text. `mode` is the mode of a new file. */
  write(path: string, text: string, mode?: number): Promise<void>;
  /** Overwrites the beginning of an existing file without growing it: works on a full disk. */
  overwrite(path: string, text: string): Promise<void>;
  /**
   * Appends to a file if it still has the text that was read from it (null: it did not exist); answers whether it did.
   * Another command may have written to the file since it was read.
   */
  append(path: string, text: string, before: string | null): Promise<boolean>;
  /** Resolves once the file's bytes are on the disk. */
  sync(path: string): Promise<void>;
  /** Resolves once the names in a directory are on the disk. */
  syncDirectory(path: string): Promise<void>;
  /** Renames a file, replacing one that is there. */
  rename(from: string, to: string): Promise<void>;
  /** Rejects if the file, whether it exists or not, could not be removed now. Changes nothing. */
  requireRemovable(path: string): Promise<void>;
  /** Not an error if the file does not exist. */
  remove(path: string): Promise<void>;
  /** Creates the directory and its parents, durably: they survive a power cut. */
  makeDirectory(path: string): Promise<void>;
  /** The owner of a directory; null if it does not exist. */
  ownerOf(directory: string): Promise<Owner | null>;
  /** Rejects if another user could change what is in the directory; see own-files.ts. */
  requireOwn(directory: string): Promise<void>;
  /** Gives a file or directory to an account; never follows a link. */
  give(path: string, owner: Owner): Promise<void>;
  /** Where a link points to; null if nothing has that name. */
  linkTarget(path: string): Promise<string | null>;
  /** Creates a link; rejects if the name is taken. */
  link(path: string, target: string): Promise<void>;
}

/** An account, by number. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What reports need of files, too. A log needs `append` as well, which the host's lock protects. */
export type PlainFiles = Omit<Files, "append">;

/**
 * The files of this host. Writes only where none but root and the acting user can change anything, never through a
 * link, with no access beyond the file's group (see own-files.ts). Every method rejects with a coded error,
 * `file_failed`.
 */
export const plainFiles: PlainFiles = {
  list: (path) =>
    attempt("list", path, async () => {
      try {
        return await readdir(path);
      } catch (thrown) {
        if (systemCodeOf(thrown) === "ENOENT" || systemCodeOf(thrown) === "ENOTDIR") return [];
        throw thrown;
      }
    }),
  read: (path) =>
    attempt(
      "read",
      path,
      async () => (await unlessMissing(readRegularFile(path, MOST_BYTES)))?.toString("utf8") ?? null,
    ),
  write: (path, text, mode) => attempt("write", path, () => writeFile(path, text, mode)),
  overwrite: (path, text) =>
    attempt("write", path, () =>
      openFile(path, async (file) => {
        await file.write(text, 0);
      }),
    ),
  sync: (path) => attempt("sync", path, () => openFile(path, (file) => file.sync())),
  syncDirectory: (path) =>
    attempt("sync", path, async () => {
      const directory = await open(path, "r");
      await directory.sync().finally(() => directory.close());
    }),
  rename: (from, to) => attempt("rename", from, () => renameFile(from, to)),
  requireRemovable: (path) =>
    attempt("remove", path, async () => {
      await access(dirname(path), constants.W_OK | constants.X_OK);
      try {
        await access(path, constants.W_OK);
      } catch (thrown) {
        // The owner of the file does not matter, only who may write to its directory; an immutable file (EPERM) does.
        if (!["ENOENT", "EACCES"].includes(systemCodeOf(thrown) ?? "")) throw thrown;
      }
    }),
  remove: (path) => attempt("remove", path, () => rm(path, { force: true })),
  makeDirectory: (path) =>
    attempt("make", path, async () => {
      for (const made of await makeDirectories(path)) await plainFiles.syncDirectory(dirname(made));
    }),
  ownerOf: (directory) =>
    attempt("look at", directory, async () => {
      const stats = await unlessMissing(stat(directory));
      return stats?.isDirectory() === true ? { uid: stats.uid, gid: stats.gid } : null;
    }),
  requireOwn: (directory) => attempt("look at", directory, () => requireOwnFiles(directory, [])),
  give: (path, owner) => attempt("give away", path, () => give(path, owner)),
  linkTarget: (path) => attempt("read the link", path, () => unlessMissing(readlink(path))),
  link: (path, target) => attempt("make the link", path, () => symlink(target, path)),
};

async function unlessMissing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return null;
    throw thrown;
  }
}

/** The suffix of a file that is not complete yet. */
const UNFINISHED = ".new";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Replaces or creates a whole file: after a crash it is either complete or as before. */
export async function replaceFile(files: PlainFiles, path: string, text: string, mode?: number): Promise<void> {
  await replaceFileIf(files, path, { text, ...(mode !== undefined && { mode }) }, () => Promise.resolve(true));
}

/**
 * The same, if the answer right before the file appears is still yes; otherwise changes nothing.
 * @returns the answer
 */
export async function replaceFileIf(
  files: PlainFiles,
  path: string,
  { text, mode }: { readonly text: string; readonly mode?: number },
  isWanted: () => Promise<boolean>,
): Promise<boolean> {
  // A watch and a rollback may write the same file at once.
  const temporary = `${path}.${randomUUID()}${UNFINISHED}`;
  await files.makeDirectory(dirname(path));
  try {
    await files.write(temporary, text, mode);
    await files.sync(temporary);
    if (!(await isWanted())) {
      await files.remove(temporary);
      return false;
    }
    await files.rename(temporary, path);
  } catch (thrown) {
    await files.remove(temporary).catch(() => undefined);
    throw thrown;
  }
  await files.syncDirectory(dirname(path));
  return true;
}

/** Removes what replacements of a file left behind in a crash. Call it only while nothing else replaces that file. */
export async function removeUnfinished(files: Files, path: string): Promise<void> {
  const [directory, head] = [dirname(path), `${basename(path)}.`];
  for (const name of await files.list(directory)) {
    const isUnfinished =
      name.startsWith(head) &&
      name.endsWith(UNFINISHED) &&
      UUID.test(name.slice(head.length, name.length - UNFINISHED.length));
    if (isUnfinished) await files.remove(join(directory, name));
  }
}

/** Removes a file, durably. */
export async function removeFile(files: Files, path: string): Promise<void> {
  await files.remove(path);
  await files.syncDirectory(dirname(path));
}

/** What to do about an error of the system. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: "Make room on that disk.",
  EDQUOT: "Make room on that disk.",
  EROFS: "Mount that file system writable.",
  EACCES: "Give the user access to it, or name another directory with --workdir.",
  EISDIR: "A directory has the name of that file: move it away.",
  ENOTDIR: "A part of that path is a file, not a directory: move it away.",
  EPERM: "Give the user access to it, or name another directory with --workdir.",
};

/** @throws QscError `file_failed`, which says what to do */
export async function attempt<T>(verb: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof QscError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QscError(
      "file_failed",
      `Cannot ${verb} '${path}': ${why}. ${ADVICE[systemCodeOf(cause) ?? ""] ?? "Check that path."}`,
      { cause },
    );
  }
}
