import { join } from "node:path";
import type { Owner } from "../host/files.js";
import type { Fate } from "./fates.js";
import type { Plan } from "./plan.js";

/** What `qsc init` has to do: everything that is found before anything is written. */
export interface Installation {
  readonly plan: Plan;
  /** What will become of each file of the plan, in the plan's order. */
  readonly fates: readonly Fate[];
  readonly user: string;
  /** The user's account; null if the files are for another system, which has users of its own. */
  readonly account: Owner | null;
  /** The root of the file system to write to. */
  readonly root: string;
}

export function isThisHost({ root }: Pick<Installation, "root">): boolean {
  return root === "/";
}

/** A path of the plan, below the root. */
export function at({ root }: Pick<Installation, "root">, path: string): string {
  return join(root, path);
}
