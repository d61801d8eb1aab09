import { describeDuration, idTime, iso, QscError, sameWeights, sealed, type CanaryState, type StatusDocument, type WeightsByModel } from "@qsc/contract";
import { readAudit } from "./canary/audit-log.js";
import { headOf } from "./canary/document.js";
import { CANARY_DROP_IN, CANARY_VARIABLES } from "./canary/drop-in.js";
import { newestDecision, type NewestDecision } from "./canary/engine-now.js";
import { guardName, leaseRuns } from "./canary/lease.js";
import { readState } from "./canary/state-file.js";
import { Steps } from "./canary/steps.js";
import { describeWeights } from "./canary/weights.js";
import type { CanaryWorld } from "./canary/world.js";

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
  const against: string[] = [];
  const look = async (name: string, question: () => Promise<string>): Promise<void> => {
    await steps.take(name, question).catch((thrown: unknown) => against.push(`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`));
  };
  const { state, newest } = await see(world, look);
  const { canary = null, watch = null } = state ?? {};
  const wanted = state !== null && canary !== null && state.phase !== "rolling_back" ? canary : null;
  await look("drop-in", () => dropIn(world, wanted !== null));
  await look("unit", () => unitOf(world, wanted !== null));
  await look("dead-man", () => guard(world, state));
  await look("telemetry", () => Promise.resolve(telemetryOf(newest, wanted?.weights ?? null, wanted?.model ?? null, world.setting.now())));
  const { entries, broken } = await readAudit(world.files, world.paths.audit);
  if (broken !== null) against.push(`audit log: line ${broken.line}: ${broken.detail}`);
  return sealed({
    kind: "status" as const,
    ...headOf(world, { reasons: against }, steps),
    phase: state?.phase ?? (against.length === 0 ? "baseline" : "unknown"),
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

async function see(world: CanaryWorld, look: Look): Promise<Sight> {
  let state: CanaryState | null = null;
  let newest: NewestDecision | null = null;
  await look("state", async () => {
    const read = await readState(world);
    if (read.kind === "broken") throw new QscError("canary_not_proven", read.detail);
    state = read.kind === "state" ? read.state : null;
    if (state?.phase === "activating" || state?.phase === "rolling_back") throw new QscError("canary_not_proven", `phase ${state.phase} since ${state.updatedAt}: it is not at its end`);
    return state === null ? "there never was a canary" : `phase ${state.phase} since ${state.updatedAt}`;
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
  if (there !== wanted) throw new QscError("canary_not_proven", `${path} is ${there ? "there, although no canary is" : "missing, although there is a canary"}`);
  return there ? path : "none";
}

async function unitOf({ services, unit }: CanaryWorld, wanted: boolean): Promise<string> {
  const { active, load, startedUs, environment } = await services.state(unit);
  if (active !== "active") throw new QscError("canary_not_proven", `${unit} is ${load === "loaded" ? active : load}`);
  const has = CANARY_VARIABLES.every((name) => environment.has(name));
  if (has !== wanted) throw new QscError("canary_not_proven", `${unit} has ${has ? "" : "no "}QSC_CANARY_* in its environment`);
  return `active since ${startedUs === null ? "an unknown time" : iso(startedUs / 1000)}`;
}

async function guard(world: CanaryWorld, state: CanaryState | null): Promise<string> {
  const name = guardName(world.unit);
  const found = await world.services.guardState(name);
  const needed = state !== null && state.phase !== "baseline" && state.phase !== "promoted";
  if (typeof found === "object") throw new QscError("canary_not_proven", `${name} will not run: ${found.broken}`);
  if (needed && found === "absent") throw new QscError("canary_not_proven", `${name} is not armed, although there is a canary`);
  if (!needed && found === "armed") throw new QscError("canary_not_proven", `${name} is armed, although there is no canary`);
  if (needed && !(await leaseRuns(world))) throw new QscError("canary_not_proven", `nobody watches the canary any more: ${name} takes it back`);
  return needed ? `${name} is armed, and the lease runs` : "not needed";
}

function telemetryOf(newest: NewestDecision | null, weights: WeightsByModel | null, model: string | null, nowMs: number): string {
  if (newest === null) throw new QscError("canary_not_proven", "there is no decision");
  const age = describeDuration(Math.max(0, nowMs - idTime(newest.id)));
  const { engine } = newest;
  if (engine === null) return `newest decision ${age} ago; version 1 does not say what weights it was made with`;
  const reported = Object.fromEntries(engine.weights);
  if ((engine.canary?.model ?? null) !== model) throw new QscError("canary_not_proven", `the engine calls ${engine.canary?.model ?? "no model"} its canary, not ${model ?? "none"}`);
  if (weights !== null && !sameWeights(reported, weights)) throw new QscError("canary_not_proven", `the engine serves ${describeWeights(reported)}, not ${describeWeights(weights)}`);
  return `newest decision ${age} ago, weights ${describeWeights(reported)}`;
}
