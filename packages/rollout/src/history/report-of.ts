import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { PastCanary } from "@qsc/contract";
import { systemCodeOf } from "../host/system-code.js";
import type { OperationContext } from "../operation/context.js";

const DIRECTORY = join("reports", "safety");
/** The report of a watch that has ended, or of a rollback: its name has the time, in UTC. */
const NAME = /^(?:qsc_monitor_final|rollback)_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)(?:_\d+)?\.json$/;
/** The report comes after the entry in the log: not much later, however long it took to write. */
const LATEST_MS = 10 * 60_000;

/**
 * The report of a canary's rollback, relative to the working directory: the first one of a rollback after its entry in
 * the log; null if there is none. Only the few reports of that time are read.
 */
export async function reportOf(
  { files, workdir }: { readonly files: Pick<OperationContext["files"], "read">; readonly workdir: string },
  { outcome, at }: Pick<PastCanary, "outcome" | "at">,
): Promise<string | null> {
  if (outcome !== "rolled_back" && outcome !== "rollback_failed") return null;
  // A name has whole seconds.
  const from = Math.floor(Date.parse(at) / 1000) * 1000;
  const reports = (await namesIn(join(workdir, DIRECTORY)))
    .flatMap((name) => {
      const ms = timeOf(name);
      return ms !== null && ms >= from && ms <= from + LATEST_MS ? [{ name, ms }] : [];
    })
    .sort((a, b) => a.ms - b.ms);
  for (const { name } of reports) {
    const text = await files.read(join(workdir, DIRECTORY, name));
    if (text !== null && isOfRollback(text)) return join(DIRECTORY, name.replace(/json$/, "md"));
  }
  return null;
}

/** Whether a report is of a rollback: by a command, or by a watch. */
function isOfRollback(text: string): boolean {
  try {
    const document = JSON.parse(text) as { readonly kind?: unknown; readonly outcome?: unknown } | null;
    const { kind, outcome } = document ?? {};
    return kind === "rollback" || (kind === "monitor" && (outcome === "rolled_back" || outcome === "rollback_failed"));
  } catch {
    // What cannot be read is not the one.
    return false;
  }
}

/** When a report was made, by its name, in milliseconds since 1970; null for any other file. */
function timeOf(name: string): number | null {
  const [, ...parts] = NAME.exec(name) ?? [];
  if (parts.length === 0) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return [];
    throw thrown;
  }
}
