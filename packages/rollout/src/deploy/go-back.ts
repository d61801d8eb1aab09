import { asQscError } from "@qsc/contract";
import type { OperationContext } from "../operation/context.js";
import { RESTART_STEP, restartUnit } from "../operation/restart.js";
import type { Steps } from "../operation/steps.js";
import { whileItRuns } from "../operation/unit-fate.js";
import { checkOut, type Checkout } from "./check-out.js";
import type { FoundCommit } from "./find-commit.js";
import { proveBuild } from "./verify.js";

/** The result of undoing a deployment. */
interface WayBack {
  readonly sentence: string;
  readonly proven: boolean;
  /** Start of the process that serves again, in milliseconds since 1970; null if none was started. */
  readonly startedMs: number | null;
}

/** Checks out and starts the former commit. Never rejects. */
export async function goBack(
  context: OperationContext,
  { checkout, proofMs }: { readonly checkout: Checkout; readonly proofMs: number },
  steps: Steps,
  { former, promoted }: FoundCommit,
): Promise<WayBack> {
  const name = former.branch ?? former.commit;
  const mayBeStopped = steps.list.some((step) => step.name === RESTART_STEP);
  let startedMs: number | null = null;
  try {
    await checkOut(checkout, steps, former);
    if (!mayBeStopped)
      return { sentence: `${name} is checked out again; the unit was not restarted.`, proven: true, startedMs };
    const restarted = await restartUnit(context, steps);
    startedMs = restarted.startedMs;
    const process = { mark: restarted.mark, promoted };
    await steps.take("telemetry", async () => {
      const { bootId } = await whileItRuns(context, { restarts: "wait" }, (end) =>
        proveBuild(context, null, process, proofMs, end),
      );
      return `process ${bootId} serves`;
    });
    steps.note("deployment", "undone", `${name} serves again`);
    return { sentence: `${name} is back, and serves again.`, proven: true, startedMs };
  } catch (thrown) {
    const { code, message } = asQscError(thrown);
    steps.note("deployment", "failed", `not undone: ${message}`, code);
    return {
      sentence: `Going back to ${name} failed, too: ${message} Check ${context.unit} now.`,
      proven: false,
      startedMs,
    };
  }
}
