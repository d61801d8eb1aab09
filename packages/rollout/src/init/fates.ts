import { QscError } from "@qsc/contract";
import { join } from "node:path";
import type { Files } from "../host/files.js";
import { firstDifference, type Tense } from "./difference.js";
import type { Plan } from "./plan.js";

/** What will become of a file; for an existing file that differs, with a phrase that says where. */
export type Fate =
  | { readonly kind: "new" | "unchanged" }
  | { readonly kind: "overwritten"; readonly difference: (tense?: Tense) => string };

/** What to do with files that differ. */
interface Overwriting {
  readonly root: string;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly confirm: ((question: string) => Promise<boolean>) | null;
}

/** What will become of each file. @throws QscError `file_differs` for one that differs and may not be overwritten */
export async function fatesOf(
  host: Files,
  { files, links }: Plan,
  { root, force, dryRun, confirm }: Overwriting,
): Promise<readonly Fate[]> {
  const fates: Fate[] = [];
  for (const { path, text } of files) {
    const target = join(root, path);
    const there = await host.read(target);
    const fate = fateOf(there, text);
    if (fate.kind === "overwritten" && !force && !dryRun) {
      const difference = fate.difference();
      const agreed = confirm !== null && (await confirm(`${target}: ${difference}. Overwrite it?`));
      if (!agreed)
        throw new QscError(
          "file_differs",
          `${target} already exists and differs: ${difference}. Nothing was written. Compare it with --dry-run, then overwrite it with --force or move it away.`,
        );
    }
    fates.push(fate);
  }
  for (const { path, target } of links) {
    const found = await host.linkTarget(join(root, path));
    if (found !== null && found !== target)
      throw new QscError(
        "link_differs",
        `${join(root, path)} points to ${found}, not to ${target}. Nothing was written. Remove it.`,
      );
  }
  return fates;
}

function fateOf(there: string | null, wanted: string): Fate {
  if (there === null) return { kind: "new" };
  if (there === wanted) return { kind: "unchanged" };
  return { kind: "overwritten", difference: (tense) => firstDifference(there, wanted, tense) };
}

export function describeFate(fate: Fate | undefined, tense?: Tense): string {
  return fate?.kind === "overwritten" ? `overwritten: ${fate.difference(tense)}` : (fate?.kind ?? "new");
}
