import type { Cluster } from "ioredis";
import { ioredis } from "./client.js";

/**
 * Asks the node that owns a key, also what has no key to ioredis: it sends XINFO and TIME to any node, and one that
 * hangs would keep every reader waiting. Redirections are followed as for any other command.
 */
export function askOwner(client: Cluster, key: string, name: string, ...words: readonly string[]): Promise<unknown> {
  const { Command } = ioredis();
  class OfKey extends Command {
    override getKeys(): string[] {
      return [key];
    }
  }
  const command = new OfKey(name, [...words], { replyEncoding: null });
  return client.sendCommand(command) as Promise<unknown>;
}
