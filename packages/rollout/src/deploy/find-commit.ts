import { asQscError, QscError } from "@qsc/contract";
import type { Head, WorkingCopy } from "@qsc/systemd";
import { canarySigns } from "../canary/signs.js";
import type { OperationContext } from "../operation/context.js";
import { rollbackCommand } from "../operation/document.js";
import type { Steps } from "../operation/steps.js";

/** What is found before anything is changed. */
export interface FoundCommit {
  /** The whole SHA. */
  readonly commit: string;
  readonly former: Head;
  /** The promoted model that the engine still names as its canary; null: none. */
  readonly promoted: string | null;
}

/** The commit to deploy, and what runs now. @throws QscError, a refusal, if the commit cannot be deployed */
export async function findCommit(
  context: OperationContext,
  { repository, commit }: { readonly repository: WorkingCopy; readonly commit: string },
  steps: Steps,
): Promise<FoundCommit> {
  const promoted = await steps.find("canary", async () => {
    const signs = await canarySigns(context);
    if ("live" in signs)
      throw new QscError(
        "canary_exists",
        `A canary, or leftovers of one, already exists: ${signs.live}. Roll it back first: ${rollbackCommand(context)}.`,
      );
    return {
      said: signs.promoted === null ? "none" : `${signs.promoted} was promoted, and stays promoted`,
      found: signs.promoted,
    };
  });
  await steps.take("unit", async () => {
    const { load, active } = await context.services.state(context.unit);
    if (load !== "loaded")
      throw new QscError(
        "service_missing",
        `${context.unit} is ${load}; install its unit file, or name another with --unit.`,
      );
    return `${context.unit} is ${active}`;
  });
  const former = await steps.find("working copy", async () => {
    const head = await repository.head();
    const changes = await repository.changes();
    if (changes.length > 0)
      throw new QscError(
        "checkout_changed",
        `${repository.directory} has uncommitted changes: ${changes.slice(0, 5).join(", ")}. Commit or stash them.`,
      );
    return { said: `clean, at ${head.commit}${head.branch === null ? "" : ` (${head.branch})`}`, found: head };
  });
  await steps
    .take("fetch", () => repository.fetch())
    .catch((thrown: unknown) => {
      const error = asQscError(thrown);
      if (error.code === "internal") throw error;
      // The commit may be here already, and a SHA cannot mean another one.
      steps.warn(`Could not fetch from the remotes: ${error.message}`);
    });
  const whole = await steps.find("commit", async () => {
    const found = await repository.commitOf(commit);
    if (found === null)
      throw new QscError(
        "commit_missing",
        `${repository.directory} has no commit ${commit}; push it to a remote of that checkout, or correct the SHA.`,
      );
    return { said: found, found };
  });
  return { commit: whole, former, promoted };
}
