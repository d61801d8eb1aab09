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
import { isSameCanary, monitoredCanary, otherCanary } from "../identity.js";
import { leaseRuns } from "../lease.js";
import { isRestarted } from "../restarted.js";
import { readState, writeState, type ReadState } from "../state.js";

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
  /** The canary that is to go; missing: the one that is there when the attempt begins. */
  readonly canary?: Canary;
  /** Only if no watch judges the canary: as long as its lease runs, it keeps its share. */
  readonly ifUnmonitored?: boolean;
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
  /** The canary that is to go; null: there was none. Undefined: that could not be read. */
  readonly #wanted: Canary | null | undefined;
  /** Whether the disk has left a question about the state unanswered: then it is not asked again. */
  #isSilent = false;
  #remembered: string | null;
  readonly #begunMs: number;

  private constructor(
    context: OperationContext,
    request: RestoreRequest,
    steps: Steps,
    { state, isKnown, isSilent, isRestarted, begunMs }: Beginning,
  ) {
    this.context = context;
    this.request = request;
    this.steps = steps;
    this.state = state;
    this.#begunMs = begunMs;
    this.number = attemptOf(state);
    this.isNoted = isRestarted && state !== null && state.phase !== "baseline" && state.phase !== "rolling_back";
    // Attempts that cannot be counted must not restart the engine one after another.
    this.isDue = request.restarts !== "growing" || (!this.isNoted && isRestartDue(this.number));
    this.isGuarded = state?.phase !== "promoted";
    this.#wanted = request.canary ?? (isKnown ? (state?.canary ?? null) : undefined);
    this.#isSilent = isSilent;
    this.#remembered = this.cleanSince;
  }

  /** An unreadable state does not prevent an attempt. Never rejects. */
  static async begun(context: OperationContext, request: RestoreRequest, steps: Steps): Promise<Attempt> {
    const begunMs = context.clock.monotonic();
    const [now, restarted] = await Promise.all([
      stateNow(context),
      within(FILE_MS, `Reading ${context.paths.lease}`, isRestarted(context)).catch(() => false),
    ]);
    const attempt = new Attempt(context, request, steps, { ...now, isRestarted: restarted, begunMs });
    if (now.detail !== null) attempt.warnings.push(now.detail);
    return attempt;
  }

  /** Start of the first process without the drop-in, if there was one. ISO 8601 UTC. */
  get cleanSince(): string | null {
    return this.state?.phase === "rolling_back" ? this.state.cleanSince : null;
  }

  /** Does something that must not block the attempt: a failure becomes a warning. */
  async tolerate(what: string, effect: () => Promise<void>): Promise<void> {
    await effect().catch((thrown: unknown) => {
      const { code, message } = asQscError(thrown);
      // The check before the next effect says so, and ends the attempt.
      if (code !== "canary_replaced") this.warnings.push(`${what}: ${message}`);
    });
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
      const { reason } = request;
      const next = { phase: "rolling_back", canary, watch, reason, cleanSince, attempts: number } as const;
      const writing = writeState(context, next, this.#replaceable);
      await within(FILE_MS, `Writing ${context.paths.state}`, writing);
    });
  }

  /**
   * Asked right before each effect: if this command was stopped for a while, there may be another canary by now, which
   * it was not asked to end. A state that cannot be read does not prevent a rollback.
   * @returns the state as it is now; null if there is none, or it cannot be read
   * @throws QscError `canary_replaced`
   */
  async requireSameCanary(): Promise<CanaryState | null> {
    if (this.#isSilent) return null;
    const { state, isSilent } = await stateNow(this.context);
    this.#isSilent ||= isSilent;
    this.#requireSame(state);
    return state;
  }

  /** @throws QscError `canary_replaced` if the attempt begins when there is another canary, or one that is judged */
  async requireWanted(): Promise<void> {
    this.#requireSame(this.state);
    if (this.request.ifUnmonitored !== true) return;
    const { context } = this;
    // After the state: another canary's lease is written before its state.
    const isMonitored = within(FILE_MS, `Reading ${context.paths.lease}`, leaseRuns(context)).catch(() => false);
    if (await isMonitored) throw monitoredCanary(context);
  }

  #requireSame(state: CanaryState | null): void {
    const there = state?.canary ?? null;
    if (there === null || this.#wanted === undefined) return;
    if (this.#wanted === null || !isSameCanary(this.#wanted, there))
      throw otherCanary(this.context, this.#wanted, there, this.steps);
  }

  /**
   * Whether another command has rolled the canary back since this attempt began: then a failure of this one, which may
   * have been stopped for a while, is over, and is no news for the log.
   */
  async isOvertaken(): Promise<boolean> {
    if (this.state === null || this.state.phase === "baseline") return false;
    const { state } = await stateNow(this.context);
    return state?.phase === "baseline" && state.operation !== this.context.operation;
  }

  /** Records that there is no canary. @throws QscError `canary_replaced` */
  async writeBaseline(): Promise<void> {
    await writeState(this.context, { phase: "baseline", canary: null, watch: null }, this.#replaceable);
  }

  readonly #replaceable = (there: ReadState): void => {
    this.#requireSame(there.kind === "state" ? there.state : null);
  };

  /** Writes the cause, the result, and how long it took (`tookMs`, by a clock that never jumps) to the audit log. */
  log(event: Parameters<typeof appendOrKeep>[1], details: Readonly<Record<string, unknown>>): Promise<void> {
    const { context, request } = this;
    const { reason, code } = request;
    const activation = this.#wanted?.activation ?? this.state?.canary?.activation;
    return this.tolerate("The log was not written, and the state keeps the entry if it can be written", () =>
      appendOrKeep(context, event, {
        reason,
        ...(code !== undefined && { code }),
        ...(activation !== undefined && { activation }),
        ...details,
        tookMs: Math.round(context.clock.monotonic() - this.#begunMs),
      }),
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

interface Beginning extends StateNow {
  readonly isRestarted: boolean;
  /** On the monotonic clock, in milliseconds. */
  readonly begunMs: number;
}

/** What is known of the state. */
interface StateNow {
  readonly state: CanaryState | null;
  /** Whether that is known: a state, or that there is none. */
  readonly isKnown: boolean;
  /** Whether its disk does not answer. */
  readonly isSilent: boolean;
  readonly detail: string | null;
}

async function stateNow(context: OperationContext): Promise<StateNow> {
  const unknown = { state: null, isKnown: false, isSilent: false } as const;
  let hasAnswered = false;
  const reading = readState(context).finally(() => {
    hasAnswered = true;
  });
  try {
    const read = await within(FILE_MS, `Reading ${context.paths.state}`, reading);
    if (read.kind === "broken") return { ...unknown, detail: read.detail };
    return { ...unknown, state: read.kind === "state" ? read.state : null, isKnown: true, detail: null };
  } catch (thrown) {
    return { ...unknown, isSilent: !hasAnswered, detail: asQscError(thrown).message };
  }
}
