import type { Files, Owner } from "../host/files.js";
import type { Steps } from "../operation/steps.js";
import { describeFate } from "./fates.js";
import { at, isThisHost, type Installation } from "./installation.js";

/** Notes what would be written, and writes nothing. */
export async function sayPlan(host: Files, installation: Installation, steps: Steps): Promise<void> {
  const { plan, fates, account, user } = installation;
  const { directories, files, links, fallback, notifier } = plan;
  for (const path of directories) {
    const directory = at(installation, path);
    if (await isOwnDirectory(host, directory, account)) steps.note("directory", "skipped", `${directory}: unchanged`);
    else steps.note("directory", "planned", `${directory}, of ${user}`);
  }
  for (const [index, { path }] of files.entries()) {
    const fate = fates[index];
    steps.note(
      "file",
      fate?.kind === "unchanged" ? "skipped" : "planned",
      `${at(installation, path)}: ${describeFate(fate)}`,
    );
  }
  for (const { step, path } of links) {
    const link = at(installation, path);
    if ((await host.linkTarget(link)) === null) steps.note(step, "planned", link);
    else steps.note(step, "skipped", `${link}: unchanged`);
  }
  if (isThisHost(installation)) steps.note("fallback started", "planned", fallback.name);
  if (isThisHost(installation) && notifier !== null) steps.note("notifier started", "planned", notifier);
}

/** Whether a directory exists, and already belongs to the account, if there is one. */
export async function isOwnDirectory(host: Files, path: string, account: Owner | null): Promise<boolean> {
  const owner = await host.ownerOf(path);
  if (owner === null || account === null) return owner !== null;
  return owner.uid === account.uid && owner.gid === account.gid;
}
