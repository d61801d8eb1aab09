import { readlink, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { asQscError, QscError, sealed, type InitDocument, type OperationStep } from "@qsc/contract";
import { accountOf, type Account } from "@qsc/systemd";
import { headOf, reasonOf } from "./canary/document.js";
import { hostFiles, replaceFile } from "./canary/files.js";
import { systemCodeOf } from "./canary/system-code.js";
import { give, requireOwnFiles } from "./canary/own-files.js";
import { Steps } from "./canary/steps.js";
import type { CanaryWorld } from "./canary/world.js";
import { AFTER, firstDifference, type Tense } from "./init/difference.js";
import { planFor, type Plan, type PlannedFile } from "./init/plan.js";
import type { EnvironmentRequirement } from "./preflight/required-environment.js";
import { initRequest } from "./requests.js";

export interface InitRequest {
  /** Who is to act on the engine and to watch: a user without privileges. */
  readonly user: string;
  /** The root of the file system to write to: `/` for this host, another one for a package or an image. */
  readonly root: string;
  /** What a canary needs of the engine's environment, for the template of its file. */
  readonly requiredEnvironment: readonly EnvironmentRequirement[];
  /** Says what would be written, and writes nothing. */
  readonly dryRun: boolean;
  /** Overwrites files that differ, without asking. */
  readonly force: boolean;
  /** Asks a person; null where no one is there to answer. */
  readonly confirm: ((question: string) => Promise<boolean>) | null;
  readonly onStep?: (step: OperationStep) => void;
}

/** What is to become of a file, and for one that is there and differs, how a sentence says where. */
type Fate =
  | { readonly kind: "new" | "unchanged" }
  | { readonly kind: "overwritten"; readonly difference: (tense?: Tense) => string };

/** Where polkit keeps the rules of packages, from version 0.106 on: older ones read no rule. */
const POLKIT_RULES = "/usr/share/polkit-1/rules.d";

/**
 * Sets this host up for canaries of one engine: settings and templates, the unit that watches, the dead-man, and what a
 * user without privileges needs to act. A file that is there and differs is overwritten only where the operator says so;
 * where one must not be, nothing is written at all.
 */
export async function init(world: CanaryWorld, request: InitRequest): Promise<InitDocument> {
  initRequest(request, "request");
  const steps = new Steps(request.onStep);
  const warnings: string[] = [];
  let files: InitDocument["files"] = [];
  try {
    const plan = planFor(world, request.user, request.requiredEnvironment);
    files = plan.files.map(({ path, text }) => ({ path: join(request.root, path), text: withoutPassword(world, text) }));
    const account = await steps.find("user", () => userOf(request));
    const fates = await fatesOf(plan, request);
    if (request.dryRun) await planned(plan, fates, account, request, steps);
    else await write(world, plan, fates, account, request, steps);
    if (isThisHost(request) && !(await isDirectory(POLKIT_RULES))) {
      warnings.push(`No polkit that reads rules (0.106 or later) is installed: until it is, only root can act. Install it (Debian: polkitd).`);
    }
  } catch (thrown) {
    const error = permission(thrown);
    if (error.code === "internal") throw error;
    return documentOf(world, steps, files, { reasons: [reasonOf(error)], warnings });
  }
  return documentOf(world, steps, files, { reasons: [], warnings });
}

function documentOf(world: CanaryWorld, steps: Steps, files: InitDocument["files"], conclusion: Parameters<typeof headOf>[1]): InitDocument {
  return sealed({ kind: "init" as const, ...headOf(world, conclusion, steps), files });
}

/** A file's text for a document: the source as an operator may see it. */
function withoutPassword({ settings, telemetry }: CanaryWorld, text: string): string {
  const [given, shown] = [settings["source"], telemetry.source].map((source) => JSON.stringify(source));
  return given === undefined || shown === undefined ? text : text.replaceAll(given, shown);
}

function isThisHost({ root }: InitRequest): boolean {
  return root === "/";
}

/** The user's account; null where the files are for another system, which has users of its own. */
async function userOf({ user, root, ...request }: InitRequest): Promise<{ said: string; found: Account | null }> {
  if (user === "root") throw new QscError("usage", "--user root needs nothing that qsc init writes; name a user without privileges, such as qsc.");
  if (!isThisHost({ user, root, ...request })) return { said: `${user}, of the system below ${root}`, found: null };
  const found = await accountOf(user);
  if (found !== null) return { said: `${user} (${found.uid})`, found };
  throw new QscError("user_missing", `There is no user ${user} on this host. Make one: useradd --system --groups systemd-journal --shell /usr/sbin/nologin ${user}; or name another with --user.`);
}

/** What becomes of each file. @throws QscError `file_differs` for one that differs and may not be overwritten */
async function fatesOf({ files, links }: Plan, { root, force, dryRun, confirm }: InitRequest): Promise<readonly Fate[]> {
  const fates: Fate[] = [];
  for (const { path, text } of files) {
    const target = join(root, path);
    const there = await hostFiles.read(target);
    const fate = fateOf(there, text);
    if (fate.kind === "overwritten" && !force && !dryRun) {
      const difference = fate.difference();
      const agreed = confirm !== null && (await confirm(`${target}: ${difference}. Overwrite it?`));
      if (!agreed) throw new QscError("file_differs", `${target} is there and differs: ${difference}. Nothing was written. Compare it with --dry-run, and overwrite it with --force, or move it away.`);
    }
    fates.push(fate);
  }
  for (const { path, target } of links) {
    const found = await linkAt(join(root, path));
    if (found !== null && found !== target) throw new QscError("link_differs", `${join(root, path)} points to ${found}, not to ${target}. Nothing was written. Remove it.`);
  }
  return fates;
}

function fateOf(there: string | null, wanted: string): Fate {
  if (there === null) return { kind: "new" };
  if (there === wanted) return { kind: "unchanged" };
  return { kind: "overwritten", difference: (tense) => firstDifference(there, wanted, tense) };
}

function describeFate(fate: Fate | undefined, tense?: Tense): string {
  return fate?.kind === "overwritten" ? `overwritten: ${fate.difference(tense)}` : (fate?.kind ?? "new");
}

async function planned({ directories, files, links, fallback }: Plan, fates: readonly Fate[], account: Account | null, request: InitRequest, steps: Steps): Promise<void> {
  const { root, user } = request;
  for (const path of directories) {
    const directory = join(root, path);
    if (await isOwnDirectory(directory, account)) steps.note("directory", "skipped", `${directory}: unchanged`);
    else steps.note("directory", "planned", `${directory}, of ${user}`);
  }
  for (const [index, { path }] of files.entries()) {
    const fate = fates[index];
    steps.note("file", fate?.kind === "unchanged" ? "skipped" : "planned", `${join(root, path)}: ${describeFate(fate)}`);
  }
  for (const { path } of links) {
    const link = join(root, path);
    if ((await linkAt(link)) === null) steps.note("timer enabled", "planned", link);
    else steps.note("timer enabled", "skipped", `${link}: unchanged`);
  }
  if (isThisHost(request)) steps.note("fallback started", "planned", fallback.name);
}

async function write(world: CanaryWorld, { directories, files, links, fallback }: Plan, fates: readonly Fate[], account: Account | null, request: InitRequest, steps: Steps): Promise<void> {
  const { root, user } = request;
  for (const path of directories) {
    const directory = join(root, path);
    const isThere = await isOwnDirectory(directory, account);
    await noteChange(steps, "directory", isThere ? `${directory}: unchanged` : null, async () => {
      await hostFiles.makeDirectory(directory);
      await requireOwnFiles(directory, []);
      await giveTo(account, directory);
      return `${directory}, of ${user}`;
    });
  }
  for (const [index, file] of files.entries()) {
    const target = join(root, file.path);
    const fate = fates[index];
    if (fate?.kind === "unchanged") steps.note("file", "skipped", `${target}: unchanged`);
    else await steps.take("file", () => writeOne(target, file, account).then(() => `${target}: ${describeFate(fate, AFTER)}`));
  }
  for (const { path, target } of links) {
    const link = join(root, path);
    const unchanged = (await linkAt(link)) === null ? null : `${link}: unchanged`;
    await noteChange(steps, "timer enabled", unchanged, () => enable(link, target));
  }
  if (!isThisHost(request)) {
    steps.note("owners", "skipped", `systemd-tmpfiles gives the directories to ${user} when that system starts`);
    return;
  }
  await steps.take("configuration reloaded", async () => {
    await world.services.reload();
    return world.services.label;
  });
  await steps.take("fallback started", async () => {
    await world.services.armGuard(fallback);
    return `${fallback.name}, every ${fallback.everySeconds} s`;
  });
}

/** Does something that may have been done already: then it is done again, and the step says that nothing changed. */
async function noteChange(steps: Steps, name: string, unchanged: string | null, act: () => Promise<string>): Promise<void> {
  if (unchanged === null) return steps.take(name, act);
  try {
    await act();
  } catch (thrown) {
    steps.note(name, "failed", asQscError(thrown).message);
    throw thrown;
  }
  steps.note(name, "skipped", unchanged);
}

async function writeOne(target: string, { text, mode, owner }: PlannedFile, account: Account | null): Promise<void> {
  await replaceFile(hostFiles, target, text, mode);
  if (owner === "user") await giveTo(account, target);
}

async function giveTo(account: Account | null, path: string): Promise<void> {
  if (account !== null) await give(path, account);
}

async function enable(path: string, target: string): Promise<string> {
  if ((await linkAt(path)) === null) {
    await hostFiles.makeDirectory(dirname(path));
    await symlink(target, path);
    await hostFiles.syncDirectory(dirname(path));
  }
  return `${path}: it starts at a boot`;
}

/** Where a link points to; null where there is none. */
async function linkAt(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return null;
    throw thrown;
  }
}

/** A file that this user may not write, as a refusal that says what to do. */
function permission(thrown: unknown): QscError {
  const code = systemCodeOf(thrown);
  if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS" && code !== "ENOSPC") return asQscError(thrown);
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new QscError("service_permission", `It cannot be written: ${why}. Run qsc init as root; or write to a directory of your own with --root.`, { cause: thrown });
}

/** Whether a directory is there, and the account's already, where it is to be given to one. */
async function isOwnDirectory(path: string, account: Account | null): Promise<boolean> {
  if (!(await isDirectory(path))) return false;
  if (account === null) return true;
  const { uid, gid } = await stat(path);
  return uid === account.uid && gid === account.gid;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return false;
    throw thrown;
  }
}
