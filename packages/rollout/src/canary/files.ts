import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * What a canary's life does to files, an effect a method. A crash may come before or after each; what was not synced
 * may be lost with the power.
 */
export interface Files {
  /** The text; null where there is no such file. */
  read(path: string): Promise<string | null>;
  /** Makes or empties a file and writes the text. Who may read a new one says its mode. */
  write(path: string, text: string, mode?: number): Promise<void>;
  /** Writes over the beginning of a file that is there, without growing it: works on a full disk. */
  overwrite(path: string, text: string): Promise<void>;
  append(path: string, text: string): Promise<void>;
  /** Resolves once the file's bytes are on the disk. */
  sync(path: string): Promise<void>;
  /** Resolves once the names in a directory are on the disk. */
  syncDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** No error where there is no such file. */
  remove(path: string): Promise<void>;
  /** Makes the directory and those above it, for good even after a power cut. */
  makeDirectory(path: string): Promise<void>;
}

/** The files of this host. */
export const hostFiles: Files = {
  read: async (path) => {
    try {
      return await readFile(path, "utf8");
    } catch (thrown) {
      if (isMissing(thrown)) return null;
      throw thrown;
    }
  },
  write: (path, text, mode = 0o644) => withFile(path, "w", (file) => file.writeFile(text), mode),
  overwrite: (path, text) => withFile(path, "r+", async (file) => { await file.write(text, 0); }),
  append: (path, text) => withFile(path, "a", (file) => file.writeFile(text)),
  sync: (path) => withFile(path, "r+", (file) => file.sync()),
  syncDirectory: (path) => withFile(path, "r", (file) => file.sync()),
  rename,
  remove: (path) => rm(path, { force: true }),
  makeDirectory: async (path) => {
    const first = await mkdir(path, { recursive: true });
    if (first === undefined) return;
    for (let made = path; made.length >= first.length; made = dirname(made)) await hostFiles.syncDirectory(dirname(made));
  },
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

async function withFile<T>(path: string, flags: string, use: (file: Awaited<ReturnType<typeof open>>) => Promise<T>, mode?: number): Promise<T> {
  const file = await open(path, flags, mode);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
}
