import { asQscError, iso, QscError, sealed, type DeployDocument, type OperationStep } from "@qsc/contract";
import type { Head, WorkingCopy } from "@qsc/systemd";
import { appendAudit } from "./canary/audit-log.js";
import { headOf, rollbackCommand, reasonOf, type Reason } from "./canary/document.js";
import { unlessInterrupted } from "./canary/interrupted.js";
import { restartUnit } from "./canary/restart.js";
import { whileItRuns } from "./canary/unit-fate.js";
import { canarySigns } from "./canary/signs.js";
import { Steps } from "./canary/steps.js";
import type { CanaryWorld } from "./canary/world.js";
import { proveBuild, proveJournal } from "./deploy/verify.js";
import { deployRequest } from "./requests.js";

export interface DeployRequest {
  /** The checkout that the unit runs from. */
  readonly repository: WorkingCopy;
  /** SHA of the commit, whole or its beginning. */
  readonly commit: string;
  /** A command line that is run in the checkout before the start; null: none. */
  readonly build: string | null;
  /** Longest time for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  /** Ends the deployment; what was done is undone. */
  readonly signal: AbortSignal;
  readonly onStep?: (step: OperationStep) => void;
}

/** A whole SHA, or its beginning. */
const SHA = /^[0-9a-f]{7,64}$/i;

/** What is found before anything is changed. */
interface Found {
  readonly commit: string;
  readonly former: Head;
  readonly promoted: string | null;
}

interface Outcome {
  readonly commit: string;
  readonly former?: string;
  readonly startedMs?: number;
  readonly reasons: readonly Reason[];
  readonly warnings: readonly string[];
}

/**
 * Checks out exactly one commit, restarts the unit, and lets journal and telemetry of the new process prove that it runs
 * that commit. What does not prove itself is undone: the former commit is checked out and started again.
 * @throws QscError where another command acts; `usage` for a commit that is no SHA: the same branch or tag may mean another one tomorrow
 */
export async function deploy(world: CanaryWorld, request: DeployRequest): Promise<DeployDocument> {
  deployRequest(request, "request");
  if (!SHA.test(request.commit)) {
    throw new QscError("usage", `--commit '${request.commit}' is not the SHA of a commit; write 7 digits of it at least (git rev-parse prints it).`);
  }
  const steps = new Steps(request.onStep);
  const warnings: string[] = [];
  const release = await world.lock.acquire(0);
  try {
    let found: Found;
    try {
      found = await unlessInterrupted(examine(world, request, steps, warnings), request.signal);
    } catch (thrown) {
      return documentOf(world, steps, { commit: request.commit, reasons: [reasonOf(known(thrown))], warnings });
    }
    return documentOf(world, steps, await perform(world, request, steps, found, warnings));
  } finally {
    await release();
  }
}

function documentOf(world: CanaryWorld, steps: Steps, { commit, former = null, startedMs, reasons, warnings }: Omit<Outcome, "former"> & { readonly former?: string | null }): DeployDocument {
  return sealed({
    kind: "deploy" as const,
    ...headOf(world, { reasons, warnings }, steps),
    commit,
    former,
    cutover: startedMs === undefined ? null : iso(startedMs),
  });
}

async function examine(world: CanaryWorld, { repository, commit }: DeployRequest, steps: Steps, warnings: string[]): Promise<Found> {
  const promoted = await steps.find("canary", async () => {
    const signs = await canarySigns(world);
    if ("live" in signs) throw new QscError("canary_exists", `There is a canary, or what is left of one: ${signs.live}. Take it back first: ${rollbackCommand(world)}.`);
    return { said: signs.promoted === null ? "none" : `${signs.promoted} was promoted, and stays`, found: signs.promoted };
  });
  await steps.take("unit", async () => {
    const { load, active } = await world.services.state(world.unit);
    if (load !== "loaded") throw new QscError("service_missing", `${world.unit} is ${load}; install its unit file, or name another with --unit.`);
    return `${world.unit} is ${active}`;
  });
  const former = await steps.find("working copy", async () => {
    const head = await repository.head();
    const changes = await repository.changes();
    if (changes.length > 0) throw new QscError("checkout_changed", `${repository.directory} has changes that are in no commit: ${changes.slice(0, 5).join(", ")}. Commit or stash them.`);
    return { said: `clean, at ${head.commit}${head.branch === null ? "" : ` (${head.branch})`}`, found: head };
  });
  await steps.take("fetch", () => repository.fetch()).catch((thrown: unknown) => {
    // The commit may be here already, and a SHA cannot mean another one.
    warnings.push(`What the remotes have could not be fetched: ${known(thrown).message}`);
  });
  const whole = await steps.find("commit", async () => {
    const found = await repository.commitOf(commit);
    if (found === null) throw new QscError("commit_missing", `${repository.directory} has no commit ${commit}; push it to a remote of that checkout, or correct the SHA.`);
    return { said: found, found };
  });
  return { commit: whole, former, promoted };
}

async function perform(world: CanaryWorld, request: DeployRequest, steps: Steps, found: Found, warnings: string[]): Promise<Outcome> {
  const { commit, former } = found;
  const progress: { startedMs: number | null } = { startedMs: null };
  try {
    await change(world, request, steps, found, warnings, progress);
    const startedMs = progress.startedMs ?? 0;
    await steps.take("audit log", () => audit(world, { commit, former: former.commit, cutover: iso(startedMs) }));
    return { commit, former: former.commit, startedMs, reasons: [], warnings };
  } catch (thrown) {
    const failure = asQscError(thrown);
    const back = await goBack(world, request, steps, found, progress.startedMs !== null);
    await audit(world, { commit, former: former.commit, failure: failure.message, code: failure.code, back: back.proven }).catch((error: unknown) => warnings.push(`The log was not written: ${asQscError(error).message}`));
    return { commit, former: former.commit, ...(back.startedMs !== null && { startedMs: back.startedMs }), reasons: [reasonOf(failure), { code: back.proven ? "deployment_undone" : "undo_not_proven", text: back.sentence }], warnings };
  }
}

async function change(world: CanaryWorld, request: DeployRequest, steps: Steps, found: Found, warnings: string[], progress: { startedMs: number | null }): Promise<void> {
  const { commit, promoted } = found;
  const { signal, proofMs } = request;
  await checkOut(request, steps, { commit, branch: null });
  requireGoOn(signal);
  // From here on the former process may be gone.
  progress.startedMs = 0;
  const { startedMs, mark } = await restartUnit(world, steps);
  progress.startedMs = startedMs;
  const engine = await steps.find("telemetry", async () => {
    const engine = await whileItRuns(world, { restarts: "end", signal }, (end) => proveBuild(world, commit, { mark, promoted }, proofMs, end));
    return { said: `process ${engine.bootId} names the build ${engine.build}`, found: engine };
  });
  await steps.take("journal", async () => {
    const { said, warnings: more } = await proveJournal(world, commit, engine);
    warnings.push(...more);
    return said;
  });
  requireGoOn(signal);
}

async function checkOut({ repository, build }: DeployRequest, steps: Steps, target: Head): Promise<void> {
  await steps.take("checkout", async () => {
    await repository.checkout(target);
    const { commit } = await repository.head();
    if (commit !== target.commit) throw new QscError("repository_failed", `${repository.directory} is at ${commit} after the checkout of ${target.commit}. Look who else works there.`);
    return commit;
  });
  if (build !== null) {
    await steps.take("build", async () => {
      await repository.build(build);
      return build;
    });
  }
}

/** Checks out and starts what was there before. Never rejects. */
async function goBack(world: CanaryWorld, request: DeployRequest, steps: Steps, { former, promoted }: Found, isRestarted: boolean): Promise<{ readonly sentence: string; readonly proven: boolean; readonly startedMs: number | null }> {
  const name = former.branch ?? former.commit;
  let startedMs: number | null = null;
  try {
    await checkOut(request, steps, former);
    if (!isRestarted) return { sentence: `${name} is checked out again; the unit was not restarted.`, proven: true, startedMs };
    const restarted = await restartUnit(world, steps);
    startedMs = restarted.startedMs;
    const process = { mark: restarted.mark, promoted };
    await steps.take("telemetry", async () => {
      const { bootId } = await whileItRuns(world, { restarts: "wait" }, (end) => proveBuild(world, null, process, request.proofMs, end));
      return `process ${bootId} serves`;
    });
    steps.note("deployment", "undone", `${name} serves again`);
    return { sentence: `Went back to ${name}, and it serves.`, proven: true, startedMs };
  } catch (thrown) {
    const { code, message } = asQscError(thrown);
    steps.note("deployment", "failed", `not undone: ${message}`, code);
    return { sentence: `Going back to ${name} failed too: ${message} Look at ${world.unit} now.`, proven: false, startedMs };
  }
}

async function audit(world: CanaryWorld, details: Readonly<Record<string, unknown>>): Promise<string> {
  await appendAudit(world, "deploy", details);
  return world.paths.audit;
}

function requireGoOn(signal: AbortSignal): void {
  if (signal.aborted) throw new QscError("interrupted", "Interrupted before it was done.");
}

/** A coded error; a fault of the tool itself is no refusal. */
function known(thrown: unknown): QscError {
  const error = asQscError(thrown);
  if (error.code === "internal") throw error;
  return error;
}
