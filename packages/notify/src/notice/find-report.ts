import { join } from "node:path";
import type { AuditEntry, AuditEvent } from "@qsc/contract";
import type { NotifyFiles } from "../log/files.js";

/** How the names of the reports begin that tell of an event. */
const BEGINNINGS: Readonly<Record<AuditEvent, readonly string[]>> = {
  deploy: ["deploy_"],
  activate: ["activate_"],
  promote: ["promote_"],
  eligible: ["qsc_monitor_eligible_"],
  promoted: ["qsc_monitor_final_"],
  rollback: ["qsc_monitor_final_", "rollback_"],
  rollback_failed: ["qsc_monitor_final_", "rollback_"],
  dead_man_armed: [],
};
/** How many of the newest reports of each beginning are read: the one that is looked for has just been written. */
const NEWEST = 2;

/** Where the reports are. */
export interface Reports {
  readonly directory: string;
  /** The address at which that directory can be opened; null: the path is named. */
  readonly link: string | null;
}

/**
 * Where the report of an entry is: the file, if it is written already, otherwise the directory where the command that
 * acted writes it when it ends. A message does not wait for it.
 */
export async function findReport(
  files: NotifyFiles,
  { directory, link }: Reports,
  entry: AuditEntry,
): Promise<string | null> {
  const beginnings = BEGINNINGS[entry.event];
  if (beginnings.length === 0) return null;
  const base = link === null ? directory : link.replace(/\/+$/, "");
  // A report is an addition: a message leaves without it, whatever is wrong with the directory.
  const name = await nameOf(files, directory, beginnings, entry.hash).catch(() => null);
  if (name !== null) return `${base}/${name}.html`;
  return `${base}/ (${beginnings.map((each) => `${each}*`).join(" or ")}, written when the command ends)`;
}

async function nameOf(
  files: NotifyFiles,
  directory: string,
  beginnings: readonly string[],
  hash: string,
): Promise<string | null> {
  const names = (await files.list(directory)).filter((name) => name.endsWith(".json")).sort();
  for (const beginning of beginnings) {
    for (const name of names.filter((each) => each.startsWith(beginning)).slice(-NEWEST)) {
      if (anchorOf(await files.read(join(directory, name))) === hash) return name.slice(0, -".json".length);
    }
  }
  return null;
}

function anchorOf(text: string | null): unknown {
  const document: unknown = JSON.parse(text ?? "null");
  if (typeof document !== "object" || document === null || !("audit" in document)) return null;
  const { audit } = document;
  return typeof audit === "object" && audit !== null && "hash" in audit ? audit.hash : null;
}
