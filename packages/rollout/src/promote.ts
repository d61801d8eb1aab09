import {
  asQscError,
  digestOf,
  iso,
  QscError,
  sealed,
  type Canary,
  type CanaryShare,
  type EntryId,
  type ErrorCode,
  type Policy,
  type PromoteDocument,
  type WatchEvidence,
} from "@qsc/contract";
import { rollbackCommand } from "./operation/document.js";
import { runOperation, type Operation } from "./operation/run-operation.js";
import { lockedTurn } from "./operation/turn.js";
import { shownDropIn } from "./canary/drop-in.js";
import type { NextWatch } from "./canary/next-watch.js";
import { leaseRuns } from "./canary/lease.js";
import { MOMENT_MS } from "./host/lock.js";
import { readState, type ReadState } from "./canary/state.js";
import { requireStoppable } from "./canary/stop-bound.js";
import { nextShare, shiftTraffic } from "./canary/shift-traffic.js";
import { undoShift } from "./canary/undo.js";
import { canaryWeights, describeWeights } from "./operation/weights.js";
import type { OperationContext } from "./operation/context.js";
import { newestDecision } from "./operation/engine-now.js";
import { promoteRequest } from "./requests.js";
import { requireWindow, WATCH_WINDOW } from "./canary/window-size.js";
import { newProcessJudge, judgeSince } from "./watch/judge-since.js";
import { evidenceOf } from "./watch/kept-evidence.js";
import type { Watched } from "./watch/reducer.js";

export interface PromoteRequest extends NextWatch {
  readonly to: Exclude<CanaryShare, 0.1>;
}

/**
 * Gives a canary that was watched to the end its next share: 50 % after 10 %, 100 % after 50 %. Only a person ever
 * calls this. Each share is watched again; a failed step rolls the canary back completely.
 * @throws QscError `canary_locked` if another command is acting
 */
export async function promote(context: OperationContext, request: PromoteRequest): Promise<PromoteDocument> {
  promoteRequest(request, "request");
  return runOperation(context, promotion(context, request), request.onStep);
}

/** What is found before anything is changed. */
interface Found {
  readonly canary: Canary;
  /** The canary as it was watched. */
  readonly watched: Watched;
  readonly before: ReadState;
}

function promotion(context: OperationContext, request: PromoteRequest): Operation<Found, number, PromoteDocument> {
  const { to, durationMs, watchUnit, proofMs, signal, window = WATCH_WINDOW } = request;
  return {
    turn: () => lockedTurn(context, MOMENT_MS),
    signal,
    examine: (steps) =>
      steps.find("eligible", async () => {
        const found = await promoted(context, request);
        const { events } = await judgeSince(context, found.watched, { window, until: null, signal }).catch(untouched);
        const said = `${found.canary.model} was watched to the end at the share before ${percent(to)}; ${events} decisions since then violate nothing`;
        return { said, found };
      }),
    perform: async ({ canary, watched, before }, steps) => {
      // All shares are watched with one budget of false alarms: what speaks against the canary by now is not forgotten,
      // and the next watch may not start over.
      const evidenceUntil = (first: EntryId): Promise<WatchEvidence> =>
        steps.find("watch completed", async () => {
          const { events, evidence } = await judgeSince(context, watched, { window, until: first, signal });
          return { said: `${events} decisions since its last judgement violate nothing`, found: evidence };
        });
      const judged = newProcessJudge(context, { window, signal });
      const shift = {
        canary,
        before,
        evidenceUntil,
        judged,
        event: "promote",
        proofMs,
        durationMs,
        watchUnit,
        signal,
      } as const;
      return { done: await shiftTraffic(context, { ...shift, rollbackCommand: rollbackCommand(context) }, steps) };
    },
    undo: ({ code, message }, { canary }, steps) =>
      undoShift(context, steps, {
        what: "promotion",
        proven: `the baseline ${describeWeights(canary.baseline)} is proven`,
        request: { reason: `the promotion failed: ${message}`, code, proofMs, canary },
      }),
    document: (head, { found: { canary = null }, done }) =>
      sealed({
        kind: "promote" as const,
        ...head,
        model: canary?.model ?? null,
        to,
        weights: { before: canary?.baseline ?? null, after: canary?.weights ?? null },
        dropIn: canary === null ? null : shownDropIn(context, canary),
        rollbackCommand: rollbackCommand(context),
        cutover: done === null ? null : iso(done),
      }),
  };
}

/**
 * The canary with its next share. @throws QscError, a refusal, unless a watch at the previous share has just ended
 * eligible, with evidence that the next one can continue
 */
async function promoted(context: OperationContext, { to, window = WATCH_WINDOW }: PromoteRequest): Promise<Found> {
  const read = await readState(context);
  if (read.kind !== "state")
    throw read.kind === "broken"
      ? refused("state_broken", read.detail)
      : refused("no_canary", `${context.unit} has no canary`);
  const { state } = read;
  if (state.phase !== "eligible")
    throw refused("not_eligible", `the canary of ${context.unit} is in the phase ${state.phase}, not eligible`);
  const { canary, evidence } = state;
  if (nextShare(canary.share) !== to) {
    const next = nextShare(canary.share);
    throw refused(
      "share_out_of_order",
      `${canary.model} was watched at ${percent(canary.share)}; ${next === null ? "there is no larger share" : `the next share is ${percent(next)}`}`,
    );
  }
  if (canary.served === undefined)
    throw refused(
      "identity_unknown",
      `the state of ${canary.model} does not say which build and files the gate judged, because an older version of qsc wrote it; roll back and activate the model again`,
    );
  const { policy, policySource } = context.judgement;
  if (digestOf(policy) !== canary.policyHash)
    throw refused(
      "policy_changed",
      `the policy ${policySource} is not the one that ${canary.model} was activated with and watched by; name that one`,
    );
  if (!(await leaseRuns(context)))
    throw refused("canary_unwatched", "the canary was unmonitored since it became eligible, and is being rolled back");
  requireStoppable(context, await context.services.state(context.unit));
  requireWindow(window, policy, policySource);
  requireEvidence(policy, canary, evidence);
  await using source = await context.openSource();
  const engine = (await newestDecision(source, policy))?.engine ?? null;
  if (engine?.canary?.model !== canary.model)
    throw refused("canary_not_served", `the engine does not report ${canary.model} as its canary`);
  const weights = canaryWeights(canary.baseline, canary.model, to);
  return { canary: { ...canary, share: to, weights, formerBoot: engine.bootId }, watched: state, before: read };
}

/** @throws QscError `evidence_unusable` if a watch could not continue it: one that starts over would have a new budget */
function requireEvidence(policy: Policy, canary: Canary, evidence: WatchEvidence | null): void {
  if (evidence === null)
    throw refused(
      "evidence_unusable",
      `the state does not hold what the watch of ${canary.model} has gathered; roll back and activate the model again`,
    );
  evidenceOf(policy, canary, evidence);
}

function refused(code: ErrorCode, detail: string): QscError {
  return new QscError(code, `Nothing is promoted: ${detail}.`);
}

/** Says of an error before anything was changed that the canary is as it was, and still has its share. */
function untouched(thrown: unknown): never {
  const { code, message } = asQscError(thrown);
  const advice = code === "canary_violated" ? " Roll it back: qsc rollback." : "";
  throw new QscError(code, `Nothing is promoted: ${message}${advice}`, { cause: thrown });
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
