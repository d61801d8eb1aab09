import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Where servers of tests listen. */
const ADDRESS = "127.0.0.1";
/**
 * Listening on a port at this address means owning the port on ADDRESS. Linux answers on all of 127.0.0.0/8, and no
 * test serves here.
 */
const OWNERS_ADDRESS = "127.0.0.2";

/**
 * A port that belongs to this process for as long as it lives, whether or not anything listens on it. Nothing else that
 * asks here gets it, so while a test's server is down, another test's server cannot take its place.
 *
 * It is below the ephemeral range. Otherwise a client that retries a dead server could get that same port as its own
 * and end up connected to itself.
 */
export async function freePort(): Promise<number> {
  for (let attempts = 0; attempts < 50; attempts += 1) {
    const port = randomInt(20_000, 32_000);
    const probe = await listening(port, ADDRESS);
    if (probe === null) continue;
    probe.close();
    await once(probe, "close");
    // Last, because two processes may find it free, but only one can own it.
    const owned = await listening(port, OWNERS_ADDRESS);
    if (owned === null) continue;
    owned.unref();
    return port;
  }
  throw new Error(
    "no free port on 127.0.0.1 between 20000 and 31999 in 50 attempts; stop what earlier tests left running there",
  );
}

/** A server on that port; null if something else is listening. */
async function listening(port: number, address: string): Promise<Server | null> {
  const server = createServer().listen(port, address);
  try {
    await once(server, "listening");
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return null;
  }
}
