import { requireCommands } from "./require-command.js";
import type { Requirement } from "./requirement.js";

/** Tests with a second user of the host are root's: no one else may change owners, or act as another. */
export function requireRoot(): Requirement {
  return process.getuid?.() === 0 ? requireCommands("setpriv") : { missing: "only root can act as a second user" };
}
