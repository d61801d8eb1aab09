import { randomUUID } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { asQscError, iso, QscError } from "@qsc/contract";
import {
  canaryPaths,
  fileLock,
  hostClock,
  hostFiles,
  requireOwnWorkdir,
  type OperationContext,
  type Lock,
} from "@qsc/rollout";
import {
  accountOf,
  childManager,
  remoteManager,
  systemManager,
  userManager,
  userName,
  type ServiceManager,
} from "@qsc/systemd";
import { actor } from "./actor.js";
import type { ActingCommand, CliContext, Session } from "./command.js";
import { openTelemetry } from "./open-telemetry.js";
import { requireOwn } from "./read-file.js";
import { isMissing, isRoot } from "./settings/config-file.js";
import { tlsFiles } from "./settings/keys.js";
import { DEFAULT_UNIT, eachSetting, SETTINGS, type Settings } from "./settings/table.js";

/** How a shell on the unit's host calls systemctl, by service manager; there is none for child processes. */
const SYSTEMCTL: ReadonlyMap<string, string> = new Map([
  ["system", "systemctl"],
  ["user", "systemctl --user"],
]);

/** Where a unit is, and where those that act on it lock each other out. */
export interface UnitPlace {
  readonly services: ServiceManager;
  readonly unit: string;
  readonly lockDirectory: string;
}

/** @throws QscError */
export async function unitPlace(settings: Settings): Promise<UnitPlace> {
  const services = servicesOf(settings);
  const given = settings.unit ?? DEFAULT_UNIT;
  await requireOwnUnits(settings, given);
  const { unit, isThere } = await ownUnit(services, given);
  // Two operators may have different working directories, but compete for the same unit: so the lock is beside its
  // drop-ins. Those of another machine are not here, and a unit that does not exist gets none.
  const lockDirectory =
    settings.host === null && isThere
      ? dirname(services.dropInPath(unit, "canary_weights.conf"))
      : dirname(canaryPaths(resolve(settings.workdir)).state);
  return { services, unit, lockDirectory };
}

/** Everything that a command acts on, built from its settings. @throws QscError */
export async function operationContext(
  { settings, notify, judgement, flags }: Session,
  { name, onlyAsks = false, leavesWorkdir = false }: Pick<ActingCommand, "name" | "onlyAsks" | "leavesWorkdir">,
  { program }: CliContext,
): Promise<OperationContext> {
  const workdir = resolve(settings.workdir);
  const paths = canaryPaths(workdir);
  const { services, unit, lockDirectory } = await unitPlace(settings);
  const changesNothing = onlyAsks || leavesWorkdir || flags["dry-run"] === true;
  // A rollback relies on none of these files, and nothing may block it, not even a missing directory.
  if (name !== "rollback" && !changesNothing) await makeWorkdir(dirname(paths.state));
  if (name !== "rollback" && !leavesWorkdir) await requireOwnWorkdir(paths);
  const user = actor();
  const holder = `qsc ${name} of ${user} on ${hostname()} (process ${process.pid}, since ${iso(Date.now())})`;
  const lockOf = (lockName: string, deed: string): Lock =>
    fileLock({ directory: lockDirectory, name: lockName, deed: `${deed} ${unit} (${services.label})`, holder });
  // Only named, not opened: a rollback continues if the telemetry cannot be read.
  const { nameSource, streamKeys } = await import("@qsc/stream-reader");
  const { label, stream } = nameSource(settings.source, { stream: streamKeys(settings.stream), ...tlsFiles(settings) });
  const place = { workdir, paths, unit };
  return {
    unit,
    services,
    systemctl: SYSTEMCTL.get(settings.services) ?? null,
    files: hostFiles,
    clock: hostClock,
    workdir,
    paths,
    lock: lockOf("acts", "acts on"),
    watchLock: lockOf("watches", "watches"),
    judgement: { ...judgement, unit },
    user,
    owner: () => ownerOf(dirname(paths.state), user),
    operation: randomUUID(),
    openSource: () => openTelemetry(settings, true),
    telemetry: { source: label, stream },
    settings: wholeSettings(settings, unit),
    accountOf,
    // Loaded only by the commands that ask: a rollback does not.
    notifications:
      notify === null
        ? null
        : async () => {
            const { notificationHealth } = await import("./notify/health.js");
            return notificationHealth(notify, place);
          },
    program,
  };
}

/**
 * The real name of a unit, which may be given by an alias: drop-ins, locks, rights and names of other units are based
 * on it. If the manager cannot be asked, nothing can be done to the unit either: then the name stays as it is, and the
 * command says why.
 */
export async function ownUnit(
  services: ServiceManager,
  given: string,
): Promise<{ readonly unit: string; readonly isThere: boolean }> {
  try {
    const { unit, load } = await services.state(given);
    return { unit, isThere: load !== "not-found" };
  } catch (thrown) {
    asQscError(thrown);
    return { unit: given, isThere: true };
  }
}

/**
 * Whose files are in a directory that root acts in, or will be: what root makes belongs to the owner of where it is.
 * @throws QscError `user_missing`; the system's error
 */
async function ownerOf(directory: string, user: string): Promise<string> {
  if (!isRoot()) return user;
  const there = await stat(directory).catch((thrown: unknown) => {
    if (isMissing(thrown) && dirname(directory) !== directory) return null;
    throw thrown;
  });
  if (there === null) return ownerOf(dirname(directory), user);
  const { uid } = there;
  if (uid === 0) return user;
  const name = await userName(uid);
  if (name !== null) return name;
  throw new QscError(
    "user_missing",
    `${directory} belongs to the user ${uid}, which this host does not have: fix that with chown.`,
  );
}

/** The service manager of the unit. @throws QscError `invalid_config`, `invalid_unit` for an invalid host */
export function servicesOf({ services, host }: Settings): ServiceManager {
  if (host !== null) {
    if (services === "system") return remoteManager(host);
    throw new QscError("invalid_config", `--host needs --services system, not '${services}'; leave one of them out.`);
  }
  if (services === "system") return systemManager();
  if (services === "user") return userManager();
  const [, directory] = /^child:(.+)$/.exec(services) ?? [];
  if (directory !== undefined) return childManager(directory);
  throw new QscError("invalid_config", `Services '${services}' are unknown; write system, user, or child:DIR.`);
}

/**
 * @throws QscError `invalid_config` if another user could have written the unit files whose commands this user is about
 * to run
 */
async function requireOwnUnits({ services }: Settings, unit: string): Promise<void> {
  const [, directory] = /^child:(.+)$/.exec(services) ?? [];
  if (directory === undefined) return;
  const dropIns = join(directory, `${unit}.d`);
  const names = await readdir(dropIns).catch((thrown: unknown) => {
    if (isMissing(thrown)) return [];
    throw thrown;
  });
  for (const path of [directory, join(directory, unit), dropIns, ...names.map((name) => join(dropIns, name))]) {
    await requireOwn("Unit file", resolve(path), "invalid_config");
  }
}

/** The settings of a command, so that it can be run in any directory. */
function wholeSettings(settings: Settings, unit: string): Readonly<Record<string, string>> {
  const whole = eachSetting((name) => {
    const value = name === "unit" ? unit : settings[name];
    return value === null ? null : SETTINGS[name].anywhere(value);
  });
  return Object.fromEntries(Object.entries(whole).filter((member): member is [string, string] => member[1] !== null));
}

async function makeWorkdir(path: string): Promise<void> {
  try {
    await hostFiles.makeDirectory(path);
  } catch (cause) {
    // The error for an untrusted directory already says what to do.
    if (cause instanceof QscError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new QscError(
      "invalid_config",
      `Directory ${path} cannot be created: ${why}. Name a writable one with --workdir.`,
      { cause },
    );
  }
}
