import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Where servers of tests listen. */
const ADDRESS = "127.0.0.1";
/** Who listens on a port here owns it on ADDRESS: Linux answers on all of 127.0.0.0/8, and no test serves here. */
const OWNERS_ADDRESS = "127.0.0.2";

/**
 * A port that is this process's own for as long as it lives, whether anybody listens or not: nobody else who asks
 * here is given it, so that a server which is down for a while is not stood in for by another test's.
 *
 * It lies below the range that the kernel gives to clients: a client that retries a dead server must not be handed
 * that very port as its own, or it ends up connected to itself.
 */
export async function freePort(): Promise<number> {
  for (let attempts = 0; attempts < 50; attempts += 1) {
    const port = randomInt(20_000, 32_000);
    const probe = await listening(port, ADDRESS);
    if (probe === null) continue;
    probe.close();
    await once(probe, "close");
    // Last: two may find it free, and only one of them can own it.
    const owned = await listening(port, OWNERS_ADDRESS);
    if (owned === null) continue;
    owned.unref();
    return port;
  }
  throw new Error("no free port on 127.0.0.1 between 20000 and 31999 in 50 attempts; end what earlier tests have left there");
}

/** A server there; null where somebody else listens. */
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
