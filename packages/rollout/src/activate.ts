import { iso, sealed, type ActivateDocument, type Canary, type GateDocument } from "@qsc/contract";
import { judgedCanary } from "./activate/judged-canary.js";
import { requireBaseline } from "./activate/require-baseline.js";
import { requireGate } from "./activate/require-gate.js";
import { requireStart } from "./activate/require-start.js";
import { CANARY_DROP_IN, shownDropIn } from "./canary/drop-in.js";
import { withoutLastResort } from "./canary/guardian.js";
import { guardName } from "./canary/lease.js";
import type { NextWatch } from "./canary/next-watch.js";
import { saveWeights } from "./canary/saved-baseline.js";
import { readState, type ReadState } from "./canary/state.js";
import { isUntouched, NOBODY_WATCHES, shiftTraffic } from "./canary/shift-traffic.js";
import { undoShift } from "./canary/undo.js";
import { requireWindow, WATCH_WINDOW } from "./canary/window-size.js";
import { newProcessJudge } from "./watch/judge-since.js";
import { MOMENT_MS } from "./host/lock.js";
import type { OperationContext } from "./operation/context.js";
import { rollbackCommand } from "./operation/document.js";
import { noteNotifications } from "./operation/notifications.js";
import { runOperation, type Operation } from "./operation/run-operation.js";
import type { Steps } from "./operation/steps.js";
import { FREE_TURN, lockedTurn } from "./operation/turn.js";
import { describeWeights } from "./operation/weights.js";
import { activateRequest } from "./requests.js";

export interface ActivateRequest extends NextWatch {
  readonly model: string;
  /** Whether the engine runs the model as a shadow: it is judged by its answers without a vote. Default: false. */
  readonly shadow?: boolean;
  /**
   * Start of the unit's process, in milliseconds since 1970, so that all its decisions are judged. Up to a second early
   * if it was rounded down.
   */
  readonly cutoverMs: number;
  /** Only shows what would be done; changes nothing. */
  readonly dryRun: boolean;
}

/** What is found before anything is changed. */
interface Found {
  readonly gate: GateDocument;
  readonly canary: Canary;
  readonly before: ReadState;
}

/**
 * Gives a model 10 % of the vote. Runs the gate itself, in canary mode, on fresh telemetry: a report is no substitute.
 * The baseline is what the engine actually reports. If a step fails, the earlier ones are undone.
 * @throws QscError `canary_locked` if another command is acting
 */
export async function activate(context: OperationContext, request: ActivateRequest): Promise<ActivateDocument> {
  activateRequest(request, "request");
  return runOperation(context, activation(context, request), request.onStep);
}

function activation(context: OperationContext, request: ActivateRequest): Operation<Found, number, ActivateDocument> {
  const { model, dryRun, durationMs, watchUnit, proofMs, signal, window = WATCH_WINDOW } = request;
  return {
    turn: () => (dryRun ? Promise.resolve(FREE_TURN) : lockedTurn(context, MOMENT_MS)),
    signal,
    examine: (steps) => examine(context, request, steps),
    ...(dryRun && { plan: (_found, steps) => plan(context, request, steps) }),
    prepare: ({ canary }, steps) =>
      steps.take("baseline saved", async () => {
        await saveWeights(context, canary.baseline);
        return context.paths.baseline;
      }),
    perform: async ({ canary, before }, steps) => {
      const judged = newProcessJudge(context, { window, signal });
      const next = { proofMs, durationMs, watchUnit, signal };
      const shift = { canary, before, evidenceUntil: null, judged, event: "activate", ...next } as const;
      return { done: await shiftTraffic(context, { ...shift, rollbackCommand: rollbackCommand(context) }, steps) };
    },
    undo: ({ code, message }, { canary }, steps) =>
      undoShift(context, steps, {
        what: "activation",
        proven: "the baseline is proven",
        request: { reason: `the activation failed: ${message}`, code, proofMs, canary, untouched: isUntouched(steps) },
      }),
    document: (head, { found: { gate = null, canary = null }, done }) =>
      sealed({
        kind: "activate" as const,
        ...head,
        model,
        dryRun,
        weights: { before: canary?.baseline ?? null, after: canary?.weights ?? null },
        dropIn: canary === null ? null : shownDropIn(context, canary),
        rollbackCommand: rollbackCommand(context),
        cutover: done === null ? null : iso(done),
        gate,
      }),
  };
}

async function examine(
  context: OperationContext,
  { model, shadow = false, cutoverMs, durationMs, window = WATCH_WINDOW }: ActivateRequest,
  steps: Steps,
): Promise<Found> {
  const before = await readState(context);
  await steps.take("baseline", () => requireBaseline(context));
  await steps.take("cutover", async () => requireStart(context, cutoverMs));
  await using source = await context.openSource();
  const gate = await steps.find("gate", async () => {
    const found = await requireGate(context, source, { model, shadow, cutoverMs, watchMs: durationMs });
    return {
      said: `${shadow ? "shadow " : ""}${model} passes over ${found.counts.judged} events, digest ${found.digest.slice(0, 12)}`,
      found,
    };
  });
  const canary = await steps.find("weights", async () => {
    const found = await judgedCanary(context, { source, gate, model });
    return { said: `${describeWeights(found.baseline)} -> ${describeWeights(found.weights)}`, found };
  });
  const { policy, policySource } = context.judgement;
  await steps.take("window", () => Promise.resolve(requireWindow(window, policy, policySource)));
  const lack = withoutLastResort(context);
  if (lack !== null) steps.warn(lack);
  await noteNotifications(context, steps);
  return { gate, canary, before };
}

function plan({ services, unit, paths }: OperationContext, { watchUnit }: ActivateRequest, steps: Steps): void {
  steps.note("intent", "planned", paths.state);
  steps.note("dead-man armed", "planned", guardName(unit));
  steps.note("drop-in written", "planned", services.dropInPath(unit, CANARY_DROP_IN));
  steps.note("restart", "planned", unit);
  steps.note("watch started", "planned", watchUnit ?? NOBODY_WATCHES);
}
