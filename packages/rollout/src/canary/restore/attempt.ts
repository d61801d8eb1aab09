import { asQscError, type Canary, type CanaryState, type ErrorCode } from "@qsc/contract";
import { within } from "../../host/within.js";
import { appendOrKeep, appendUnlogged } from "../../operation/audit-log.js";
import { unloggedOf } from "../../operation/unlogged.js";
import { FILE_MS } from "../../operation/bounds.js";
import type { OperationContext } from "../../operation/context.js";
import { unlessInterrupted } from "../../host/interrupted.js";
import type { Steps } from "../../operation/steps.js";
import type { TakeOver } from "../../operation/turn.js";
import { attemptOf, isRestartDue } from "../attempts.js";
import { isRestarted } from "../restarted.js";
import { readState, takenOver, writeState } from "../state.js";

export interface RestoreRequest {
  readonly reason: string;
  /** The code of the cause, for the audit log; missing if a person asks for the rollback. */
  readonly code?: ErrorCode;
  /** The longest wait for the first decision of the new process, in milliseconds. */
  readonly proofMs: number;
  /** The process that serves the canary, if it is already known. */
  readonly boot?: string | null;
  /** Set if this attempt acts without the lock; null or missing if the caller holds it. */
  readonly takesOver?: TakeOver | null;
  /**
   * Ends the attempt at once where nothing is half done: before the drop-in is removed, and after the new process has
   * started. The dead-man continues.
   */
  readonly signal?: AbortSignal;
  /** Nothing was done to the engine yet: if it runs without a canary, it is left running. */
  readonly untouched?: boolean;
  /**
   * How often a baseline that cannot be proven restarts the engine: each time, or, for automatic attempts, at growing
   * intervals.
   */
  readonly restarts?: "always" | "growing";
}

/** One attempt at restoring the baseline: its request, its state, and what went wrong on the way. */
export class Attempt {
  readonly context: OperationContext;
  readonly request: RestoreRequest;
  readonly steps: Steps;
  readonly state: CanaryState | null;
  /** 1 for the first. */
  readonly number: number;
  /**
   * Whether no process of the canary is left, although the state, which could not be written, says that there is one.
   */
  readonly isNoted: boolean;
  /** Whether this attempt may restart a clean process that proves something other than the baseline. */
  readonly isDue: boolean;
  readonly warnings: string[] = [];
  /** Whether a dead-man guards the canary: a promoted one has none. */
  isGuarded: boolean;
  #remembered: string | null;

  private constructor(
    context: OperationContext,
    request: RestoreRequest,
    steps: Steps,
    { state, isRestarted }: { readonly state: CanaryState | null; readonly isRestarted: boolean },
  ) {
    this.context = context;
    this.request = request;
    this.steps = steps;
    this.state = state;
    this.number = attemptOf(state);
    this.isNoted = isRestarted && state !== null && state.phase !== "baseline" && state.phase !== "rolling_back";
    // Attempts that cannot be counted must not restart the engine one after another.
    this.isDue = request.restarts !== "growing" || (!this.isNoted && isRestartDue(this.number));
    this.isGuarded = state?.phase !== "promoted";
    this.#remembered = this.cleanSince;
  }

  /** An unreadable state does not prevent an attempt. Never rejects. */
  static async begun(context: OperationContext, request: RestoreRequest, steps: Steps): Promise<Attempt> {
    const [{ state, detail }, restarted] = await Promise.all([
      stateOrNot(context),
      within(FILE_MS, `Reading ${context.paths.lease}`, isRestarted(context)).catch(() => false),
    ]);
    const attempt = new Attempt(context, request, steps, { state, isRestarted: restarted });
    if (detail !== null) attempt.warnings.push(detail);
    return attempt;
  }

  /** Start of the first process without the drop-in, if there was one. ISO 8601 UTC. */
  get cleanSince(): string | null {
    return this.state?.phase === "rolling_back" ? this.state.cleanSince : null;
  }

  /** Does something that must not block the attempt: a failure becomes a warning. */
  async tolerate(what: string, effect: () => Promise<void>): Promise<void> {
    await effect().catch((thrown: unknown) => this.warnings.push(`${what}: ${asQscError(thrown).message}`));
  }

  /** Waits until the operator interrupts: only for work that leaves nothing half done. */
  ahead<T>(running: Promise<T>): Promise<T> {
    const { signal } = this.request;
    return signal === undefined ? running : unlessInterrupted(running, signal);
  }

  /** Writes the state once more if an entry could not be written to the log since. */
  async keepUnlogged(): Promise<void> {
    if (unloggedOf(this.context).length > 0) await this.remember(this.#remembered);
  }

  /** Records that a rollback is under way, and since when a process without the drop-in has run. */
  remember(cleanSince: string | null): Promise<void> {
    const { context, request, state, number } = this;
    this.#remembered = cleanSince;
    return this.tolerate("The state was not written", async () => {
      // Until it is guarded, a promoted canary stays promoted.
      if (state === null || state.canary === null || !this.isGuarded) return;
      const { canary, watch } = state;
      const writing = writeState(context, {
        phase: "rolling_back",
        canary,
        watch,
        reason: request.reason,
        cleanSince,
        attempts: number,
      });
      await within(FILE_MS, `Writing ${context.paths.state}`, writing);
    });
  }

  /**
   * If this command was stopped for a while, there may be another canary by now: its records are not this attempt's. A
   * state that cannot be read does not prevent a rollback; another canary's drop-in still does.
   * @returns the state as it is now
   * @throws QscError `canary_taken_over`
   */
  async requireSameCanary(): Promise<CanaryState | null> {
    const { state } = await stateOrNot(this.context);
    const [former, now] = [this.state?.canary ?? null, state?.canary ?? null];
    if (former === null || now === null || state?.phase === "rolling_back" || isSame(former, now)) return state;
    throw takenOver(this.context);
  }

  /**
   * Whether another command has rolled the canary back since this attempt began: then a failure of this one, which may
   * have been stopped for a while, is over, and is no news for the log.
   */
  async isOvertaken(): Promise<boolean> {
    if (this.state === null || this.state.phase === "baseline") return false;
    const { state } = await stateOrNot(this.context);
    return state?.phase === "baseline" && state.operation !== this.context.operation;
  }

  /** Writes the cause and the result to the audit log. */
  log(event: Parameters<typeof appendOrKeep>[1], details: Readonly<Record<string, unknown>>): Promise<void> {
    const { context, request } = this;
    const { reason, code } = request;
    return this.tolerate("The log was not written, and the state keeps the entry if it can be written", () =>
      appendOrKeep(context, event, { reason, ...(code !== undefined && { code }), ...details }),
    );
  }

  /** Writes the entries that earlier commands could not write. */
  logUnlogged(): Promise<void> {
    const { context } = this;
    return this.tolerate("The log still lacks an entry, which the state keeps", () =>
      within(FILE_MS, `Writing ${context.paths.audit}`, appendUnlogged(context)),
    );
  }
}

/** Each share of a canary is served by a process of its own. */
function isSame(one: Canary, other: Canary): boolean {
  return one.model === other.model && one.share === other.share && one.formerBoot === other.formerBoot;
}

async function stateOrNot(
  context: OperationContext,
): Promise<{ readonly state: CanaryState | null; readonly detail: string | null }> {
  try {
    const read = await within(FILE_MS, `Reading ${context.paths.state}`, readState(context));
    if (read.kind === "state") return { state: read.state, detail: null };
    return { state: null, detail: read.kind === "broken" ? read.detail : null };
  } catch (thrown) {
    return { state: null, detail: asQscError(thrown).message };
  }
}
