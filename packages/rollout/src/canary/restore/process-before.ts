import { asQscError, QscError } from "@qsc/contract";
import type { UnitState } from "@qsc/systemd";
import { within } from "../../host/within.js";
import { ANSWER_MS, FILE_MS } from "../../operation/bounds.js";
import type { OperationContext } from "../../operation/context.js";
import type { Proven } from "../../operation/proof-reading.js";
import { NotServed } from "../../operation/prove.js";
import { servesCanary } from "../attempts.js";
import { CANARY_DROP_IN } from "../drop-in.js";
import { processVariables } from "../process-environment.js";
import { canaryVariables, describeVariables } from "../unit-environment.js";
import type { Attempt } from "./attempt.js";
import { baselinesOf, proveBaseline } from "./proof.js";

/** The engine as it was when an attempt began. */
export interface EngineBefore {
  readonly dropIn: boolean;
  /** The unit as it was at the first call. */
  readonly unitState: () => Promise<UnitState>;
}

/** A process without a canary. */
export interface CleanProcess {
  readonly startedMs: number;
  readonly proven: Proven;
}

/** Looks at the engine before anything is undone. Never rejects. */
export async function engineBefore(context: OperationContext): Promise<EngineBefore> {
  return { dropIn: await hasDropIn(context), unitState: askedOnce(context) };
}

/** The running process, if it is known to have no canary, and proves it; null if a new one is needed. */
export async function leftRunning(attempt: Attempt, before: EngineBefore): Promise<CleanProcess | null> {
  const startedMs = await cleanProcess(attempt, before);
  if (startedMs === null) return null;
  const weights = await baselinesOf(attempt);
  try {
    const proven = await attempt.steps.find("proof", () =>
      proveBaseline(attempt, { weights, formerBoots: [], mark: null }),
    );
    return { startedMs, proven };
  } catch (thrown) {
    if (thrown instanceof NotServed && (attempt.isDue || servesCanary(thrown, attempt.state))) return null;
    throw thrown;
  }
}

/**
 * If one restart without the drop-in did not help, further ones come at growing intervals. A process that may be older
 * than that restart is restarted at once.
 * @throws QscError why the baseline is not proven, if this attempt may not restart
 */
export async function requireTurn(
  { context, isDue, cleanSince: since }: Attempt,
  { dropIn, unitState }: EngineBefore,
): Promise<void> {
  const { unit } = context;
  if (isDue || dropIn || since === null) return;
  const { active, sub, startedUs } = await unitState();
  if (active === "active" && (startedUs === null || Math.floor(startedUs / 1000) < Date.parse(since))) return;
  await requireNoVariables(context);
  if (active !== "active")
    throw new QscError(
      "service_failed",
      `${unit} is ${active} (${sub}); start it, or wait: a later attempt starts it again.`,
    );
}

/** @throws QscError `variables_left` if one of a canary's variables is left; `variable_unknown` if one may be */
export async function requireNoVariables(context: OperationContext): Promise<void> {
  const left = await canaryVariables(context);
  if (left.length > 0)
    throw new QscError("variables_left", `${context.unit} still has ${describeVariables(left)}; remove it there.`);
}

/**
 * The same check before a start, which would make the canary serve again. An unknown environment does not prevent the
 * start: it is checked again afterwards, and then proves nothing.
 * @throws QscError `variables_left` if one is known to be left
 */
export async function requireNoKnownVariables(context: OperationContext): Promise<void> {
  try {
    await requireNoVariables(context);
  } catch (thrown) {
    const { code, message } = asQscError(thrown);
    if (code !== "variables_left") return;
    throw new QscError(code, `${message} Until then ${context.unit} stays stopped.`);
  }
}

/**
 * Start of the running process, if it has no canary: because it was rolled back before, or there was none. Otherwise
 * null.
 */
async function cleanProcess(attempt: Attempt, { dropIn, unitState }: EngineBefore): Promise<number | null> {
  const { context, state, cleanSince: since } = attempt;
  const { untouched = false } = attempt.request;
  const isKnown = untouched || since !== null || state?.phase === "baseline" || attempt.isNoted;
  // On a full disk a rollback leaves no state: then the saved baseline and the process's own telemetry decide.
  if (dropIn || !(isKnown || state === null)) return null;
  // What is not known in time counts as not clean: a rollback waits for one answer of systemd, not for several in turn.
  const [{ active, startedUs, mainPid }, clean] = await Promise.all([
    unitState(),
    within(ANSWER_MS, "Reading the unit's environment", isClean(context)).catch(() => false),
  ]);
  if (active !== "active" || startedUs === null || !clean) return null;
  // The unit's files may have changed since the process read them.
  const own = await within(FILE_MS, "Reading the process's environment", processVariables(context, mainPid)).catch(
    () => [],
  );
  if (own.length > 0) return null;
  if (!isKnown && (await baselinesOf(attempt)).length === 0) return null;
  const startedMs = Math.floor(startedUs / 1000);
  return since === null || startedMs >= Date.parse(since) ? startedMs : null;
}

/** Whether none of a canary's variables is left. An unknown environment is not clean. */
async function isClean(context: OperationContext): Promise<boolean> {
  try {
    return (await canaryVariables(context)).length === 0;
  } catch (thrown) {
    asQscError(thrown);
    return false;
  }
}

/** Whether there is a drop-in. One that cannot be read counts. */
async function hasDropIn({ services, unit }: OperationContext): Promise<boolean> {
  try {
    return (await within(FILE_MS, "Reading the drop-in", services.readDropIn(unit, CANARY_DROP_IN))) !== null;
  } catch (thrown) {
    asQscError(thrown);
    return true;
  }
}

/** Asks for the unit's state at the first call, and keeps the answer for the attempt. */
function askedOnce({ services, unit }: OperationContext): () => Promise<UnitState> {
  let answer: Promise<UnitState> | null = null;
  return () => (answer ??= services.state(unit));
}
