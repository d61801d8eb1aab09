import { asQscError } from "@qsc/contract";
import { dirname } from "node:path";
import { removeUnfinished, replaceFile, type Files } from "../host/files.js";
import type { OperationContext } from "../operation/context.js";
import type { Steps } from "../operation/steps.js";
import { AFTER } from "./difference.js";
import { describeFate, type Fate } from "./fates.js";
import { at, isThisHost, type Installation } from "./installation.js";
import type { PlannedFile } from "./plan.js";
import { isOwnDirectory } from "./say-plan.js";

/**
 * Writes an installation. Existing parts are written through again, so that a second run repairs what a first one left
 * half done: a complete file that does not belong to its user yet, or a name that is not yet on the disk.
 */
export async function write(context: OperationContext, installation: Installation, steps: Steps): Promise<void> {
  try {
    await writeDirectories(context.files, installation, steps);
    await writeFiles(context.files, installation, steps);
    await writeLinks(context.files, installation, steps);
    if (isThisHost(installation)) await reload(context, steps);
  } catch (thrown) {
    if (isThisHost(installation) && hasWritten(steps))
      steps.warn(
        `Unit files may have changed, but ${context.services.label} has not reloaded them: run qsc init again, which does the rest, or systemctl daemon-reload.`,
      );
    throw thrown;
  }
  if (isThisHost(installation)) {
    await startFallback(context, installation, steps);
    await startNotifier(context, installation, steps);
  } else
    steps.note(
      "owners",
      "skipped",
      `systemd-tmpfiles gives the directories to ${installation.user} when that system starts`,
    );
}

/** Whether a file was written, or half written: then its step failed. */
function hasWritten({ list }: Steps): boolean {
  return list.some(({ name, outcome }) => name === "file" && outcome !== "skipped");
}

async function writeDirectories(host: Files, installation: Installation, steps: Steps): Promise<void> {
  const { plan, user, account } = installation;
  for (const path of plan.directories) {
    const directory = at(installation, path);
    const isThere = await isOwnDirectory(host, directory, account);
    await noteChange(steps, "directory", isThere ? `${directory}: unchanged` : null, async () => {
      await host.makeDirectory(directory);
      await host.requireOwn(directory);
      if (account !== null) await host.give(directory, account);
      return `${directory}, of ${user}`;
    });
  }
}

async function writeFiles(host: Files, installation: Installation, steps: Steps): Promise<void> {
  for (const [index, file] of installation.plan.files.entries()) {
    const target = at(installation, file.path);
    const fate = installation.fates[index];
    const unchanged = fate?.kind === "unchanged" ? `${target}: unchanged` : null;
    await noteChange(steps, "file", unchanged, () => writeOne(host, installation, { target, file, fate }));
  }
}

async function writeOne(
  host: Files,
  { account }: Installation,
  { target, file, fate }: { readonly target: string; readonly file: PlannedFile; readonly fate: Fate | undefined },
): Promise<string> {
  await removeUnfinished(host, target);
  if (fate?.kind === "unchanged") await host.syncDirectory(dirname(target));
  else await replaceFile(host, target, file.text, file.mode);
  if (file.owner === "user" && account !== null) await host.give(target, account);
  return `${target}: ${describeFate(fate, AFTER)}`;
}

async function writeLinks(host: Files, installation: Installation, steps: Steps): Promise<void> {
  for (const { step, path, target } of installation.plan.links) {
    const link = at(installation, path);
    const isThere = (await host.linkTarget(link)) !== null;
    await noteChange(steps, step, isThere ? `${link}: unchanged` : null, async () => {
      if (!isThere) {
        await host.makeDirectory(dirname(link));
        await host.link(link, target);
      }
      await host.syncDirectory(dirname(link));
      return `${link}: starts at boot`;
    });
  }
}

async function reload({ services }: OperationContext, steps: Steps): Promise<void> {
  await steps.take("configuration reloaded", async () => {
    await services.reload();
    return services.label;
  });
}

async function startFallback(
  { services }: OperationContext,
  { plan: { fallback } }: Installation,
  steps: Steps,
): Promise<void> {
  await steps.take("fallback started", async () => {
    await services.armGuard(fallback);
    return `${fallback.name}, every ${fallback.everySeconds} s`;
  });
}

/** How long the unit that notifies may take to end, and to start. */
const START_MS = 60_000;

/** Starts the unit that notifies, again if it runs: it reads its settings only once. */
async function startNotifier(
  { services }: OperationContext,
  { plan: { notifier } }: Installation,
  steps: Steps,
): Promise<void> {
  if (notifier === null) return;
  await steps.take("notifier started", async () => {
    await services.stop(notifier, START_MS);
    await services.resetFailed(notifier);
    await services.start(notifier, START_MS);
    return `${notifier}: try it with qsc notify test`;
  });
}

/** Does something that may have been done before: it is done again, but the step says that nothing changed. */
async function noteChange(
  steps: Steps,
  name: string,
  unchanged: string | null,
  act: () => Promise<string>,
): Promise<void> {
  if (unchanged === null) return steps.take(name, act);
  try {
    await act();
  } catch (thrown) {
    steps.note(name, "failed", asQscError(thrown).message);
    throw thrown;
  }
  steps.note(name, "skipped", unchanged);
}
