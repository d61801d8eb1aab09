import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { QscError } from "@qsc/contract";
import { guardUnits, type Guard, type WorkingCopy } from "@qsc/systemd";
import { readAudit } from "../operation/audit-log.js";
import { CANARY_DROP_IN } from "../canary/drop-in.js";
import { fallback, requireFallback } from "../canary/fallback.js";
import { asOwner, guardianOf } from "../canary/guardian.js";
import { guardName, mustBeInstalled, olderGuard } from "../canary/lease.js";
import type { OperationContext } from "../operation/context.js";

/** An empty drop-in, which is removed at once. */
const PROBE_DROP_IN = "qsc_preflight.conf";
/** Far more than the reports, state and log of a canary need. */
const LEAST_FREE_BYTES = 100 * 2 ** 20;
const LEAST_NODE = [20, 19] as const;

/** @throws QscError `precondition.node` for a Node that is too old */
export function nodeRecent(version: string): string {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return `Node ${version}`;
  throw new QscError("precondition.node", `qsc runs on Node ${version}; it needs ${LEAST_NODE.join(".")} or later.`);
}

/** @throws QscError `checkout_changed`, `repository_failed` */
export async function checkoutClean(repository: WorkingCopy): Promise<string> {
  const { commit, branch } = await repository.head();
  const changes = await repository.changes();
  if (changes.length > 0)
    throw new QscError(
      "checkout_changed",
      `${repository.directory} has uncommitted changes: ${changes.slice(0, 5).join(", ")}. Commit or stash them.`,
    );
  return `${repository.directory} is clean, at ${commit}${branch === null ? "" : ` (${branch})`}`;
}

/** Writes an empty drop-in and removes it: nothing else would prove that it works. @throws QscError of the drop-in */
export async function dropInWritable({ services, unit }: OperationContext): Promise<string> {
  await services.writeDropIn(unit, PROBE_DROP_IN, new Map());
  await services.removeDropIn(unit, PROBE_DROP_IN);
  return dirname(services.dropInPath(unit, CANARY_DROP_IN));
}

/**
 * Asks for two things that change nothing: to reload unit files, and to reset the failures of a running unit.
 * @throws QscError `service_permission`
 */
export async function mayAct({ services, unit, user }: OperationContext): Promise<string> {
  await services.reload();
  await services.resetFailed(unit);
  return `${user} may act on ${unit} through ${services.label}`;
}

/** @throws QscError if the dead-man is already there, or this user cannot arm it */
export async function guardArmable(context: OperationContext): Promise<string> {
  const { services, unit, user } = context;
  const name = guardName(unit);
  const older = await olderGuard(context);
  if (older !== null) {
    throw new QscError(
      "dead_man_outdated",
      `${older} is the dead-man of ${unit} from an older version; its name is now ${name}. Run qsc rollback, then as root: systemctl disable --now ${older}.timer, remove /etc/systemd/system/${older}.timer and .service, and run qsc init again.`,
    );
  }
  const state = await services.guardState(name);
  if (state !== "absent") {
    const [code, what] =
      state === "armed"
        ? (["dead_man_left", "is armed, although there should be no canary"] as const)
        : (["dead_man_broken", `will not run: ${state.broken}`] as const);
    throw new QscError(code, `${name} ${what}. qsc rollback removes what is left.`);
  }
  const owned = await asOwner(context);
  const guard = await guardianOf(context);
  if (!mustBeInstalled(owned)) return `${name} can be armed by ${user}`;
  await requireInstalled(owned, guard);
  await requireFallback(context);
  await services.resetFailed(`${name}.service`);
  return `${name} is installed, and ${user} may start it`;
}

async function requireInstalled(context: OperationContext, guard: Guard): Promise<void> {
  const { files, services, unit, user } = context;
  const units = dirname(dirname(services.dropInPath(unit, CANARY_DROP_IN)));
  for (const { name, text } of [...guardUnits(guard), ...guardUnits(fallback(context))]) {
    const path = join(units, name);
    const found = await files.read(path);
    if (found === text) continue;
    throw new QscError(
      "dead_man_not_installed",
      `${path} ${found === null ? "is missing" : `differs from what ${user} needs`}. Run qsc init --user ${user} as root, with these settings.`,
    );
  }
}

/**
 * Writes a file in each directory of a canary, or in its nearest existing parent.
 * @throws QscError `directory_unwritable`, `disk_low`
 */
export async function workdirWritable({ files, paths, workdir, operation }: OperationContext): Promise<string> {
  const directories = [dirname(paths.state), dirname(paths.audit), join(workdir, "reports", "safety")];
  let free = Number.POSITIVE_INFINITY;
  for (const directory of directories) {
    try {
      const { there, bytes } = await nearest(directory);
      free = Math.min(free, bytes);
      const probe = join(there, `.qsc-preflight-${operation}`);
      try {
        await files.write(probe, "qsc\n");
        await files.sync(probe);
      } finally {
        await files.remove(probe);
      }
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new QscError(
        "directory_unwritable",
        `${directory} cannot be written to: ${why}. Give this user access to the directory, or name another with --workdir.`,
        { cause },
      );
    }
  }
  const mebibytes = Math.floor(free / 2 ** 20);
  if (free < LEAST_FREE_BYTES)
    throw new QscError(
      "disk_low",
      `Only ${mebibytes} MiB are free below ${workdir}; at least ${LEAST_FREE_BYTES / 2 ** 20} are needed. Make room.`,
    );
  return `${workdir}, ${mebibytes} MiB free`;
}

/** The nearest existing directory, and the free space on its disk. */
async function nearest(directory: string): Promise<{ readonly there: string; readonly bytes: number }> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return { there: directory, bytes: bavail * bsize };
  } catch (thrown) {
    const isMissing = thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
    if (!isMissing || dirname(directory) === directory) throw thrown;
    return nearest(dirname(directory));
  }
}

/** @throws QscError `audit_broken` */
export async function auditIntact({ files, paths }: OperationContext): Promise<string> {
  const { entries, broken } = await readAudit(files, paths.audit);
  if (broken !== null)
    throw new QscError(
      "audit_broken",
      `${paths.audit} is broken at line ${broken.line}: ${broken.detail}. Move it away, and keep it for the investigation.`,
    );
  return `${paths.audit}, ${entries.length} entries`;
}
