import { requireCommands } from "./require-command.js";
import type { Requirement } from "./requirement.js";

/** Tests with a second user need root: no other user may change owners or act as another user. */
export function requireRoot(): Requirement {
  return process.getuid?.() === 0 ? requireCommands("setpriv") : { missing: "only root can act as a second user" };
}
