import { constants } from "node:fs";
import { open, readdir, rename, rm, type FileHandle } from "node:fs/promises";
import { QscError } from "@qsc/contract";
import type { NotifyFiles, OpenLog } from "./files.js";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** No audit log or cursor is larger. */
const MOST_BYTES = 64 * 1024 * 1024;
/** A cursor holds no secret; the console and node_exporter may read it. */
const MODE = 0o644;

/** The files of this host. Follows no link to a file, and waits for no pipe. */
export const hostFiles: NotifyFiles = {
  read: async (path) => {
    const log = await openLog(path);
    if (log === null) return null;
    try {
      return (await log.read(0, log.size)).toString("utf8");
    } finally {
      await log.close();
    }
  },
  create: (path, text) =>
    withHandle(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, (handle) => handle.writeFile(text), MODE),
  sync: (path) => withHandle(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, (handle) => handle.sync()),
  rename,
  remove: (path) => rm(path, { force: true }),
  syncDirectory: (path) => withHandle(path, O_RDONLY | O_DIRECTORY, (handle) => handle.sync()),
  list: async (path) => (await unlessMissing(readdir(path))) ?? [],
  open: openLog,
};

async function withHandle(
  path: string,
  flags: number,
  use: (handle: FileHandle) => Promise<void>,
  mode?: number,
): Promise<void> {
  const handle = await open(path, flags, mode);
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}

async function openLog(path: string): Promise<OpenLog | null> {
  const handle = await unlessMissing(open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (handle === null) return null;
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > MOST_BYTES)
      throw new QscError("file_failed", `'${path}' is not a regular file of at most 64 MiB. Move it away.`);
    return {
      identity: { device: found.dev, inode: found.ino },
      size: found.size,
      read: (offset, bytes) => readExactly(handle, path, offset, bytes),
      close: () => handle.close(),
    };
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

async function readExactly(handle: FileHandle, path: string, offset: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at < bytes;) {
    const { bytesRead } = await handle.read(buffer, at, bytes - at, offset + at);
    if (bytesRead === 0)
      throw new QscError("file_failed", `'${path}' became shorter while it was read. Find out what truncates it.`);
    at += bytesRead;
  }
  return buffer;
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return null;
    throw thrown;
  }
}
