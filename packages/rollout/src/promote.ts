import { asQscError, isRefusal, iso, QscError, sealed, type Canary, type CanaryShare, type ErrorCode, type OperationStep, type PromoteDocument } from "@qsc/contract";
import { renderEnvironment } from "@qsc/systemd";
import { headOf, reasonOf, rollbackCommand, type Reason } from "./canary/document.js";
import { CANARY_DROP_IN, canaryEnvironment } from "./canary/drop-in.js";
import { unlessInterrupted } from "./canary/interrupted.js";
import { leaseRuns } from "./canary/lease.js";
import { MOMENT_MS } from "./canary/lock.js";
import { readState } from "./canary/state-file.js";
import { Steps } from "./canary/steps.js";
import { requireStoppable } from "./canary/stop-bound.js";
import { nextShare, switchTo } from "./canary/switch-to.js";
import { takeBack } from "./canary/take-back.js";
import { noteUndo } from "./canary/undo.js";
import { canaryWeights, describeWeights } from "./canary/weights.js";
import type { CanaryWorld } from "./canary/world.js";
import { newestDecision } from "./canary/engine-now.js";
import { promoteRequest } from "./requests.js";
import { requireWindow, WATCH_WINDOW } from "./watch/window-size.js";

export interface PromoteRequest {
  readonly to: Exclude<CanaryShare, 0.1>;
  /** How long the canary is to be watched at its new share, in milliseconds. */
  readonly durationMs: number;
  /** The unit that watches, which is started at the end; null: the operator starts the watch. */
  readonly watchUnit: string | null;
  /** The newest entries that the watch will judge: the unit's own, or what monitor is called with. Missing: 2000. */
  readonly window?: number;
  /** Longest time for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  readonly signal: AbortSignal;
  readonly onStep?: (step: OperationStep) => void;
}

/**
 * Gives a canary that was watched to the end its next share: 50 % after 10 %, 100 % after 50 %. Only ever called by a
 * person's act. Each step is watched again; one that fails takes the canary back whole.
 * @throws QscError where another command acts
 */
export async function promote(world: CanaryWorld, request: PromoteRequest): Promise<PromoteDocument> {
  promoteRequest(request, "request");
  const steps = new Steps(request.onStep);
  const release = await world.lock.acquire(MOMENT_MS);
  try {
    const found = await steps.find("eligible", async () => {
      const canary = await unlessInterrupted(promoted(world, request), request.signal);
      return { said: `${canary.model} was watched to the end at the share before ${percent(request.to)}`, found: canary };
    }).catch(refusalAlone);
    if ("code" in found) return documentOf(world, request, steps, { canary: null, reasons: [found] });
    return await perform(world, request, steps, found);
  } finally {
    await release();
  }
}

/** A refusal, as the reason for the document; anything else is thrown on. */
function refusalAlone(thrown: unknown): Reason {
  const error = asQscError(thrown);
  if (isRefusal(error.code) || error.code === "invalid_weights" || error.code === "interrupted") return reasonOf(error);
  throw error;
}

/** The canary with its next share. @throws QscError, a refusal, without a fresh eligible watch at the share before */
async function promoted(world: CanaryWorld, { to, window = WATCH_WINDOW }: PromoteRequest): Promise<Canary> {
  const read = await readState(world);
  if (read.kind !== "state") throw read.kind === "broken" ? refused("state_broken", read.detail) : refused("no_canary", `no canary of ${world.unit} is known`);
  const { state } = read;
  if (state.phase !== "eligible") throw refused("not_eligible", `the canary of ${world.unit} is in the phase ${state.phase}, not eligible`);
  const { canary } = state;
  if (nextShare(canary.share) !== to) {
    const next = nextShare(canary.share);
    throw refused("share_out_of_order", `${canary.model} was watched at ${percent(canary.share)}; ${next === null ? "there is no step after that" : `the next step is ${percent(next)}`}`);
  }
  if (canary.served === undefined) throw refused("identity_unknown", `the state of ${canary.model} does not say what build and files the gate judged, since an older version of qsc wrote it; roll back and activate it again`);
  if (!(await leaseRuns(world))) throw refused("canary_unwatched", "the canary was unmonitored since it became eligible, and it is taken back");
  requireStoppable(world, await world.services.state(world.unit));
  requireWindow(window, world.setting.policy, world.setting.policySource);
  await using source = await world.openSource();
  const engine = (await newestDecision(source, world.setting.policy))?.engine ?? null;
  if (engine?.canary?.model !== canary.model) throw refused("canary_not_served", `the engine does not say that it serves ${canary.model}`);
  return { ...canary, share: to, weights: canaryWeights(canary.baseline, canary.model, to), formerBoot: engine.bootId };
}

function refused(code: ErrorCode, detail: string): QscError {
  return new QscError(code, `Nothing is promoted: ${detail}.`);
}

async function perform(world: CanaryWorld, request: PromoteRequest, steps: Steps, canary: Canary): Promise<PromoteDocument> {
  const { durationMs, watchUnit, proofMs, signal } = request;
  try {
    const startedMs = await switchTo(world, { canary, event: "promote", rollbackCommand: rollbackCommand(world), proofMs, durationMs, watchUnit, signal }, steps);
    return documentOf(world, request, steps, { canary, cutover: iso(startedMs), reasons: [] });
  } catch (thrown) {
    const error = asQscError(thrown);
    const undone = await takeBack(world, { reason: `the promotion failed: ${error.message}`, code: error.code, proofMs }, steps);
    const open = noteUndo(world, steps, { what: "promotion", proven: `the baseline ${describeWeights(canary.baseline)} is proven` }, undone);
    return documentOf(world, request, steps, { canary, reasons: [reasonOf(error), ...open], warnings: undone.warnings });
  }
}

interface Outcome {
  readonly canary: Canary | null;
  readonly cutover?: string;
  readonly reasons: readonly Reason[];
  readonly warnings?: readonly string[];
}

function documentOf(world: CanaryWorld, { to }: PromoteRequest, steps: Steps, outcome: Outcome): PromoteDocument {
  const { canary, cutover = null, reasons, warnings = [] } = outcome;
  const { services, unit } = world;
  return sealed({
    kind: "promote" as const,
    ...headOf(world, { reasons, warnings }, steps),
    model: canary?.model ?? null,
    to,
    weights: { before: canary?.baseline ?? null, after: canary?.weights ?? null },
    dropIn: canary === null ? null : { path: services.dropInPath(unit, CANARY_DROP_IN), text: renderEnvironment(canaryEnvironment(canary)) },
    rollbackCommand: rollbackCommand(world),
    cutover,
  });
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
