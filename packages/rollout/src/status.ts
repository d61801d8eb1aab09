import {
  asQscError,
  describeDuration,
  idTime,
  iso,
  QscError,
  sameWeights,
  sealed,
  type AuditEntry,
  type AuditEvent,
  type Canary,
  type CanaryPhase,
  type CanaryState,
  type StatusDocument,
  type WeightsByModel,
} from "@qsc/contract";
import { limitOf } from "@qsc/violations";
import { anchorProblem } from "./operation/audit-anchor.js";
import { readAudit } from "./operation/audit-log.js";
import { incomplete, missingFrom } from "./operation/unlogged.js";
import { headOf, type Reason } from "./operation/document.js";
import { CANARY_DROP_IN } from "./canary/drop-in.js";
import { newestDecision, type NewestDecision } from "./operation/engine-now.js";
import { guardName, isReopened, leaseRuns } from "./canary/lease.js";
import { readState } from "./canary/state.js";
import { noteNotifications } from "./operation/notifications.js";
import { Steps } from "./operation/steps.js";
import { canaryVariables, describeVariables, requireCanaryEnvironment } from "./canary/unit-environment.js";
import { describeWeights } from "./operation/weights.js";
import type { OperationContext } from "./operation/context.js";
import { lastRollback, phaseSince, watchEndsAt } from "./status/history.js";

/** What could be observed. */
interface Observation {
  readonly state: CanaryState | null;
  readonly newest: NewestDecision | null;
}

/**
 * The status of a unit: what the state file says, and whether unit, drop-in, dead-man, log and telemetry agree with it.
 * Passes only if all of them do.
 */
export async function status(context: OperationContext): Promise<StatusDocument> {
  const steps = new Steps();
  const against: Reason[] = [];
  const look = async (name: string, question: () => Promise<string>): Promise<void> => {
    await steps.take(name, question).catch((thrown: unknown) => {
      const text = `${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
      against.push({ code: asQscError(thrown).code, text });
    });
  };
  // Before the log: a command that acts meanwhile writes the log first. A failure is reported below.
  const reading = readState(context);
  await reading.catch(() => null);
  const { entries, broken } = await readAudit(context.files, context.paths.audit);
  const reliable = broken === null ? entries : [];
  const { state, newest } = await see(context, reading, reliable, look);
  const { canary = null, watch = null } = state ?? {};
  const wanted = state !== null && canary !== null && state.phase !== "rolling_back" ? canary : null;
  await look("drop-in", () => dropIn(context, wanted !== null));
  await look("unit", () => unitOf(context, wanted));
  await look("dead-man", () => guard(context, state));
  await look("telemetry", () => telemetryOf(context, newest, wanted));
  if (broken !== null) against.push({ code: "audit_broken", text: `audit log: line ${broken.line}: ${broken.detail}` });
  else await look("audit log", () => Promise.resolve(logOf(context.paths.audit, entries, state)));
  await noteNotifications(context, steps);
  return sealed({
    kind: "status" as const,
    ...headOf(context, { reasons: against }, steps),
    phase: state?.phase ?? (against.length === 0 ? "baseline" : "unknown"),
    since: state === null ? null : phaseSince(state, reliable),
    endsAt: watchEndsAt(state),
    lastRollback: lastRollback([...reliable, ...missingFrom(reliable, state?.unlogged ?? [])]),
    model: canary?.model ?? null,
    share: canary?.share ?? null,
    weights: weightsOf(newest),
    watch,
    lastAudit: entries.at(-1) ?? null,
  });
}

function weightsOf(newest: NewestDecision | null): WeightsByModel | null {
  const engine = newest?.engine ?? null;
  return engine === null ? null : Object.fromEntries(engine.weights);
}

type Look = (name: string, question: () => Promise<string>) => Promise<void>;

async function see(
  context: OperationContext,
  reading: ReturnType<typeof readState>,
  entries: readonly AuditEntry[],
  look: Look,
): Promise<Observation> {
  let state: CanaryState | null = null;
  let newest: NewestDecision | null = null;
  await look("state", async () => {
    const read = await reading;
    if (read.kind === "broken") throw new QscError("state_broken", read.detail);
    state = read.kind === "state" ? read.state : null;
    if (state?.phase === "activating" || state?.phase === "rolling_back")
      throw new QscError(
        "operation_unfinished",
        `phase ${state.phase} since ${state.updatedAt}: the command has not finished`,
      );
    if (state === null) return `there is no ${context.paths.state}, so no canary is recorded here`;
    return `phase ${state.phase} since ${phaseSince(state, entries) ?? "an unknown time (the audit log does not say)"}`;
  });
  await look("source", async () => {
    await using source = await context.openSource();
    newest = await newestDecision(source, context.judgement.policy);
    return newest === null ? "it is empty" : `newest decision ${newest.id}`;
  });
  return { state, newest };
}

async function dropIn({ services, unit }: OperationContext, wanted: boolean): Promise<string> {
  const there = (await services.readDropIn(unit, CANARY_DROP_IN)) !== null;
  const path = services.dropInPath(unit, CANARY_DROP_IN);
  if (there !== wanted)
    throw new QscError(
      there ? "drop_in_left" : "drop_in_missing",
      `${path} ${there ? "exists, although there is no canary" : "is missing, although there is a canary"}`,
    );
  return there ? path : "none";
}

async function unitOf(context: OperationContext, canary: Canary | null): Promise<string> {
  const { services, unit } = context;
  const { active, load, startedUs } = await services.state(unit);
  if (active !== "active") throw new QscError("unit_not_active", `${unit} is ${load === "loaded" ? active : load}`);
  if (canary === null) {
    const left = await canaryVariables(context);
    if (left.length > 0) throw new QscError("variables_left", `${unit} has ${describeVariables(left)}`);
  } else {
    await requireCanaryEnvironment(context, canary);
  }
  return `active since ${startedUs === null ? "an unknown time" : iso(startedUs / 1000)}`;
}

async function guard(context: OperationContext, state: CanaryState | null): Promise<string> {
  const name = guardName(context.unit);
  const found = await context.services.guardState(name);
  const needed = state !== null && state.phase !== "baseline" && state.phase !== "promoted";
  if (typeof found === "object") throw new QscError("dead_man_broken", `${name} will not run: ${found.broken}`);
  if (needed && found === "absent")
    throw new QscError("dead_man_missing", `${name} is not armed, although there is a canary`);
  if (state?.phase === "promoted" && (await isReopened(context)))
    throw new QscError(
      "canary_unwatched",
      "a rollback of the promoted canary has begun, and has not ended: run qsc rollback",
    );
  if (!needed && found === "armed")
    throw new QscError("dead_man_left", `${name} is armed, although there is no canary`);
  if (needed && !(await leaseRuns(context)))
    throw new QscError("canary_unwatched", `the canary is unmonitored: ${name} will roll it back`);
  return needed ? `${name} is armed, and the lease has not run out` : "not needed";
}

/** The newest decision: it must come from the running process, be fresh, and have the weights of the state. */
async function telemetryOf(
  { services, unit, judgement }: OperationContext,
  newest: NewestDecision | null,
  wanted: Canary | null,
): Promise<string> {
  if (newest === null) throw new QscError("no_decision", "there is no decision");
  const ageMs = judgement.now() - idTime(newest.id);
  const age = describeDuration(Math.max(0, ageMs));
  const maxAgeMs = limitOf(judgement.policy, "telemetry_silence.maxAge");
  // Written so that an age that is not a number is refused, too.
  if (!(ageMs <= maxAgeMs))
    throw new QscError(
      "decision_stale",
      `the newest decision is ${age} old, but at most ${describeDuration(maxAgeMs)} is allowed: what the engine serves now is unknown`,
    );
  const { startedUs } = await services.state(unit);
  if (startedUs !== null && idTime(newest.id) < startedUs / 1000)
    throw new QscError(
      "decision_before_start",
      `the newest decision, ${age} old, is older than the running process: what that serves is unknown`,
    );
  const { engine } = newest;
  if (engine === null && wanted !== null)
    throw new QscError(
      "weights_not_reported",
      "contract version 1 does not report weights: whether the canary is served is unknown",
    );
  if (engine === null) return `newest decision ${age} ago; contract version 1 does not report its weights`;
  const reported = Object.fromEntries(engine.weights);
  const model = wanted?.model ?? null;
  if ((engine.canary?.model ?? null) !== model)
    throw new QscError(
      "canary_differs",
      `the engine names ${engine.canary?.model ?? "no model"} as its canary, not ${model ?? "none"}`,
    );
  if (wanted !== null && !sameWeights(reported, wanted.weights))
    throw new QscError(
      "weights_differ",
      `the engine serves ${describeWeights(reported)}, not ${describeWeights(wanted.weights)}`,
    );
  return `newest decision ${age} ago, weights ${describeWeights(reported)}`;
}

/** The possible newest entries about a canary, by phase: an entry is written before the state that mentions it. */
const LOGGED: Partial<Record<CanaryPhase, readonly AuditEvent[]>> = {
  canary: ["activate", "promote", "eligible", "promoted"],
  eligible: ["eligible"],
  promoted: ["promoted"],
};

/** Whether an entry names another canary than the state: a command that was stopped may have written it late. */
function isOfOther({ activation }: AuditEntry["details"], state: CanaryState | null): boolean {
  const own = state?.canary?.activation;
  return typeof activation === "string" && own !== undefined && activation !== own;
}

/** Whether the log matches the state, and ends with an entry that fits the phase. */
function logOf(path: string, entries: readonly AuditEntry[], state: CanaryState | null): string {
  const anchor = state?.audit ?? null;
  const problem = anchor === null ? null : anchorProblem(entries, anchor);
  if (problem !== null) throw new QscError("audit_differs", `${path} does not match the state: ${problem}`);
  const wanted = state === null ? undefined : LOGGED[state.phase];
  const last = entries.findLast(({ event, details }) => event !== "deploy" && !isOfOther(details, state));
  if (wanted !== undefined && (last === undefined || !wanted.includes(last.event))) {
    throw new QscError(
      "audit_end_differs",
      `${path} ends with ${last === undefined ? "nothing about a canary" : `'${last.event}'`}, although the state says ${state?.phase ?? ""}`,
    );
  }
  const lacks = incomplete(path, missingFrom(entries, state?.unlogged ?? []));
  if (lacks !== null) throw new QscError("audit_incomplete", lacks);
  return last === undefined ? "nothing about a canary" : `ends with '${last.event}'`;
}
