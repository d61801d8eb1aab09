import { asQscError, iso, QscError, sealed, type DeployDocument, type OperationStep } from "@qsc/contract";
import type { WorkingCopy } from "@qsc/systemd";
import { checkOut } from "./deploy/check-out.js";
import { findCommit, type FoundCommit } from "./deploy/find-commit.js";
import { goBack } from "./deploy/go-back.js";
import { proveBuild, proveJournal } from "./deploy/verify.js";
import { appendAudit } from "./operation/audit-log.js";
import type { OperationContext } from "./operation/context.js";
import { restartUnit } from "./operation/restart.js";
import { runOperation, type Operation } from "./operation/run-operation.js";
import type { Steps } from "./operation/steps.js";
import { lockedTurn } from "./operation/turn.js";
import { whileItRuns } from "./operation/unit-fate.js";
import { deployRequest } from "./requests.js";

/** What `qsc deploy` is asked to do. */
export interface DeployRequest {
  /** The checkout that the unit runs from. */
  readonly repository: WorkingCopy;
  /** SHA of the commit, whole or abbreviated. */
  readonly commit: string;
  /** A command line that is run in the checkout before the start; null: none. */
  readonly build: string | null;
  /** The longest wait for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  /** Ends the deployment; what was done is undone. */
  readonly signal: AbortSignal;
  /** Called when a step has ended. */
  readonly onStep?: (step: OperationStep) => void;
}

/** A SHA, whole or abbreviated. */
const SHA = /^[0-9a-f]{7,64}$/i;

/**
 * Checks out exactly one commit, restarts the unit, and requires that the journal and telemetry of the new process
 * prove that commit. Otherwise it undoes the deployment: it checks out and starts the former commit.
 * @throws QscError `canary_locked` if another command is acting; `usage` for a commit that is not a SHA: the same
 * branch or tag may mean another commit tomorrow
 */
export async function deploy(context: OperationContext, request: DeployRequest): Promise<DeployDocument> {
  deployRequest(request, "request");
  if (!SHA.test(request.commit)) {
    throw new QscError(
      "usage",
      `--commit '${request.commit}' is not the SHA of a commit; write at least 7 digits of it (git rev-parse prints it).`,
    );
  }
  return runOperation(context, deployment(context, request), request.onStep);
}

/** The result is the start of a new process, in milliseconds since 1970. */
function deployment(context: OperationContext, request: DeployRequest): Operation<FoundCommit, number, DeployDocument> {
  const { signal, proofMs } = request;
  return {
    turn: () => lockedTurn(context, 0),
    signal,
    examine: (steps) => findCommit(context, request, steps),
    perform: async (found, steps) => ({ done: await change(context, request, steps, found) }),
    undo: async ({ code, message }, found, steps) => {
      const { proven, sentence, startedMs } = await goBack(context, { checkout: request, proofMs }, steps, found);
      await audit(context, found, { failure: message, code, back: proven }).catch((thrown: unknown) => {
        steps.warn(`The log was not written: ${asQscError(thrown).message}`);
      });
      return {
        ...(startedMs !== null && { done: startedMs }),
        reasons: [{ code: proven ? "deployment_undone" : "undo_not_proven", text: sentence }],
      };
    },
    document: (head, { found, done }) =>
      sealed({
        kind: "deploy" as const,
        ...head,
        commit: found.commit ?? request.commit,
        former: found.former?.commit ?? null,
        cutover: done === null ? null : iso(done),
      }),
  };
}

async function change(
  context: OperationContext,
  request: DeployRequest,
  steps: Steps,
  found: FoundCommit,
): Promise<number> {
  const { commit, promoted } = found;
  const { signal, proofMs } = request;
  await checkOut(request, steps, { commit, branch: null });
  requireGoOn(signal);
  const { startedMs, mark } = await restartUnit(context, steps);
  const engine = await steps.find("telemetry", async () => {
    const engine = await whileItRuns(context, { restarts: "end", signal }, (end) =>
      proveBuild(context, commit, { mark, promoted }, proofMs, end),
    );
    return { said: `process ${engine.bootId} names the build ${engine.build}`, found: engine };
  });
  await steps.take("journal", async () => {
    const { said, warnings } = await proveJournal(context, commit, engine);
    for (const warning of warnings) steps.warn(warning);
    return said;
  });
  requireGoOn(signal);
  await steps.take("audit log", async () => {
    await audit(context, found, { cutover: iso(startedMs) });
    return context.paths.audit;
  });
  return startedMs;
}

async function audit(
  context: OperationContext,
  { commit, former }: FoundCommit,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await appendAudit(context, "deploy", { commit, former: former.commit, ...details });
}

function requireGoOn(signal: AbortSignal): void {
  if (signal.aborted) throw new QscError("interrupted", "Interrupted before the deployment was complete.");
}
