import { requireCommands } from "../require-command.js";
import type { Requirement } from "../requirement.js";

/** The redis-server of this machine, and openssl if a certificate is needed, for `describeRequiring`. */
export function requireRedis({ tls = false }: { tls?: boolean } = {}): Requirement {
  return tls ? requireCommands("redis-server", "openssl") : requireCommands("redis-server");
}
