import { join } from "node:path";
import type { NotifySettings } from "./settings/parse.js";
import type { SecretPlaces } from "./settings/secrets.js";

/** Where the notifier works, and for whom. */
export interface NotifyPlace {
  readonly settings: NotifySettings;
  readonly secrets: SecretPlaces;
  /** The working directory: cursors are below `data/notify`. */
  readonly workdir: string;
  /** The audit log, and the state of the canary. */
  readonly audit: string;
  readonly state: string;
  readonly unit: string;
  readonly host: string;
}

/** How often the notifier says that it is alive, in milliseconds. */
export const ALIVE_MS = 10_000;

/** Where the cursors of a working directory are. */
export function notifyDirectory(workdir: string): string {
  return join(workdir, "data", "notify");
}

/** The file with which a running notifier says that it is alive. */
export function alivePath(workdir: string): string {
  return join(notifyDirectory(workdir), "alive.json");
}
