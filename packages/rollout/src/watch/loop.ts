import { asQscError, type EvidenceFinding, type WatchProgress } from "@qsc/contract";
import { appendAudit, appendOrKeep } from "../operation/audit-log.js";
import { ARM_MS, FILE_MS } from "../operation/bounds.js";
import { reasonOf } from "../operation/document.js";
import { loggedCanary } from "../canary/identity.js";
import { disarm } from "../canary/disarm.js";
import { guardianOf } from "../canary/guardian.js";
import { guardName, HANDOVER_SECONDS, leaseRuns, mustBeInstalled, prolongLease } from "../canary/lease.js";
import { LEASE_SECONDS } from "../operation/lease-seconds.js";
import { canStillRollBack } from "../canary/rights.js";
import { writeState, type StateReader } from "../canary/state.js";
import type { Steps } from "../operation/steps.js";
import { within } from "../host/within.js";
import type { OperationContext } from "../operation/context.js";
import type { Begun } from "./begun.js";
import { GuardWatch } from "./guard.js";
import { leaseUntil } from "./lease-rule.js";
import { alone, interferenceWith, settledInterference, untouched } from "./others.js";
import type { WatchDecision, WatchEnd, WatchEvent } from "./events.js";
import type { Reading } from "./reading.js";
import { begin, reduce, type Watched, type WatchRules, type WatchState } from "./reducer.js";
import { RightsWatch } from "./rights.js";
import { silenceMs, stampOf } from "../canary/watched-time.js";

/** The progress of a watch, for its user. */
export interface WatchReport {
  readonly phase: "canary" | "eligible";
  readonly watch: WatchProgress;
  /** Why the telemetry cannot be read; null while it can. */
  readonly outage: string | null;
  /** The evidence that is closest to conclusive now; null before the first decision. */
  readonly strongest: EvidenceFinding | null;
}

/** The request for a loop. */
export interface LoopRequest {
  readonly rules: Omit<WatchRules, "hasWholeVote">;
  /** Interrupts the watch. */
  readonly signal: AbortSignal;
  readonly onReport: (report: WatchReport) => void;
  /** Called once, if the canary becomes eligible and the watch continues. */
  readonly onEligible: () => Promise<void>;
}

/** One run of a watch: carries out the decisions of the reducer, and tells it the results. */
export class WatchLoop {
  readonly #context: OperationContext;
  readonly #reading: Reading;
  readonly #stateFile: StateReader;
  readonly #watched: Watched;
  readonly #request: LoopRequest;
  readonly #steps: Steps;
  readonly #rights: RightsWatch;
  readonly #guard: GuardWatch;
  readonly #warnings = new Set<string>();
  #state: WatchState;

  constructor(
    context: OperationContext,
    { watched, progress, reading, stateFile }: Begun,
    request: LoopRequest,
    steps: Steps,
  ) {
    this.#context = context;
    this.#reading = reading;
    this.#stateFile = stateFile;
    this.#watched = watched;
    this.#request = request;
    this.#steps = steps;
    this.#state = begin(watched.phase, progress);
    this.#rights = new RightsWatch(() => canStillRollBack(context));
    this.#guard = new GuardWatch({
      state: () => context.services.guardState(guardName(context.unit)),
      mayArm: !mustBeInstalled(context),
      arm: (why) => this.#armAgain(why),
    });
  }

  get progress(): WatchProgress {
    return this.#state.progress;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** Reads, judges and renews until something ends the watch. */
  async run(): Promise<WatchEnd> {
    const rules = { ...this.#request.rules, hasWholeVote: this.#watched.canary.share === 1 };
    let decision: WatchDecision = { kind: "read" };
    while (decision.kind !== "end") {
      const step = reduce(this.#state, await this.#happened(decision), rules);
      this.#state = step.state;
      decision = step.decision;
    }
    return decision.end;
  }

  /** Writes the progress of the watch, so that a restart continues from there. */
  async remember(): Promise<void> {
    try {
      await this.#alone(() => this.#write(this.#state.phase));
    } catch (thrown) {
      // Does not stop the watch: a restart then begins with what was written last.
      this.#warnings.add(`The state was not written: ${asQscError(thrown).message}`);
    }
  }

  /** A watch that cannot go on, as on a disk that became read-only, does not wait for the end of its lease. */
  async #happened(decision: Exclude<WatchDecision, { readonly kind: "end" }>): Promise<WatchEvent> {
    try {
      return await this.#carryOut(decision);
    } catch (thrown) {
      const { code, message } = asQscError(thrown);
      if (code === "internal") throw thrown;
      // What ends the watch ends the commands that it runs, too.
      if (this.#request.signal.aborted) return { kind: "interrupted" };
      return { kind: "broken", detail: `watch: it cannot go on: ${message}` };
    }
  }

  async #carryOut(decision: Exclude<WatchDecision, { readonly kind: "end" }>): Promise<WatchEvent> {
    switch (decision.kind) {
      case "read":
        return this.#read();
      case "judge":
        return this.#reading.judge(this.#state.progress.worst);
      case "guard":
        return this.#ask();
      case "remember":
        return this.#remember();
      case "renew":
        return this.#renew();
      case "report":
        return this.#report();
      case "reach":
        return this.#reach(decision.phase);
      case "announce":
        return this.#announce();
    }
  }

  async #read(): Promise<WatchEvent> {
    const read = await this.#reading.next(this.#state.progress);
    const { signal } = this.#request;
    const waiting = { signal, onWait: () => this.#report() };
    const interference = await settledInterference(this.#context, this.#watched, this.#stateFile, waiting);
    // A promotion ends the watch before it, which a service does by a signal.
    if (interference?.kind === "raised") return interference;
    if (signal.aborted) return { kind: "interrupted" };
    if (interference !== null) return interference;
    const now = await stampOf(this.#context.clock);
    return { kind: "read", ...read, now, leaseRuns: await leaseRuns(this.#context) };
  }

  async #ask(): Promise<WatchEvent> {
    const { monotonicMs } = this.#state.turn.now;
    const violation = (await this.#rights.look(monotonicMs)) ?? (await this.#guard.look(monotonicMs));
    return { kind: "guarded", violation };
  }

  async #remember(): Promise<WatchEvent> {
    const atMs = this.#context.clock.monotonic();
    await this.remember();
    return { kind: "remembered", atMs };
  }

  async #renew(): Promise<WatchEvent> {
    const { progress, hasJudged } = this.#state;
    // This watch may have been stopped since it read: the lease of another canary is not its own.
    const interference = await interferenceWith(this.#watched, this.#stateFile);
    if (interference?.kind === "left") return interference;
    const now = await stampOf(this.#context.clock);
    const until = leaseUntil({ hasJudged, silenceMs: silenceMs(progress, now), uptimeMs: now.uptimeMs });
    return { kind: "renewed", held: until === null || (await prolongLease(this.#context, until)) };
  }

  #report(): WatchEvent {
    const { phase, progress, outage } = this.#state;
    const { strongest } = this.#reading;
    this.#request.onReport({ phase: phase === "eligible" ? "eligible" : "canary", watch: progress, outage, strongest });
    return { kind: "reported" };
  }

  async #reach(phase: "eligible" | "promoted"): Promise<WatchEvent> {
    return { kind: "reached", what: (await this.#alone(() => this.#become(phase))) ?? "busy" };
  }

  /** A report that fails, or takes too long, does not stop the watch. */
  async #announce(): Promise<WatchEvent> {
    const done = new AbortController();
    const late = this.#context.clock.sleep(FILE_MS, done.signal).then(() => "it takes too long.");
    const given = this.#request.onEligible().then(
      () => null,
      (thrown: unknown) => reasonOf(thrown).text,
    );
    const problem = await Promise.race([given, late]).finally(() => {
      done.abort();
    });
    if (problem !== null) this.#warnings.add(`The report was not written: ${problem}`);
    return { kind: "announced" };
  }

  /** The watch gives no larger share: that is a person's decision. A model with the whole vote is promoted. */
  async #become(phase: "eligible" | "promoted"): Promise<"eligible" | "promoted" | "lapsed"> {
    const { canary } = this.#watched;
    const { watchedMs, events } = this.#state.progress;
    if (!(await this.#grant(LEASE_SECONDS))) return "lapsed";
    // An earlier run has written that already.
    const isNews = phase !== this.#state.phase;
    if (isNews) await appendAudit(this.#context, phase, { ...loggedCanary(canary), watchedMs, events });
    await this.#write(phase);
    const isHeld = phase === "eligible" ? await this.#grant(HANDOVER_SECONDS) : await disarm(this.#context, canary);
    return isHeld ? phase : "lapsed";
  }

  /** Extends the lease from the latest judgement; false if it has run out since. */
  async #grant(seconds: number): Promise<boolean> {
    const { stamp } = this.#state.progress;
    return stamp !== undefined && (await prolongLease(this.#context, stamp.uptimeMs / 1000 + seconds));
  }

  async #write(phase: Watched["phase"]): Promise<void> {
    const { canary } = this.#watched;
    const state = { phase, canary, watch: this.#state.progress, evidence: this.#reading.kept };
    await writeState(this.#context, state, untouched(this.#context, this.#watched));
  }

  /** Arms a dead-man again that another program has stopped; false if another command is acting now. */
  async #armAgain(why: string): Promise<boolean> {
    const armed = await this.#alone(async () => {
      const guard = await guardianOf(this.#context);
      await within(ARM_MS, "Arming it", this.#context.services.armGuard(guard));
      const said = `${guard.name} is armed again: ${why}`;
      this.#steps.note("dead-man armed again", "done", said);
      this.#warnings.add(said);
      await appendOrKeep(this.#context, "dead_man_armed", { guard: guard.name, why }).catch((thrown: unknown) => {
        this.#warnings.add(`The log was not written: ${asQscError(thrown).message}`);
      });
      return true;
    });
    return armed ?? false;
  }

  #alone<T>(act: () => Promise<T>): Promise<T | null> {
    const isUntouched = async (): Promise<boolean> => (await interferenceWith(this.#watched, this.#stateFile)) === null;
    return alone(this.#context, isUntouched, act);
  }
}
