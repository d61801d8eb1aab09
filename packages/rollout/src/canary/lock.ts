import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { QscError } from "@qsc/contract";

/** Lets one command at a time act on a unit. */
export interface Lock {
  /**
   * Waits up to so many milliseconds for its turn; call what this answers to let the next one go on.
   * @throws QscError `canary_locked`, naming who acts
   */
  acquire(waitMs: number): Promise<() => Promise<void>>;
}

/** A watch has the lock for moments: whoever acts waits so long, in milliseconds, before another command is what stands in the way. */
export const MOMENT_MS = 2000;

const RETRY_MS = 50;
/** A holder that does not say who it is within this time is one without a name. */
const ASK_MS = 500;

/**
 * A lock that the kernel takes back from a process that ends, however it ends: a socket that one process can listen
 * on. Whoever finds it taken is told by its holder who that is.
 * @param directory that the lock is of: the same one for all who must not act at once
 * @param name what the holder does, for the others: `acts on engine.service`
 * @param holder who we are, for the others
 */
export function socketLock(directory: string, name: string, holder: string): Lock {
  const address = addressOf(directory, name);
  return {
    acquire: async (waitMs) => {
      const until = performance.now() + waitMs;
      for (;;) {
        const server = await listen(address, holder);
        if (server !== null) return () => closed(server);
        if (performance.now() >= until) {
          throw new QscError("canary_locked", `${await holderOf(address)} ${name} now; wait until it has ended, or stop it.`);
        }
        await wait(RETRY_MS);
      }
    },
  };
}

/** Where the platform has them, a socket without a file: nothing is left over after a crash. */
function addressOf(directory: string, name: string): string {
  if (process.platform !== "linux") return join(directory, `${name}.lock`);
  return `\0qsc-${createHash("sha256").update(`${identityOf(resolve(directory))}\0${name}`).digest("hex")}`;
}

/** The same for one directory under all its names; of one that is not there yet, that of the nearest above it. */
function identityOf(directory: string): string {
  const found = statSync(directory, { bigint: true, throwIfNoEntry: false });
  if (found !== undefined) return `${found.dev}:${found.ino}`;
  return `${identityOf(dirname(directory))}/${basename(directory)}`;
}

/** The server that holds the lock; null where another does. */
function listen(address: string, holder: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((asking) => asking.on("error", () => undefined).end(holder));
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => { resolve(); }));
}

function holderOf(address: string): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(address);
    socket.setEncoding("utf8").setTimeout(ASK_MS, () => socket.destroy());
    socket.on("data", (text: string) => (said += text)).on("error", () => undefined);
    socket.on("close", () => { resolve(said === "" ? "Another command" : said); });
  });
}
