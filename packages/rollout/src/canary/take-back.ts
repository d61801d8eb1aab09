import { asQscError, iso, QscError, sameWeights, type CanaryState, type ErrorCode, type WeightsByModel } from "@qsc/contract";
import type { UnitState } from "@qsc/systemd";
import { attemptOf, isRestartDue, servesCanary } from "./attempts.js";
import { appendAudit } from "./audit-log.js";
import { ANSWER_MS, ARM_MS, CLOSE_MS, DISARM_MS, DROP_IN_MS, FILE_MS, LONGEST_STOP_SECONDS } from "./bounds.js";
import { LEASE_SECONDS } from "./lease-seconds.js";
import { CANARY_DROP_IN } from "./drop-in.js";
import { removeFile } from "./files.js";
import { unlessInterrupted } from "./interrupted.js";
import { cleanLease, cutLease, deadMan, guardName, isLeaseEnded, olderGuard, renewLease } from "./lease.js";
import { NotServed, prove, type Proven, type Wanted } from "./prove.js";
import { restartUnit, type Restarted } from "./restart.js";
import { savedWeights, saveWeights } from "./saved-baseline.js";
import { readState, writeState } from "./state-file.js";
import type { Steps } from "./steps.js";
import { processVariables } from "./process-environment.js";
import { canaryVariables, describeVariables } from "./unit-environment.js";
import { whileItRuns } from "./unit-fate.js";
import { describeWeights } from "./weights.js";
import { within } from "./within.js";
import type { CanaryWorld } from "./world.js";

export interface TakeBackRequest {
  readonly reason: string;
  /** The code of what it is done for, for the audit log; missing where a person asks for it. */
  readonly code?: ErrorCode;
  /** Longest time for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  /** The process that serves the canary, where it is known already. */
  readonly boot?: string | null;
  /** Set where this one acts without the lock; null or missing where the lock is ours. */
  readonly takesOver?: TakeOver | null;
  /**
   * Ends it at once where nothing is half done: before the drop-in goes, and after the new process has started. The
   * dead-man goes on.
   */
  readonly signal?: AbortSignal;
  /** Nothing was done to the engine yet: where it runs without a canary, it is left running. */
  readonly untouched?: boolean;
  /** How often a baseline that cannot be proven restarts the engine: each time, or at growing intervals, for what comes by itself. */
  readonly restarts?: "always" | "growing";
}

/** Acting without the lock: another command has it, and hangs. It may wake up: the dead-man stays until it has ended. */
export interface TakeOver {
  /** Why the dead-man stays, as a sentence. */
  readonly why: string;
  /** Tries to take the lock after all; whether it is ours now. Never rejects. */
  readonly getsLock: () => Promise<boolean>;
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
  /** Whether a process that is clean, and proves something else than the baseline, is restarted. */
  readonly isDue: boolean;
  /** The unit as it was when it was first asked for. */
  readonly unitState: () => Promise<UnitState>;
}

/** A process without a canary. */
interface Clean {
  readonly startedMs: number;
  readonly proven: Proven;
}

/**
 * Takes the canary back, whatever was done of its activation: drop-in away, new process, proof by telemetry. The
 * caller has the lock, or takes over. Nothing that only remembers (state, log) stands in the way, so that a full
 * disk does not. No wait is without a bound (bounds.ts). What fails leaves the dead-man armed, who tries again. Never
 * rejects.
 */
export async function takeBack(world: CanaryWorld, request: TakeBackRequest, steps: Steps): Promise<TakenBack> {
  const warnings: string[] = [];
  const tolerate = async (what: string, effect: () => Promise<void>): Promise<void> => {
    await effect().catch((thrown: unknown) => warnings.push(`${what}: ${asQscError(thrown).message}`));
  };
  /** Waits only as long as the operator does: for what leaves nothing half done. */
  const ahead = <T>(running: Promise<T>): Promise<T> => request.signal === undefined ? running : unlessInterrupted(running, request.signal);
  const { state, detail } = await stateOrNot(world);
  if (detail !== null) warnings.push(detail);
  const before = state?.canary?.weights ?? null;
  const attempt = attemptOf(state);
  const isDue = request.restarts !== "growing" || isRestartDue(attempt);
  try {
    await ahead(Promise.resolve());
    let isGuarded = state?.phase !== "promoted";
    if (!isGuarded) {
      await tolerate("The dead-man was not armed", async () => {
        await within(ARM_MS, "Arming it", guardAgain(world));
        isGuarded = true;
      });
    }
    const remember = (cleanSince: string | null): Promise<void> => tolerate("The state was not written", async () => {
      // Where nothing guards it, a promoted canary stays one until it is gone.
      if (state === null || state.canary === null || !isGuarded) return;
      const { canary, watch } = state;
      const writing = writeState(world, { phase: "rolling_back", canary, watch, reason: request.reason, cleanSince, attempts: attempt });
      await within(FILE_MS, `Writing ${world.paths.state}`, writing);
    });
    const known = { state, dropIn: await ahead(hasDropIn(world)), isDue, unitState: askedOnce(world) };
    // Counted before anything may end this attempt.
    if (state?.phase === "rolling_back") await ahead(remember(state.cleanSince));
    const left = await ahead(leftRunning(world, known, request, steps));
    if (left !== null) await remember(iso(left.startedMs));
    else await ahead(requireTurn(world, known));
    const clean = (): Promise<void> => tolerate("The lease was not written", () => within(FILE_MS, `Writing ${world.paths.lease}`, cleanLease(world)));
    const { startedMs, proven } = left ?? (await restarted(world, known, { request, remember, clean, ahead }, steps));
    const after = Object.fromEntries(proven.engine.weights);
    if (state?.phase === "promoted" && sameWeights(after, state.canary.weights)) {
      await tolerate("The baseline was not written", () => within(FILE_MS, `Writing ${world.paths.baseline}`, saveWeights(world, after)));
      warnings.push(`Without the drop-in, too, ${world.unit} serves ${describeWeights(after)}: they are its own by now.`);
    }
    const nothingDone = left !== null && state?.phase === "baseline";
    if (!nothingDone) await tolerate("The log was not written", () => logged(world, "rollback", { ...causeOf(request), before, after }));
    await tolerate("The state was not written", () => within(FILE_MS, `Writing ${world.paths.state}`, forget(world)));
    await within(FILE_MS, `Removing ${world.paths.lease}`, removeFile(world.files, world.paths.lease));
    const { takesOver = null } = request;
    if (takesOver !== null && !(await takesOver.getsLock())) {
      warnings.push(takesOver.why);
      return { before, after, startedMs, failure: null, warnings };
    }
    await tolerate("The dead-man of an older version was not disarmed", async () => {
      const older = await within(FILE_MS, "Looking for it", olderGuard(world));
      if (older !== null) await within(DISARM_MS, "Disarming it", world.services.disarmGuard(older));
    });
    // Last, because it ends the dead-man's own run, which may be this one.
    await steps.take("dead-man disarmed", async () => {
      await within(DISARM_MS, "Disarming it", world.services.disarmGuard(guardName(world.unit)));
      return "the baseline needs no guard";
    });
    return { before, after, startedMs, failure: null, warnings };
  } catch (thrown) {
    const failure = asQscError(thrown);
    // The dead-man tries next, at its next look: an attempt that failed gives the canary no more time.
    await tolerate("The lease was not cut", () => within(FILE_MS, `Writing ${world.paths.lease}`, cutLease(world)));
    if (isDue) await tolerate("The log was not written", () => logged(world, "rollback_failed", { ...causeOf(request), failure: failure.message, failureCode: failure.code, attempt }));
    return { before, after: null, startedMs: null, failure, warnings };
  }
}

/** What it is done for, as the log has it. */
function causeOf({ reason, code }: TakeBackRequest): Readonly<Record<string, string>> {
  return { reason, ...(code !== undefined && { code }) };
}

async function logged(world: CanaryWorld, ...entry: [Parameters<typeof appendAudit>[1], Parameters<typeof appendAudit>[2]]): Promise<void> {
  await within(FILE_MS, `Writing ${world.paths.audit}`, appendAudit(world, ...entry));
}

/** A promoted canary has no dead-man, and needs one as soon as it is being taken back. Its lease held through reboots. */
async function guardAgain(world: CanaryWorld): Promise<void> {
  if (await isLeaseEnded(world)) await renewLease(world, LEASE_SECONDS);
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
    const proven = await steps.find("proof", () => proofOfBaseline(world, known, { weights, formerBoots: [], mark: null }, request));
    return { startedMs, proven };
  } catch (thrown) {
    if (thrown instanceof NotServed && (known.isDue || servesCanary(thrown, known.state))) return null;
    throw thrown;
  }
}

/**
 * What one restart without the drop-in has not cured is restarted at growing intervals. A process that may be of before it
 * is restarted at once.
 * @throws QscError why the baseline is not proven, where it is not this attempt's turn
 */
async function requireTurn(world: CanaryWorld, { state, dropIn, isDue, unitState }: Known): Promise<void> {
  const { unit } = world;
  const since = sinceOf({ state });
  if (isDue || dropIn || since === null) return;
  const { active, sub, startedUs } = await unitState();
  if (active === "active" && (startedUs === null || Math.floor(startedUs / 1000) < Date.parse(since))) return;
  await requireNoVariables(world);
  if (active !== "active") throw new QscError("service_failed", `${unit} is ${active} (${sub}); start it, or wait: it is started again at a later attempt.`);
}

/** @throws QscError `variables_left` where one of a canary's variables is left, or may be */
async function requireNoVariables(world: CanaryWorld): Promise<void> {
  const left = await canaryVariables(world);
  if (left.length > 0) throw new QscError("variables_left", `${world.unit} still has ${describeVariables(left)}; remove it there.`);
}

/** A new process, without the drop-in, and its proof. */
async function restarted(
  world: CanaryWorld,
  known: Known,
  { request, remember, clean, ahead }: {
    readonly request: TakeBackRequest;
    readonly remember: (cleanSince: string | null) => Promise<void>;
    readonly clean: () => Promise<void>;
    readonly ahead: <T>(running: Promise<T>) => Promise<T>;
  },
  steps: Steps,
): Promise<Clean> {
  await ahead(Promise.resolve());
  // A process that was started without the drop-in stays one, whatever comes of the next. The stop does not wait for the disk.
  const remembering = remember(known.dropIn ? null : sinceOf(known));
  const { startedMs, mark } = await withoutDropIn(world, steps, { remembering, ...request }).finally(() => remembering);
  await remember(iso(startedMs));
  await steps.take("environment", async () => {
    await requireNoVariables(world);
    return "no QSC_CANARY_* in it";
  });
  if (!(await mayHaveLeftovers(world, steps))) await clean();
  const weights = await ahead(baselinesOf(world, known));
  const formerBoots = [request.boot ?? null, known.state?.canary?.formerBoot ?? null];
  const proven = await steps.find("proof", () => proofOfBaseline(world, known, { weights, formerBoots, mark }, request));
  return { startedMs, proven };
}

/** The proof, which a process that does not stay ends; and no wait for a source that does not close. */
async function proof(world: CanaryWorld, wanted: Wanted, { proofMs, signal }: TakeBackRequest): ReturnType<typeof prove> {
  const fate = { restarts: "wait", ...(signal !== undefined && { signal }) } as const;
  const proving = whileItRuns(world, fate, (until) => prove(world, wanted, proofMs, until));
  return within(proofMs + CLOSE_MS, "The proof", proving);
}

/** The proof of what has to be served again. */
async function proofOfBaseline(world: CanaryWorld, known: Known, wanted: Pick<Wanted, "weights" | "formerBoots" | "mark">, request: TakeBackRequest): ReturnType<typeof prove> {
  try {
    return await proof(world, { canary: null, served: null, ...wanted }, request);
  } catch (thrown) {
    const isSaved = (known.state?.canary ?? null) === null && wanted.weights.length > 0;
    if (!isSaved || !(thrown instanceof NotServed) || thrown.engine === null || thrown.engine.canary !== null) throw thrown;
    throw new NotServed(`${thrown.message.replace(/\.$/, "")}; where they are the engine's own by now, move ${world.paths.baseline} away.`, thrown.engine);
  }
}

/** A question that is asked at its first use: the answer will do for one attempt. */
function askedOnce({ services, unit }: CanaryWorld): () => Promise<UnitState> {
  let answer: Promise<UnitState> | null = null;
  return () => (answer ??= services.state(unit));
}

/** Start of the process that runs, where it has no canary: it was taken from it before, or there was none. Else null. */
async function cleanProcess(world: CanaryWorld, { state, dropIn, unitState }: Known, { untouched = false }: TakeBackRequest): Promise<number | null> {
  const since = sinceOf({ state });
  const isKnown = untouched || since !== null || state?.phase === "baseline";
  // On a full disk a rollback leaves no state: the saved baseline, and the process's own telemetry, tell then.
  if (dropIn || !(isKnown || state === null)) return null;
  // What is not known in time is not clean: a rollback waits for one answer of systemd, not for each in its turn.
  const [{ active, startedUs, mainPid }, clean] = await Promise.all([unitState(), within(ANSWER_MS, "Reading the unit's environment", isClean(world)).catch(() => false)]);
  if (active !== "active" || startedUs === null || !clean) return null;
  // The unit's files may have been changed since the process read them.
  const own = await within(FILE_MS, "Reading the process's environment", processVariables(world, mainPid)).catch(() => []);
  if (own.length > 0) return null;
  if (!isKnown && (await baselinesOf(world, { state })).length === 0) return null;
  const startedMs = Math.floor(startedUs / 1000);
  return since === null || startedMs >= Date.parse(since) ? startedMs : null;
}

/** Start of the first process without the drop-in, where there was one. ISO 8601 UTC. */
function sinceOf({ state }: Pick<Known, "state">): string | null {
  return state?.phase === "rolling_back" ? state.cleanSince : null;
}

/** Whether none of a canary's variables is left. An environment that is unknown is not clean. */
async function isClean(world: CanaryWorld): Promise<boolean> {
  try {
    return (await canaryVariables(world)).length === 0;
  } catch (thrown) {
    asQscError(thrown);
    return false;
  }
}

/** Whether there is a drop-in. One that cannot be read is one. */
async function hasDropIn({ services, unit }: CanaryWorld): Promise<boolean> {
  try {
    return (await within(FILE_MS, "Reading the drop-in", services.readDropIn(unit, CANARY_DROP_IN))) !== null;
  } catch (thrown) {
    asQscError(thrown);
    return true;
  }
}

/** Whether processes of earlier starts may be left, which serve the canary. What was killed without an error is gone. */
async function mayHaveLeftovers({ services, unit }: CanaryWorld, { list }: Steps): Promise<boolean> {
  try {
    return (await services.leftovers(unit)).length > 0;
  } catch (thrown) {
    // Not thrown on: the proof asks again, and proves nothing where that cannot be told.
    asQscError(thrown);
    return list.some(({ name, outcome }) => name === "kill" && outcome === "failed");
  }
}

/**
 * Removes the drop-in, ends the process, and starts one without it. systemd stops a unit as it knows it, so that it reads its
 * files again once the canary's process is gone.
 */
async function withoutDropIn(
  world: CanaryWorld,
  steps: Steps,
  { remembering, signal }: { readonly remembering: Promise<void>; readonly signal?: AbortSignal },
): Promise<Restarted> {
  const { services, unit } = world;
  await steps.take("drop-in removed", async () => {
    await within(DROP_IN_MS, "Removing it", services.removeDropIn(unit, CANARY_DROP_IN));
    return services.dropInPath(unit, CANARY_DROP_IN);
  });
  const beforeStart = async (): Promise<void> => {
    await remembering;
    await steps.take("configuration reloaded", async () => {
      await services.reload();
      return services.label;
    });
  };
  return restartUnit(world, steps, { killAfterMs: LONGEST_STOP_SECONDS * 1000, beforeStart, ...(signal !== undefined && { signal }) });
}

async function stateOrNot(world: CanaryWorld): Promise<{ readonly state: CanaryState | null; readonly detail: string | null }> {
  try {
    const read = await within(FILE_MS, `Reading ${world.paths.state}`, readState(world));
    if (read.kind === "state") return { state: read.state, detail: null };
    return { state: null, detail: read.kind === "broken" ? read.detail : null };
  } catch (thrown) {
    return { state: null, detail: asQscError(thrown).message };
  }
}

/**
 * What has to be served again. After a promotion that may be the promoted weights, where they were made the engine's
 * own. Without a canary, what the last one was to be taken back to. None: whatever is served, where no baseline was ever saved.
 */
async function baselinesOf({ files, paths }: CanaryWorld, { state }: Pick<Known, "state">): Promise<readonly WeightsByModel[]> {
  if (state?.phase === "promoted") return [state.canary.baseline, state.canary.weights];
  if (state !== null && state.canary !== null) return [state.canary.baseline];
  const text = await within(FILE_MS, `Reading ${paths.baseline}`, files.read(paths.baseline));
  return text === null ? [] : [savedWeights(text, paths.baseline)];
}
