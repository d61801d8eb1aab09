import { close, constants, fchmod, fchown, fstat, ftruncate, open, read, write, type Stats } from "node:fs";
import { lstat, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { inertText, QscError } from "@qsc/contract";
import { lockOpenFile } from "@qsc/systemd";
import { LOCK_TRY_MS } from "./bounds.js";
import { systemCodeOf } from "./system-code.js";
import { within } from "./within.js";

/** Lets one command at a time act on a unit. */
export interface Lock {
  /**
   * Waits up to `waitMs` for its turn; call what this answers to let the next one go on.
   * @throws QscError `canary_locked`, naming who acts; `interrupted` as soon as the signal says
   */
  acquire(waitMs: number, signal?: AbortSignal): Promise<() => Promise<void>>;
}

/** A watch has the lock for moments: a command waits this long, in milliseconds, before another command is what stands in the way. */
export const MOMENT_MS = 2000;

const RETRY_MS = 100;
/** No holder says more of itself than this, in bytes. */
const LONGEST_HOLDER = 512;
/** Who can open the file can lock it: its owner and root. */
const MODE = 0o600;
const ELSEWHERE = 0o077;
const WRITABLE_BY_ANYONE = 0o002;

const files = {
  open: promisify(open),
  close: promisify(close),
  fstat: promisify<number, Stats>(fstat),
  fchmod: promisify(fchmod),
  fchown: promisify(fchown),
  ftruncate: promisify(ftruncate),
  read: promisify(read),
  write: promisify(write),
};

export interface FileLockOptions {
  /** Only those who may act can write to it. It is made where it is missing. */
  readonly directory: string;
  /** One word: locks of different names are different locks. */
  readonly name: string;
  /** What the holder does, for the others: `acts on engine.service`. */
  readonly deed: string;
  /** Who we are, for the others. */
  readonly holder: string;
}

/**
 * A lock that no stranger can hold, or make one wait for. It is the kernel's lock (flock) on a file of mode 0600 in the
 * directory that may only be written by those who act: for a unit, the directory of its drop-ins, which belongs to root
 * or to the user of `qsc init`. Either of them can open the file, and no one else can.
 *
 * Why flock: the kernel frees it when the holder ends, by kill -9 or a power cut as well, so that nothing is ever left
 * over and judged stale. A file with a PID or a socket would have to be judged so, and two that do it at once race. Who
 * holds it stands in the file: a bounded read, and the holder, which may hang, is never asked.
 */
export function fileLock({ directory, name, deed, holder }: FileLockOptions): Lock {
  const path = join(directory, `.qsc-${name}.lock`);
  return {
    acquire: async (waitMs, signal) => {
      const until = performance.now() + waitMs;
      for (;;) {
        if (signal?.aborted === true) throw new QscError("interrupted", "Interrupted before anything was changed.");
        const fd = await within(LOCK_TRY_MS, `Locking ${path}`, attempt(path, () => taken(directory, path, holder)), (late) => {
          if (late !== null) void closed(late);
        });
        if (fd !== null) return () => released(fd);
        if (performance.now() >= until) {
          const who = await within(LOCK_TRY_MS, `Reading ${path}`, holderOf(path)).catch(() => null);
          throw new QscError("canary_locked", `${who ?? "Another command"} ${deed} now; wait until it has ended, or stop it.`);
        }
        await wait(RETRY_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      }
    },
  };
}

/** The open file that holds the lock; null where another process holds it. */
async function taken(directory: string, path: string, holder: string): Promise<number | null> {
  await mkdir(directory, { recursive: true });
  const home = await stat(directory);
  if ((home.mode & WRITABLE_BY_ANYONE) !== 0) {
    throw new QscError("lock_writable_by_all", `Any user may write to ${directory}, and so act on the unit. Take that away: chmod o-w ${directory}.`);
  }
  const fd = await opened(path, home);
  try {
    const isHeld = (await lockOpenFile(fd)) && (await isStillThere(path, await files.fstat(fd)));
    if (isHeld) {
      await introduced(fd, holder);
      return fd;
    }
  } catch (thrown) {
    await files.close(fd);
    throw thrown;
  }
  await files.close(fd);
  return null;
}

/** The lock's file, made where it is missing. Who could plant another one there has no right to that directory. */
async function opened(path: string, home: Stats): Promise<number> {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
  for (;;) {
    const old = await files.open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK).catch((thrown: unknown) => {
      if (systemCodeOf(thrown) === "ENOENT") return null;
      throw thrown;
    });
    const fd = old ?? (await files.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, MODE).catch((thrown: unknown) => {
      if (systemCodeOf(thrown) === "EEXIST") return null;
      throw thrown;
    }));
    // Another command has made it meanwhile.
    if (fd === null) continue;
    try {
      await secured(fd, path, home, old === null);
      return fd;
    } catch (thrown) {
      await files.close(fd);
      throw thrown;
    }
  }
}

/** Makes sure that the file is one of ours, and that only those can open it who may act. */
async function secured(fd: number, path: string, home: Stats, isNew: boolean): Promise<void> {
  const me = process.getuid?.() ?? home.uid;
  const found = await files.fstat(fd);
  // What root makes in the directory of a user is the user's, too: both must be able to hold it.
  if (me === 0 && isNew && home.uid !== 0) await files.fchown(fd, home.uid, home.gid);
  if (!found.isFile() || found.nlink > 1 || ![0, me, home.uid].includes(found.uid)) {
    throw new QscError("lock_foreign", `${path} is not a lock that qsc has made: it is of user ${found.uid}, or not a plain file. Remove it.`);
  }
  if ((found.mode & ELSEWHERE) !== 0) await files.fchmod(fd, MODE);
}

/** Whether a path still leads to this file: one that was removed meanwhile locks nothing. */
async function isStillThere(path: string, { dev, ino }: Stats): Promise<boolean> {
  const there = await lstat(path).catch((thrown: unknown) => {
    if (systemCodeOf(thrown) === "ENOENT") return null;
    throw thrown;
  });
  return there !== null && there.dev === dev && there.ino === ino;
}

/** Says in the file who holds it. A full disk takes the name away, not the lock. */
async function introduced(fd: number, holder: string): Promise<void> {
  try {
    await files.ftruncate(fd, 0);
    const said = Buffer.from(holder).subarray(0, LONGEST_HOLDER);
    await files.write(fd, said, 0, said.length, 0);
  } catch (thrown) {
    if (systemCodeOf(thrown) === null) throw thrown;
  }
}

async function released(fd: number): Promise<void> {
  // Who comes next is not to be taken for us.
  await files.ftruncate(fd, 0).catch(() => undefined);
  await closed(fd);
}

/** Lets a lock go. Linux frees the file, and the lock with it, also where close says that a write has failed (close(2)). */
async function closed(fd: number): Promise<void> {
  await files.close(fd).catch(() => undefined);
}

async function holderOf(path: string): Promise<string | null> {
  const fd = await files.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { bytesRead, buffer } = await files.read(fd, Buffer.alloc(LONGEST_HOLDER), 0, LONGEST_HOLDER, 0);
    const said = inertText(buffer.toString("utf8", 0, bytesRead)).trim();
    return said === "" ? null : said;
  } finally {
    await files.close(fd);
  }
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof QscError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const code = systemCodeOf(cause);
    if (code === "EACCES" || code === "EPERM") {
      throw new QscError("service_permission", `Cannot open the lock ${path}: ${why}. Run it as root, or as the user of qsc init.`, { cause });
    }
    throw new QscError("file_failed", `Cannot open the lock ${path}: ${why}. Look at that directory and its disk.`, { cause });
  }
}
