import { asQscError, iso, QscError, type CanaryState, type WeightsByModel } from "@qsc/contract";
import { appendAudit } from "./audit-log.js";
import { CANARY_DROP_IN, CANARY_VARIABLES } from "./drop-in.js";
import { removeFile } from "./files.js";
import { guardName, LEASE_SECONDS, renewLease } from "./lease.js";
import { proveServing, type Expectation } from "./prove.js";
import { restartUnit } from "./restart.js";
import { newestDecision } from "./engine-now.js";
import { readState, writeState } from "./state-file.js";
import type { Steps } from "./steps.js";
import { describeWeights } from "./weights.js";
import type { CanaryWorld } from "./world.js";

export interface TakeBackRequest {
  readonly reason: string;
  /** Longest time for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  /** The process that serves the canary, where it is known already. */
  readonly boot?: string | null;
}

/** What came of taking a canary back. */
export interface TakenBack {
  readonly before: WeightsByModel | null;
  /** The weights that are proven to be served again; null where none are. */
  readonly after: WeightsByModel | null;
  /** Start of the new process, in milliseconds since 1970; null where none was started. */
  readonly startedMs: number | null;
  /** Why the baseline is not proven; null where it is. */
  readonly failure: QscError | null;
  readonly warnings: readonly string[];
}

/**
 * Takes the canary back, whatever was done of its activation: drop-in away, new process, proof by telemetry. Whoever
 * calls it has the lock, or takes over. Nothing that only remembers (state, log) stands in the way, so that a full
 * disk does not. What fails leaves the dead-man armed, who tries again. Never rejects.
 */
export async function takeBack(world: CanaryWorld, request: TakeBackRequest, steps: Steps): Promise<TakenBack> {
  const warnings: string[] = [];
  const tolerate = async (what: string, effect: () => Promise<void>): Promise<void> => {
    await effect().catch((thrown: unknown) => warnings.push(`${what}: ${asQscError(thrown).message}`));
  };
  const { state, detail } = await stateOrNot(world);
  if (detail !== null) warnings.push(detail);
  const before = state?.canary?.weights ?? null;
  let startedMs: number | null = null;
  try {
    await tolerate("The lease was not renewed", () => renewLease(world, LEASE_SECONDS));
    const remember = (cleanSince: string | null): Promise<void> => tolerate("The state was not written", async () => {
      if (state === null || state.canary === null) return;
      const { canary, watch } = state;
      await writeState(world, { phase: "rolling_back", canary, watch, reason: request.reason, cleanSince });
    });
    const clean = await cleanProcess(world, state);
    await remember(clean === null ? null : iso(clean));
    const formerBoot = clean === null ? (request.boot ?? (await bootNow(world))) : null;
    startedMs = clean ?? (await withoutDropIn(world, steps));
    await remember(iso(startedMs));
    const weights = await baselineOf(world, state);
    await steps.take("proof", async () => prove(world, { weights, canary: null, formerBoot, sinceMs: startedMs ?? 0 }, request.proofMs));
    await tolerate("The log was not written", () => appendAudit(world, "rollback", { reason: request.reason, before, after: weights }));
    await tolerate("The state was not written", () => writeState(world, { phase: "baseline", canary: null, watch: null }));
    // Last, because it ends the dead-man's own run, which may be this one.
    await steps.take("dead-man disarmed", async () => {
      await removeFile(world.files, world.paths.lease);
      await world.services.disarmGuard(guardName(world.unit));
      return "the baseline needs no guard";
    });
    return { before, after: weights, startedMs, failure: null, warnings };
  } catch (thrown) {
    const failure = asQscError(thrown);
    await tolerate("The log was not written", () => appendAudit(world, "rollback_failed", { reason: request.reason, failure: failure.message }));
    return { before, after: null, startedMs, failure, warnings };
  }
}

/**
 * Start of the process that runs, where it is known to be without a canary: an earlier attempt has taken it from it,
 * or there was none. Else null.
 */
async function cleanProcess({ services, unit }: CanaryWorld, state: CanaryState | null): Promise<number | null> {
  const since = state?.phase === "baseline" ? state.updatedAt : state?.phase === "rolling_back" ? state.cleanSince : null;
  if (state === null || since === null || (await services.readDropIn(unit, CANARY_DROP_IN)) !== null) return null;
  const { active, startedUs, environment } = await services.state(unit);
  if (active !== "active" || startedUs === null || CANARY_VARIABLES.some((name) => environment.has(name))) return null;
  const startedMs = Math.floor(startedUs / 1000);
  return state.phase === "baseline" || startedMs >= Date.parse(since) ? startedMs : null;
}

/** Removes the drop-in and starts a process without it; answers its start. */
async function withoutDropIn(world: CanaryWorld, steps: Steps): Promise<number> {
  const { services, unit } = world;
  await steps.take("drop-in removed", async () => {
    await services.removeDropIn(unit, CANARY_DROP_IN);
    return services.dropInPath(unit, CANARY_DROP_IN);
  });
  await steps.take("configuration reloaded", async () => {
    await services.reload();
    return services.label;
  });
  const startedMs = await restartUnit(world, steps);
  await steps.take("environment", async () => {
    const { environment, dropIns } = await services.state(unit);
    const left = CANARY_VARIABLES.filter((name) => environment.has(name));
    if (left.length > 0) {
      throw new QscError("canary_not_proven", `${unit} still has ${left.join(", ")} in its environment, from ${dropIns.join(", ") || "its unit file"}; remove it there.`);
    }
    return "no QSC_CANARY_* in it";
  });
  return startedMs;
}

/** @throws QscError `canary_not_proven` */
export async function prove(world: CanaryWorld, expected: Expectation, proofMs: number, signal?: AbortSignal): Promise<string> {
  const proof = await proveServing(world, expected, proofMs, signal);
  if (proof.kind !== "proven") throw new QscError("canary_not_proven", `${proof.detail}.`);
  return `process ${proof.engine.bootId} serves ${describeWeights(Object.fromEntries(proof.engine.weights))} (entry ${proof.id})`;
}

async function stateOrNot(world: CanaryWorld): Promise<{ readonly state: CanaryState | null; readonly detail: string | null }> {
  try {
    const read = await readState(world);
    if (read.kind === "state") return { state: read.state, detail: null };
    return { state: null, detail: read.kind === "broken" ? read.detail : null };
  } catch (thrown) {
    return { state: null, detail: asQscError(thrown).message };
  }
}

/** What has to be served again: a model that was promoted stays, as the engine's own. Null: whatever is, where there was no canary. */
async function baselineOf({ files, paths }: CanaryWorld, state: CanaryState | null): Promise<WeightsByModel | null> {
  if (state?.phase === "baseline") return null;
  if (state?.phase === "promoted") return state.canary.weights;
  if (state !== null) return state.canary.baseline;
  const text = await files.read(paths.baseline);
  return text === null ? null : savedWeights(text, paths.baseline);
}

function savedWeights(text: string, path: string): WeightsByModel {
  try {
    const { weights } = JSON.parse(text) as { weights: unknown };
    const entries = Object.entries(weights as Record<string, unknown>);
    if (entries.length > 0 && entries.every(([, weight]) => typeof weight === "number" && weight >= 0 && weight <= 1)) {
      return Object.fromEntries(entries) as WeightsByModel;
    }
  } catch (cause) {
    throw new QscError("canary_not_proven", `${path} cannot be read; compare what the engine serves now by hand.`, { cause });
  }
  throw new QscError("canary_not_proven", `${path} holds no weights; compare what the engine serves now by hand.`);
}

/** The process that serves now, by its telemetry; null where that cannot be told. */
async function bootNow(world: CanaryWorld): Promise<string | null> {
  try {
    await using source = await world.openSource();
    return (await newestDecision(source))?.engine?.bootId ?? null;
  } catch (thrown) {
    asQscError(thrown);
    return null;
  }
}
