import { randomUUID } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { QscError } from "@qsc/contract";
import { ownAccounts, trust } from "./trusted.js";

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** What the group may read, and no one else, whatever the umask is. */
export const SHARED_MODE = 0o640;
/** Of a directory: others may see names. */
const DIRECTORY_MODE = 0o755;
const OTHERS_WRITE = 0o022;

/** A directory that was judged, held open: what is done through it is done there, wherever its name leads meanwhile. */
interface Held {
  /** Its path for the system: through the handle, where the system has such paths. */
  readonly at: string;
  /** Its path for people. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The accounts that may own a directory in which root writes: root, and one other, who may do with the directory as
 * that account likes. What root leaves there is theirs, and no link of theirs is followed.
 */
async function ownersOf(directory: string): Promise<ReadonlySet<number>> {
  const own = ownAccounts();
  if (process.geteuid?.() !== 0) return own;
  const handle = await open(directory, O_RDONLY | O_DIRECTORY);
  try {
    return new Set([...own, (await handle.stat()).uid]);
  } finally {
    await handle.close();
  }
}

/** Does something in a directory that only root, the acting user or (for root) its owner can change. @throws QscError `file_failed` */
async function within<T>(directory: string, use: (held: Held) => Promise<T>): Promise<T> {
  const judged = await trust(directory, await ownersOf(directory));
  if ("distrusted" in judged) {
    throw new QscError("file_failed", `Directory ${directory} is not used: ${judged.distrusted}. It has to belong to root or to the user that runs qsc, and no one else may write to it or to one above it, nor a group with other members: see chown and chmod, or name another with --workdir.`);
  }
  const handle = await open(judged.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    const { dev, ino, uid, gid } = await handle.stat();
    if (dev !== judged.stats.dev || ino !== judged.stats.ino) throw new QscError("file_failed", `Directory ${directory} was replaced while it was being opened. Look at who does that.`);
    const through = `/proc/self/fd/${handle.fd}`;
    const at = existsSync(through) ? through : judged.path;
    return await use({ at, path: judged.path, uid, gid }).catch((thrown: unknown) => {
      throw renamed(thrown, at, judged.path);
    });
  } finally {
    await handle.close();
  }
}

/** An error that names the path as people know it. */
function renamed(thrown: unknown, at: string, path: string): unknown {
  if (thrown instanceof Error && !(thrown instanceof QscError)) thrown.message = thrown.message.replaceAll(`${at}/`, `${path}/`);
  return thrown;
}

/**
 * Refuses a directory, and the files in it, that someone else could change: what they say is not to be relied on.
 * @throws QscError `file_failed`
 */
export async function requireOwnFiles(directory: string, names: readonly string[]): Promise<void> {
  await within(directory, async (held) => {
    for (const name of names) {
      const path = join(held.path, name);
      const judged = await trust(path, ownersIn(held)).catch((thrown: unknown) => {
        if (codeOf(thrown) === "ENOENT") return null;
        throw thrown;
      });
      if (judged !== null && "distrusted" in judged) throw new QscError("file_failed", `${path} is not relied on: ${judged.distrusted}. Find out who did that, then see chown and chmod.`);
    }
  });
}

/** Makes a file of one's own. @throws the system's `EEXIST` where anything has that name, a link included */
export async function createFile(path: string, mode: number, use: (file: FileHandle) => Promise<void>): Promise<void> {
  await within(dirname(resolve(path)), (held) => created(held, basename(path), mode, use));
}

async function created({ at, uid, gid }: Held, name: string, mode: number, use: (file: FileHandle) => Promise<void>): Promise<void> {
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
 * Opens a file that is there, to write to it: a regular one, with no other name, of root, the acting user, or (for
 * root) the directory's owner. Takes from others the right to write to it.
 */
export async function openFile(path: string, use: (file: FileHandle) => Promise<void>, flags: number = 0): Promise<void> {
  await within(dirname(resolve(path)), (held) => opened(held, basename(path), use, flags));
}

async function opened(held: Held, name: string, use: (file: FileHandle) => Promise<void>, flags: number): Promise<void> {
  const file = await open(join(held.at, name), O_RDWR | O_NOFOLLOW | O_NONBLOCK | flags);
  try {
    const stats = await file.stat();
    const why = !stats.isFile() ? "it is not a regular file" : stats.nlink !== 1 ? "it has another name elsewhere" : ownersIn(held).has(stats.uid) ? null : `it belongs to another user (uid ${stats.uid})`;
    if (why !== null) throw new QscError("file_failed", `${join(held.path, name)} is not written to: ${why}. Look at who made it, and move it away.`);
    if ((stats.mode & OTHERS_WRITE) !== 0) await file.chmod(stats.mode & 0o777 & ~OTHERS_WRITE);
    await use(file);
  } finally {
    await file.close();
  }
}

function ownersIn({ uid }: Held): ReadonlySet<number> {
  return process.geteuid?.() === 0 ? new Set([0, uid]) : ownAccounts();
}

/** Opens a file to append to it, or makes it. It can be read, too. */
export async function appendFile(path: string, write: (file: FileHandle) => Promise<void>, mode: number = SHARED_MODE): Promise<void> {
  await within(dirname(resolve(path)), async (held) => {
    await unlessThere(() => created(held, basename(path), mode, write), () => opened(held, basename(path), write, O_APPEND));
  });
}

/** Makes a file with a text, or empties the one that is there and writes it. */
export async function writeFile(path: string, text: string, mode: number = SHARED_MODE): Promise<void> {
  await within(dirname(resolve(path)), async (held) => {
    const again = async (file: FileHandle): Promise<void> => {
      await file.chmod(mode);
      await file.truncate(0);
      await file.writeFile(text);
    };
    await unlessThere(() => created(held, basename(path), mode, (file) => file.writeFile(text)), () => opened(held, basename(path), again, 0));
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

/** Gives a file the name of another in the same directory. A link of that name is replaced, not followed. */
export async function renameFile(from: string, to: string): Promise<void> {
  await within(dirname(resolve(from)), ({ at }) => rename(join(at, basename(from)), join(at, basename(to))));
}

/** Puts a whole file in the place of another, or of none, synced. */
export async function putFile(path: string, text: string, mode: number = SHARED_MODE): Promise<void> {
  await within(dirname(resolve(path)), async (held) => {
    const temporary = `.${basename(path)}.${randomUUID()}.tmp`;
    try {
      await created(held, temporary, mode, async (file) => {
        await file.writeFile(text);
        await file.sync();
      });
      await rename(join(held.at, temporary), join(held.at, basename(path)));
    } catch (thrown) {
      await rm(join(held.at, temporary), { force: true });
      throw thrown;
    }
  });
}

/** Makes a directory and those above it; answers those that it made, the topmost first. One by one: mkdir's own recursion never ends below /proc. */
export async function makeDirectories(path: string): Promise<readonly string[]> {
  const whole = resolve(path);
  if (existsSync(whole)) return [];
  const above = await makeDirectories(dirname(whole));
  const isNew = await within(dirname(whole), async ({ at, uid, gid }) => {
    const made = join(at, basename(whole));
    try {
      await mkdir(made, DIRECTORY_MODE);
    } catch (thrown) {
      // Another command may have made it meanwhile.
      if (codeOf(thrown) !== "EEXIST" || !existsSync(made)) throw thrown;
      return false;
    }
    if (process.geteuid?.() === 0 && uid !== 0) await giveOpened(made, O_DIRECTORY, uid, gid);
    return true;
  });
  return isNew ? [...above, whole] : above;
}

/** Gives a file or directory to an account: itself, never what a link leads to. */
export async function give(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<void> {
  await within(dirname(resolve(path)), ({ at }) => giveOpened(join(at, basename(path)), 0, uid, gid));
}

async function giveOpened(path: string, flags: number, uid: number, gid: number): Promise<void> {
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | flags);
  try {
    const stats = await handle.stat();
    if (!stats.isDirectory() && stats.nlink !== 1) throw new QscError("file_failed", `${path} is not given to another user: it has another name elsewhere. Move it away.`);
    await handle.chown(uid, gid);
  } finally {
    await handle.close();
  }
}

function codeOf(thrown: unknown): string | null {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : null;
}
