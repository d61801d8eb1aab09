import { close, constants, fchmod, fchown, fstat, ftruncate, open, read, write, type Stats } from "node:fs";
import { lstat, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { inertText, QscError } from "@qsc/contract";
import { FLOCK_MS, lockOpenFile } from "@qsc/systemd";
import { refuseInterrupted } from "./interrupted.js";
import { systemCodeOf } from "./system-code.js";
import { within } from "./within.js";

/**
 * The longest that one attempt to take the lock, or to read its holder, may last: `flock` plus opening a small file on
 * a slow disk.
 */
export const LOCK_TRY_MS: number = FLOCK_MS + 1000;

/** Lets one command at a time act on a unit. */
export interface Lock {
  /**
   * Waits up to `waitMs` for the lock; call the function that this resolves to in order to release it.
   * @throws QscError `canary_locked`, naming the holder; `interrupted` as soon as the signal is aborted
   */
  acquire(waitMs: number, signal?: AbortSignal): Promise<() => Promise<void>>;
}

/**
 * How long a command waits for the lock, in milliseconds. A watch holds it only for moments, so that after this long
 * the holder is another command.
 */
export const MOMENT_MS = 2000;

const RETRY_MS = 100;
/** The most that is read of a holder's name, in bytes. */
const LONGEST_HOLDER = 512;
/** A user who can open the file can lock it: only its owner and root. */
const MODE = 0o600;
const ELSEWHERE = 0o077;
const DIRECTORY_MODE = 0o755;
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

/** Which lock is taken, and what its holder says of itself. */
export interface FileLockOptions {
  /** Only users who may act on the unit can write to it. It is created if it is missing. */
  readonly directory: string;
  /** One word. Locks with different names are independent. */
  readonly name: string;
  /** What the holder does, for messages: `acts on engine.service`. */
  readonly deed: string;
  /** Who holds this lock, for messages. */
  readonly holder: string;
}

/**
 * A lock that no other user can hold or delay. It is the kernel's lock (flock) on a file of mode 0600, in a directory
 * that only those who act can write to: for a unit, the directory of its drop-ins, which belongs to root or to the user
 * of `qsc init`. Only those two can open the file.
 *
 * Why flock: the kernel frees it when the holder ends, even after kill -9 or a power cut, so that a lock is never
 * stale. With a PID file or a socket, two commands could both decide that it is stale, and race. The file names the
 * holder: that is a bounded read, and does not need an answer from the holder, which may hang.
 */
export function fileLock({ directory, name, deed, holder }: FileLockOptions): Lock {
  const path = join(directory, `.qsc-${name}.lock`);
  return {
    acquire: async (waitMs, signal) => {
      const until = performance.now() + waitMs;
      for (;;) {
        refuseInterrupted(signal);
        const fd = await within(
          LOCK_TRY_MS,
          `Locking ${path}`,
          attempt(path, () => taken(directory, path, holder)),
          (late) => {
            if (late !== null) void closed(late);
          },
        );
        if (fd !== null) return () => released(fd);
        if (performance.now() >= until) {
          const who = await within(LOCK_TRY_MS, `Reading ${path}`, holderOf(path)).catch(() => null);
          throw new QscError(
            "canary_locked",
            `${who ?? "Another command"} ${deed} now; wait until it has ended, or stop it.`,
          );
        }
        await wait(RETRY_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      }
    },
  };
}

/** The open file that holds the lock; null if another process holds it. */
async function taken(directory: string, path: string, holder: string): Promise<number | null> {
  // Whatever the umask is: who may write to a unit's drop-ins decides what the unit runs.
  await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
  const home = await stat(directory);
  if ((home.mode & WRITABLE_BY_ANYONE) !== 0) {
    throw new QscError(
      "lock_writable_by_all",
      `Any user may write to ${directory}, and so act on the unit. Run: chmod o-w ${directory}.`,
    );
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

/** Opens the lock's file, or creates it. Only users with a right to the directory could put another file there. */
async function opened(path: string, home: Stats): Promise<number> {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
  for (;;) {
    const old = await files.open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK).catch((thrown: unknown) => {
      if (systemCodeOf(thrown) === "ENOENT") return null;
      throw thrown;
    });
    const fd =
      old ??
      (await files.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, MODE).catch((thrown: unknown) => {
        if (systemCodeOf(thrown) === "EEXIST") return null;
        throw thrown;
      }));
    // Another command has just created it.
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

/** Checks that the file is one of ours, and that only those who may act can open it. */
async function secured(fd: number, path: string, home: Stats, isNew: boolean): Promise<void> {
  const me = process.getuid?.() ?? home.uid;
  const found = await files.fstat(fd);
  // What root creates in a user's directory is given to that user: both must be able to hold the lock.
  if (me === 0 && isNew && home.uid !== 0) await files.fchown(fd, home.uid, home.gid);
  if (!found.isFile() || found.nlink > 1 || ![0, me, home.uid].includes(found.uid)) {
    throw new QscError(
      "lock_foreign",
      `${path} is not a lock file of qsc: it belongs to user ${found.uid}, or is not a plain file. Remove it.`,
    );
  }
  if ((found.mode & ELSEWHERE) !== 0) await files.fchmod(fd, MODE);
}

/** Whether the path still leads to this file: a lock on a removed file locks nothing. */
async function isStillThere(path: string, { dev, ino }: Stats): Promise<boolean> {
  const there = await lstat(path).catch((thrown: unknown) => {
    if (systemCodeOf(thrown) === "ENOENT") return null;
    throw thrown;
  });
  return there !== null && there.dev === dev && there.ino === ino;
}

/** Writes the holder's name to the file. On a full disk the name is lost, but not the lock. */
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
  // So that our name is not taken for that of the next holder.
  await files.ftruncate(fd, 0).catch(() => undefined);
  await closed(fd);
}

/** Releases a lock. Linux frees the file, and the lock with it, even if close reports a failed write (close(2)). */
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
      throw new QscError(
        "service_permission",
        `Cannot open the lock ${path}: ${why}. Run qsc as root, or as the user of qsc init.`,
        { cause },
      );
    }
    throw new QscError("file_failed", `Cannot open the lock ${path}: ${why}. Check that directory and its disk.`, {
      cause,
    });
  }
}
