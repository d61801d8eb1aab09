import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port nobody listens on, below the range that the kernel gives to clients: a client that retries a dead server
 * must not be handed that very port as its own, or it ends up connected to itself.
 */
export async function freePort(): Promise<number> {
  for (let attempts = 0; attempts < 50; attempts += 1) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error("no free port on 127.0.0.1 between 20000 and 31999");
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, "127.0.0.1");
  try {
    await once(probe, "listening");
  } catch {
    return false;
  }
  probe.close();
  await once(probe, "close");
  return true;
}
