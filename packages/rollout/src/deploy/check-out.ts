import { QscError } from "@qsc/contract";
import type { Head, WorkingCopy } from "@qsc/systemd";
import type { Steps } from "../operation/steps.js";

/** A checkout, and how to prepare it for a start. */
export interface Checkout {
  readonly repository: WorkingCopy;
  /** A command line that is run in the checkout; null: none. */
  readonly build: string | null;
}

/** Checks out exactly one commit, and builds it. @throws QscError `repository_failed` */
export async function checkOut({ repository, build }: Checkout, steps: Steps, target: Head): Promise<void> {
  await steps.take("checkout", async () => {
    await repository.checkout(target);
    const { commit } = await repository.head();
    if (commit !== target.commit)
      throw new QscError(
        "repository_failed",
        `${repository.directory} is at ${commit} after the checkout of ${target.commit}. Find out who else works there.`,
      );
    return commit;
  });
  if (build !== null) {
    await steps.take("build", async () => {
      await repository.build(build);
      return build;
    });
  }
}
