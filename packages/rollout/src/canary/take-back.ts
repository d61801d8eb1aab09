import { asQscError, iso, QscError, sameWeights, type CanaryState, type WeightsByModel } from "@qsc/contract";
import { appendAudit } from "./audit-log.js";
import { CANARY_DROP_IN, CANARY_VARIABLES } from "./drop-in.js";
import { removeFile } from "./files.js";
import { deadMan, guardName, LEASE_SECONDS, renewLease } from "./lease.js";
import { NotServed, prove, type Proven } from "./prove.js";
import { restartUnit, type Restarted } from "./restart.js";
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
  /** Another command has the lock, and hangs. It may wake up: the dead-man stays until it has ended. */
  readonly takesOver?: boolean;
  /** Nothing was done to the engine yet: where it runs without a canary, it is left running. */
  readonly untouched?: boolean;
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

/** What is known before anything is taken back. */
interface Known {
  readonly state: CanaryState | null;
  readonly dropIn: boolean;
}

/** A process without a canary. */
interface Clean {
  readonly startedMs: number;
  readonly proven: Proven;
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
  try {
    await tolerate("The lease was not renewed", () => renewLease(world, LEASE_SECONDS));
    let isGuarded = state?.phase !== "promoted";
    if (!isGuarded) {
      await tolerate("The dead-man was not armed", async () => {
        await guardAgain(world);
        isGuarded = true;
      });
    }
    const remember = (cleanSince: string | null): Promise<void> => tolerate("The state was not written", async () => {
      // Where nothing guards it, a promoted canary stays one until it is gone.
      if (state === null || state.canary === null || !isGuarded) return;
      const { canary, watch } = state;
      await writeState(world, { phase: "rolling_back", canary, watch, reason: request.reason, cleanSince });
    });
    const known = { state, dropIn: await hasDropIn(world) };
    const left = await leftRunning(world, known, request, steps);
    if (left !== null) await remember(iso(left.startedMs));
    const { startedMs, proven } = left ?? (await restarted(world, known, { request, remember }, steps));
    const after = Object.fromEntries(proven.engine.weights);
    if (state?.phase === "promoted" && sameWeights(after, state.canary.weights)) {
      warnings.push(`Without the drop-in, too, ${world.unit} serves ${describeWeights(after)}: they are its own by now.`);
    }
    const nothingDone = left !== null && state?.phase === "baseline";
    if (!nothingDone) await tolerate("The log was not written", () => appendAudit(world, "rollback", { reason: request.reason, before, after }));
    await tolerate("The state was not written", () => forget(world));
    await removeFile(world.files, world.paths.lease);
    if (request.takesOver === true) {
      warnings.push(`Another command on ${world.unit} has not ended yet: the dead-man stays until it has.`);
      return { before, after, startedMs, failure: null, warnings };
    }
    // Last, because it ends the dead-man's own run, which may be this one.
    await steps.take("dead-man disarmed", async () => {
      await world.services.disarmGuard(guardName(world.unit));
      return "the baseline needs no guard";
    });
    return { before, after, startedMs, failure: null, warnings };
  } catch (thrown) {
    const failure = asQscError(thrown);
    await tolerate("The log was not written", () => appendAudit(world, "rollback_failed", { reason: request.reason, failure: failure.message }));
    return { before, after: null, startedMs: null, failure, warnings };
  }
}

/** A promoted canary has no dead-man, and needs one as soon as it is being taken back. Its lease held through reboots. */
async function guardAgain(world: CanaryWorld): Promise<void> {
  await renewLease(world, LEASE_SECONDS);
  await world.files.sync(world.paths.lease);
  await world.services.armGuard(deadMan(world));
}

/** The state of a unit without a canary. Where there is no room to write it, no state says the same. */
async function forget(world: CanaryWorld): Promise<void> {
  try {
    await writeState(world, { phase: "baseline", canary: null, watch: null });
  } catch (thrown) {
    await removeFile(world.files, world.paths.state);
    throw thrown;
  }
}

/** The process that runs, where it is known to be without a canary, and proves it; null where a new one has to. */
async function leftRunning(world: CanaryWorld, known: Known, request: TakeBackRequest, steps: Steps): Promise<Clean | null> {
  const startedMs = await cleanProcess(world, known, request);
  if (startedMs === null) return null;
  const weights = await baselinesOf(world, known);
  try {
    const proven = await steps.find("proof", () => prove(world, { weights, canary: null, served: null, formerBoots: [], mark: null }, request.proofMs));
    return { startedMs, proven };
  } catch (thrown) {
    if (thrown instanceof NotServed) return null;
    throw thrown;
  }
}

/** A new process, without the drop-in, and its proof. */
async function restarted(
  world: CanaryWorld,
  known: Known,
  { request, remember }: { readonly request: TakeBackRequest; readonly remember: (cleanSince: string | null) => Promise<void> },
  steps: Steps,
): Promise<Clean> {
  await remember(null);
  const { startedMs, mark } = await withoutDropIn(world, steps);
  await remember(iso(startedMs));
  const weights = await baselinesOf(world, known);
  const formerBoots = [request.boot ?? null, known.state?.canary?.formerBoot ?? null];
  const proven = await steps.find("proof", () => prove(world, { weights, canary: null, served: null, formerBoots, mark }, request.proofMs));
  return { startedMs, proven };
}

/** Start of the process that runs, where it has no canary: it was taken from it before, or there was none. Else null. */
async function cleanProcess({ services, unit }: CanaryWorld, { state, dropIn }: Known, { untouched = false }: TakeBackRequest): Promise<number | null> {
  const since = state?.phase === "rolling_back" ? state.cleanSince : null;
  const isKnown = untouched || since !== null || state?.phase === "baseline";
  if (!isKnown || dropIn) return null;
  const { active, startedUs, environment } = await services.state(unit);
  if (active !== "active" || startedUs === null || CANARY_VARIABLES.some((name) => environment.has(name))) return null;
  const startedMs = Math.floor(startedUs / 1000);
  return since === null || startedMs >= Date.parse(since) ? startedMs : null;
}

/** Whether there is a drop-in. One that cannot be read is one. */
async function hasDropIn({ services, unit }: CanaryWorld): Promise<boolean> {
  try {
    return (await services.readDropIn(unit, CANARY_DROP_IN)) !== null;
  } catch (thrown) {
    asQscError(thrown);
    return true;
  }
}

/** Removes the drop-in and starts a process without it. */
async function withoutDropIn(world: CanaryWorld, steps: Steps): Promise<Restarted> {
  const { services, unit } = world;
  await steps.take("drop-in removed", async () => {
    await services.removeDropIn(unit, CANARY_DROP_IN);
    return services.dropInPath(unit, CANARY_DROP_IN);
  });
  await steps.take("configuration reloaded", async () => {
    await services.reload();
    return services.label;
  });
  const restarted = await restartUnit(world, steps);
  await steps.take("environment", async () => {
    const { environment, dropIns } = await services.state(unit);
    const left = CANARY_VARIABLES.filter((name) => environment.has(name));
    if (left.length > 0) {
      throw new QscError("canary_not_proven", `${unit} still has ${left.join(", ")} in its environment, from ${dropIns.join(", ") || "its unit file"}; remove it there.`);
    }
    return "no QSC_CANARY_* in it";
  });
  return restarted;
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

/**
 * What has to be served again. After a promotion that may be the promoted weights, where they were made the engine's
 * own. None: whatever is served, where there was no canary.
 */
async function baselinesOf({ files, paths }: CanaryWorld, { state, dropIn }: Known): Promise<readonly WeightsByModel[]> {
  if (state?.phase === "promoted") return [state.canary.baseline, state.canary.weights];
  if (state !== null && state.canary !== null) return [state.canary.baseline];
  if (state !== null && !dropIn) return [];
  const text = await files.read(paths.baseline);
  return text === null ? [] : [savedWeights(text, paths.baseline)];
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
