import { constants, existsSync } from "node:fs";
import { mkdir, open, rename, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { QscError } from "@qsc/contract";
import { inDirectory, ownersIn, type Held } from "./held-directory.js";
import { trust } from "./trusted.js";

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** Readable by the group, but no one else, whatever the umask is. */
export const SHARED_MODE = 0o640;
/** For directories: others may see names. */
const DIRECTORY_MODE = 0o755;
const OTHERS_WRITE = 0o022;

/**
 * Refuses a directory, and the files in it, if another user could change them: then what they say cannot be trusted.
 * @throws QscError `file_failed`
 */
export async function requireOwnFiles(directory: string, names: readonly string[]): Promise<void> {
  await inDirectory(directory, async (held) => {
    for (const name of names) {
      const path = join(held.path, name);
      const judged = await trust(path, ownersIn(held)).catch((thrown: unknown) => {
        if (codeOf(thrown) === "ENOENT") return null;
        throw thrown;
      });
      if (judged !== null && "distrusted" in judged)
        throw new QscError(
          "file_failed",
          `${path} cannot be trusted: ${judged.distrusted}. Find out who did that, then fix it with chown and chmod.`,
        );
    }
  });
}

/**
 * Creates a file that belongs to the acting user. @throws the system's `EEXIST` if the name is taken, even by a link
 */
export async function createFile(path: string, mode: number, use: (file: FileHandle) => Promise<void>): Promise<void> {
  await inDirectory(dirname(resolve(path)), (held) => created(held, basename(path), mode, use));
}

async function created(
  { at, uid, gid }: Held,
  name: string,
  mode: number,
  use: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(join(at, name), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND, mode);
  try {
    await file.chmod(mode);
    if (process.geteuid?.() === 0 && uid !== 0) await file.chown(uid, gid);
    await use(file);
  } finally {
    await file.close();
  }
}

/**
 * Opens an existing file to write to it: a regular file with no other name, owned by root, the acting user, or (for
 * root) the directory's owner. Removes write permission from everyone else.
 */
export async function openFile(
  path: string,
  use: (file: FileHandle) => Promise<void>,
  flags: number = 0,
): Promise<void> {
  await inDirectory(dirname(resolve(path)), (held) => opened(held, basename(path), use, flags));
}

async function opened(
  held: Held,
  name: string,
  use: (file: FileHandle) => Promise<void>,
  flags: number,
): Promise<void> {
  const file = await open(join(held.at, name), O_RDWR | O_NOFOLLOW | O_NONBLOCK | flags);
  try {
    const stats = await file.stat();
    const why = !stats.isFile()
      ? "it is not a regular file"
      : stats.nlink !== 1
        ? "it has another hard link"
        : ownersIn(held).has(stats.uid)
          ? null
          : `it belongs to another user (uid ${stats.uid})`;
    if (why !== null)
      throw new QscError(
        "file_failed",
        `${join(held.path, name)} is not safe to write to: ${why}. Find out who made it, and move it away.`,
      );
    if ((stats.mode & OTHERS_WRITE) !== 0) await file.chmod(stats.mode & 0o777 & ~OTHERS_WRITE);
    await use(file);
  } finally {
    await file.close();
  }
}

/** Opens a file to append to it, or creates it. The file is open for reading, too. */
export async function appendFile(
  path: string,
  write: (file: FileHandle) => Promise<void>,
  mode: number = SHARED_MODE,
): Promise<void> {
  await inDirectory(dirname(resolve(path)), async (held) => {
    await unlessThere(
      () => created(held, basename(path), mode, write),
      () => opened(held, basename(path), write, O_APPEND),
    );
  });
}

/** Creates a file with this text, or replaces the text of an existing file. */
export async function writeFile(path: string, text: string, mode: number = SHARED_MODE): Promise<void> {
  await inDirectory(dirname(resolve(path)), async (held) => {
    const again = async (file: FileHandle): Promise<void> => {
      await file.chmod(mode);
      await file.truncate(0);
      await file.writeFile(text);
    };
    await unlessThere(
      () => created(held, basename(path), mode, (file) => file.writeFile(text)),
      () => opened(held, basename(path), again, 0),
    );
  });
}

async function unlessThere(make: () => Promise<void>, otherwise: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (thrown) {
    if (codeOf(thrown) !== "EEXIST") throw thrown;
    await otherwise();
  }
}

/** Renames a file within its directory. An existing link of the new name is replaced, not followed. */
export async function renameFile(from: string, to: string): Promise<void> {
  await inDirectory(dirname(resolve(from)), ({ at }) => rename(join(at, basename(from)), join(at, basename(to))));
}

/**
 * Creates a directory and its parents; answers those that it created, the topmost first. One at a time: mkdir's own
 * recursion never ends below /proc.
 */
export async function makeDirectories(path: string): Promise<readonly string[]> {
  const whole = resolve(path);
  if (existsSync(whole)) return [];
  const above = await makeDirectories(dirname(whole));
  const isNew = await inDirectory(dirname(whole), async ({ at, uid, gid }) => {
    const made = join(at, basename(whole));
    try {
      await mkdir(made, DIRECTORY_MODE);
    } catch (thrown) {
      // Another command may have just created it.
      if (codeOf(thrown) !== "EEXIST" || !existsSync(made)) throw thrown;
      return false;
    }
    if (process.geteuid?.() === 0 && uid !== 0) await giveOpened(made, O_DIRECTORY, uid, gid);
    return true;
  });
  return isNew ? [...above, whole] : above;
}

/** Gives a file or directory to an account; never follows a link. */
export async function give(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<void> {
  await inDirectory(dirname(resolve(path)), ({ at }) => giveOpened(join(at, basename(path)), 0, uid, gid));
}

async function giveOpened(path: string, flags: number, uid: number, gid: number): Promise<void> {
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | flags);
  try {
    const stats = await handle.stat();
    if (!stats.isDirectory() && stats.nlink !== 1)
      throw new QscError(
        "file_failed",
        `${path} is not given to another user: it has another hard link. Move it away.`,
      );
    await handle.chown(uid, gid);
  } finally {
    await handle.close();
  }
}

function codeOf(thrown: unknown): string | null {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : null;
}
