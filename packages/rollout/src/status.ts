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
import { anchorProblem } from "./canary/audit-anchor.js";
import { readAudit } from "./canary/audit-log.js";
import { headOf, type Reason } from "./canary/document.js";
import { CANARY_DROP_IN } from "./canary/drop-in.js";
import { newestDecision, type NewestDecision } from "./canary/engine-now.js";
import { guardName, leaseRuns } from "./canary/lease.js";
import { readState } from "./canary/state-file.js";
import { Steps } from "./canary/steps.js";
import { canaryVariables, describeVariables, requireCanaryEnvironment } from "./canary/unit-environment.js";
import { describeWeights } from "./canary/weights.js";
import type { CanaryWorld } from "./canary/world.js";
import { lastRollback, phaseSince, watchEndsAt } from "./status/history.js";

/** What is looked at, each as far as it can be. */
interface Sight {
  readonly state: CanaryState | null;
  readonly newest: NewestDecision | null;
}

/**
 * How a unit stands: what the state file says, and whether unit, drop-in, dead-man, log and telemetry agree with it.
 * Passes only where all of them do.
 */
export async function status(world: CanaryWorld): Promise<StatusDocument> {
  const steps = new Steps();
  const against: Reason[] = [];
  const look = async (name: string, question: () => Promise<string>): Promise<void> => {
    await steps.take(name, question).catch((thrown: unknown) => {
      const text = `${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
      against.push({ code: asQscError(thrown).code, text });
    });
  };
  const { entries, broken } = await readAudit(world.files, world.paths.audit);
  const reliable = broken === null ? entries : [];
  const { state, newest } = await see(world, reliable, look);
  const { canary = null, watch = null } = state ?? {};
  const wanted = state !== null && canary !== null && state.phase !== "rolling_back" ? canary : null;
  await look("drop-in", () => dropIn(world, wanted !== null));
  await look("unit", () => unitOf(world, wanted));
  await look("dead-man", () => guard(world, state));
  await look("telemetry", () => telemetryOf(world, newest, wanted));
  if (broken !== null) against.push({ code: "audit_broken", text: `audit log: line ${broken.line}: ${broken.detail}` });
  else await look("audit log", () => Promise.resolve(logOf(world.paths.audit, entries, state)));
  return sealed({
    kind: "status" as const,
    ...headOf(world, { reasons: against }, steps),
    phase: state?.phase ?? (against.length === 0 ? "baseline" : "unknown"),
    since: state === null ? null : phaseSince(state, reliable),
    endsAt: watchEndsAt(state),
    lastRollback: lastRollback(reliable),
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

async function see(world: CanaryWorld, entries: readonly AuditEntry[], look: Look): Promise<Sight> {
  let state: CanaryState | null = null;
  let newest: NewestDecision | null = null;
  await look("state", async () => {
    const read = await readState(world);
    if (read.kind === "broken") throw new QscError("state_broken", read.detail);
    state = read.kind === "state" ? read.state : null;
    if (state?.phase === "activating" || state?.phase === "rolling_back") throw new QscError("operation_unfinished", `phase ${state.phase} since ${state.updatedAt}: it is not at its end`);
    if (state === null) return `there is no ${world.paths.state}, so no canary is known here`;
    return `phase ${state.phase} since ${phaseSince(state, entries) ?? "a time that the audit log does not tell"}`;
  });
  await look("source", async () => {
    await using source = await world.openSource();
    newest = await newestDecision(source, world.setting.policy);
    return newest === null ? "it is empty" : `newest decision ${newest.id}`;
  });
  return { state, newest };
}

async function dropIn({ services, unit }: CanaryWorld, wanted: boolean): Promise<string> {
  const there = (await services.readDropIn(unit, CANARY_DROP_IN)) !== null;
  const path = services.dropInPath(unit, CANARY_DROP_IN);
  if (there !== wanted) throw new QscError(there ? "drop_in_left" : "drop_in_missing", `${path} is ${there ? "there, although no canary is" : "missing, although there is a canary"}`);
  return there ? path : "none";
}

async function unitOf(world: CanaryWorld, canary: Canary | null): Promise<string> {
  const { services, unit } = world;
  const { active, load, startedUs } = await services.state(unit);
  if (active !== "active") throw new QscError("unit_not_active", `${unit} is ${load === "loaded" ? active : load}`);
  if (canary === null) {
    const left = await canaryVariables(world);
    if (left.length > 0) throw new QscError("variables_left", `${unit} has ${describeVariables(left)}`);
  } else {
    await requireCanaryEnvironment(world, canary);
  }
  return `active since ${startedUs === null ? "an unknown time" : iso(startedUs / 1000)}`;
}

async function guard(world: CanaryWorld, state: CanaryState | null): Promise<string> {
  const name = guardName(world.unit);
  const found = await world.services.guardState(name);
  const needed = state !== null && state.phase !== "baseline" && state.phase !== "promoted";
  if (typeof found === "object") throw new QscError("dead_man_broken", `${name} will not run: ${found.broken}`);
  if (needed && found === "absent") throw new QscError("dead_man_missing", `${name} is not armed, although there is a canary`);
  if (!needed && found === "armed") throw new QscError("dead_man_left", `${name} is armed, although there is no canary`);
  if (needed && !(await leaseRuns(world))) throw new QscError("canary_unwatched", `the canary is unmonitored: ${name} takes it back`);
  return needed ? `${name} is armed, and the lease runs` : "not needed";
}

/** The newest decision: one of the process that runs, fresh, and with the weights that the state tells of. */
async function telemetryOf({ services, unit, setting }: CanaryWorld, newest: NewestDecision | null, wanted: Canary | null): Promise<string> {
  if (newest === null) throw new QscError("no_decision", "there is no decision");
  const ageMs = setting.now() - idTime(newest.id);
  const age = describeDuration(Math.max(0, ageMs));
  const maxAgeMs = limitOf(setting.policy, "telemetry_silence.maxAge");
  // Written so that an age that is not a number is refused, too.
  if (!(ageMs <= maxAgeMs)) throw new QscError("decision_stale", `the newest decision is ${age} old, above ${describeDuration(maxAgeMs)}: what the engine serves now is unknown`);
  const { startedUs } = await services.state(unit);
  if (startedUs !== null && idTime(newest.id) < startedUs / 1000) throw new QscError("decision_before_start", `the newest decision, ${age} old, is from before the start of the process that runs: what that serves is unknown`);
  const { engine } = newest;
  if (engine === null && wanted !== null) throw new QscError("weights_not_reported", "version 1 does not say what weights a decision was made with: that the canary is served is unknown");
  if (engine === null) return `newest decision ${age} ago; version 1 does not say what weights it was made with`;
  const reported = Object.fromEntries(engine.weights);
  const model = wanted?.model ?? null;
  if ((engine.canary?.model ?? null) !== model) throw new QscError("canary_differs", `the engine calls ${engine.canary?.model ?? "no model"} its canary, not ${model ?? "none"}`);
  if (wanted !== null && !sameWeights(reported, wanted.weights)) throw new QscError("weights_differ", `the engine serves ${describeWeights(reported)}, not ${describeWeights(wanted.weights)}`);
  return `newest decision ${age} ago, weights ${describeWeights(reported)}`;
}

/** What the newest entry about a canary may be, by the phase: an entry comes before the state that tells of it. */
const LOGGED: Partial<Record<CanaryPhase, readonly AuditEvent[]>> = {
  canary: ["activate", "promote", "eligible", "promoted"],
  eligible: ["eligible"],
  promoted: ["promoted"],
};

/** Whether the log is the one that the state tells of, and ends as the phase has it. */
function logOf(path: string, entries: readonly AuditEntry[], state: CanaryState | null): string {
  const anchor = state?.audit ?? null;
  const problem = anchor === null ? null : anchorProblem(entries, anchor);
  if (problem !== null) throw new QscError("audit_differs", `${path} is not the log that the state tells of: ${problem}`);
  const wanted = state === null ? undefined : LOGGED[state.phase];
  const last = entries.findLast(({ event }) => event !== "deploy");
  if (wanted !== undefined && (last === undefined || !wanted.includes(last.event))) {
    throw new QscError("audit_end_differs", `${path} ends with ${last === undefined ? "nothing about a canary" : `'${last.event}'`}, although the state says ${state?.phase ?? ""}`);
  }
  return last === undefined ? "nothing about a canary in it" : `ends with '${last.event}'`;
}
