import { QscError } from "@qsc/contract";
import type { Flags } from "./command.js";

/** Refuses an option that is given twice or is empty: its meaning would be unclear. */
export function requireValues(flags: Flags, repeatable: readonly string[]): void {
  if (flags["quiet"] === true && flags["verbose"] === true) {
    throw new QscError("usage", "--quiet and --verbose exclude each other; leave one of them out.");
  }
  for (const [name, value] of Object.entries(flags)) {
    if (name === "_") continue;
    if (Array.isArray(value) && !repeatable.includes(name)) {
      throw new QscError("usage", `--${name} is given ${value.length} times (${value.join(", ")}); give it once.`);
    }
    if (value === "" || (Array.isArray(value) && value.includes(""))) {
      throw new QscError("usage", `--${name} is empty; give it a value or leave it out.`);
    }
  }
}
