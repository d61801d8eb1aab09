import { asQscError, type EvidenceFinding, type WatchProgress } from "@qsc/contract";
import { appendAudit } from "../canary/audit-log.js";
import { ARM_MS } from "../canary/bounds.js";
import { deadMan, endLease, guardName, HANDOVER_SECONDS, leaseRuns, mustBeInstalled, prolongLease } from "../canary/lease.js";
import { LEASE_SECONDS } from "../canary/lease-seconds.js";
import { canStillRollBack } from "../canary/rights.js";
import { writeState, type StateReader } from "../canary/state-file.js";
import type { Steps } from "../canary/steps.js";
import { within } from "../canary/within.js";
import type { CanaryWorld } from "../canary/world.js";
import { GuardWatch } from "./guard.js";
import { leaseUntil } from "./lease-rule.js";
import { alone, interferenceWith } from "./others.js";
import type { Reading } from "./reading.js";
import { begin, reduce, type Watched, type WatchDecision, type WatchEnd, type WatchEvent, type WatchRules, type WatchState } from "./reducer.js";
import { RightsWatch } from "./rights.js";
import { silenceMs, stampOf } from "./watched-time.js";

/** How a watch stands, for its user. */
export interface WatchReport {
  readonly phase: "canary" | "eligible";
  readonly watch: WatchProgress;
  /** Why the telemetry cannot be read; null while it can. */
  readonly outage: string | null;
  /** The strongest evidence against any check by now; null before the first decision. */
  readonly strongest: EvidenceFinding | null;
}

/** What a loop is given. */
export interface LoopRequest {
  readonly rules: Omit<WatchRules, "hasWholeVote">;
  /** Interrupts the watch. */
  readonly signal: AbortSignal;
  readonly onReport: (report: WatchReport) => void;
}

/** One run of a watch: carries out what the reducer decides, and tells it what came of it. */
export class WatchLoop {
  readonly #world: CanaryWorld;
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
    world: CanaryWorld,
    { watched, progress, reading, stateFile }: Begun,
    request: LoopRequest,
    steps: Steps,
  ) {
    this.#world = world;
    this.#reading = reading;
    this.#stateFile = stateFile;
    this.#watched = watched;
    this.#request = request;
    this.#steps = steps;
    this.#state = begin(watched.phase, progress);
    this.#rights = new RightsWatch(() => canStillRollBack(world));
    this.#guard = new GuardWatch({
      state: () => world.services.guardState(guardName(world.unit)),
      mayArm: !mustBeInstalled(world),
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
      const step = reduce(this.#state, await this.#carryOut(decision), rules);
      this.#state = step.state;
      decision = step.decision;
    }
    return decision.end;
  }

  /** Writes what the watch has come to, so that a restart continues from there. */
  async remember(): Promise<void> {
    try {
      await this.#alone(() => this.#write(this.#state.phase));
    } catch (thrown) {
      // It stands in no watch's way: a restart then begins with what was written last.
      this.#warnings.add(`The state was not written: ${asQscError(thrown).message}`);
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
    }
  }

  async #read(): Promise<WatchEvent> {
    const read = await this.#reading.next(this.#state.progress);
    if (this.#request.signal.aborted) return { kind: "interrupted" };
    const interference = await interferenceWith(this.#watched, this.#stateFile);
    if (interference !== null) return interference;
    const now = await stampOf(this.#world.clock);
    return { kind: "read", ...read, now, leaseRuns: await leaseRuns(this.#world) };
  }

  async #ask(): Promise<WatchEvent> {
    const { monotonicMs } = this.#state.turn.now;
    const violation = (await this.#rights.look(monotonicMs)) ?? (await this.#guard.look(monotonicMs));
    return { kind: "guarded", violation };
  }

  async #remember(): Promise<WatchEvent> {
    const atMs = this.#world.clock.monotonic();
    await this.remember();
    return { kind: "remembered", atMs };
  }

  async #renew(): Promise<WatchEvent> {
    const { progress, hasJudged } = this.#state;
    const now = await stampOf(this.#world.clock);
    const until = leaseUntil({ hasJudged, silenceMs: silenceMs(progress, now), uptimeMs: now.uptimeMs });
    return { kind: "renewed", held: until === null || (await prolongLease(this.#world, until)) };
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

  /** Nothing more is given: that is a person's act. A model with the whole vote has arrived. */
  async #become(phase: "eligible" | "promoted"): Promise<"eligible" | "promoted" | "lapsed"> {
    const { model, share } = this.#watched.canary;
    const { watchedMs, events } = this.#state.progress;
    if (!(await this.#grant(LEASE_SECONDS))) return "lapsed";
    await appendAudit(this.#world, phase, { model, share, watchedMs, events });
    await this.#write(phase);
    if (phase === "eligible") return (await this.#grant(HANDOVER_SECONDS)) ? phase : "lapsed";
    await disarm(this.#world);
    return phase;
  }

  /** Grants time from the last judgement on, which has just been made; false where the lease has run out since. */
  async #grant(seconds: number): Promise<boolean> {
    const { stamp } = this.#state.progress;
    return stamp !== undefined && (await prolongLease(this.#world, stamp.uptimeMs / 1000 + seconds));
  }

  async #write(phase: Watched["phase"]): Promise<void> {
    const { canary } = this.#watched;
    await writeState(this.#world, { phase, canary, watch: this.#state.progress, evidence: this.#reading.kept });
  }

  /** Arms a dead-man that someone has stopped; false where another command acts just now. */
  async #armAgain(why: string): Promise<boolean> {
    const armed = await this.#alone(async () => {
      const guard = deadMan(this.#world);
      await within(ARM_MS, "Arming it", this.#world.services.armGuard(guard));
      const said = `${guard.name} is armed again: ${why}`;
      this.#steps.note("dead-man armed again", "done", said);
      this.#warnings.add(said);
      await appendAudit(this.#world, "dead_man_armed", { guard: guard.name, why }).catch((thrown: unknown) => {
        this.#warnings.add(`The log was not written: ${asQscError(thrown).message}`);
      });
      return true;
    });
    return armed ?? false;
  }

  #alone<T>(act: () => Promise<T>): Promise<T | null> {
    const isUntouched = async (): Promise<boolean> => (await interferenceWith(this.#watched, this.#stateFile)) === null;
    return alone(this.#world, isUntouched, act);
  }
}

/** What a run begins with. */
export interface Begun {
  readonly watched: Watched;
  readonly progress: WatchProgress;
  readonly reading: Reading;
  readonly stateFile: StateReader;
}

/** Lets a canary with the whole vote live without a watch. */
export async function disarm(world: CanaryWorld): Promise<void> {
  // First: a dead-man that is only half disarmed when a crash comes may be there again after a reboot.
  await endLease(world);
  await world.services.disarmGuard(guardName(world.unit));
}
