import type { Cluster } from "ioredis";
import { ioredis } from "./client.js";

/**
 * Asks the node that owns a key, even with a command in which ioredis sees no key. It would send XINFO and TIME to any
 * node, and a hung one would keep every reader waiting. Redirections are followed as for any other command.
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
