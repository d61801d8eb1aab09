import {
  asQscError,
  compareIds,
  describeDuration,
  digestOf,
  iso,
  parseEntryId,
  QscError,
  sealed,
  type CanaryState,
  type EvidenceFinding,
  type EntryId,
  type ModelReading,
  type MonitorDocument,
  type OperationStep,
  type RollbackDocument,
  type SourceMark,
  type WatchProgress,
  type WatchRule,
  type WatchStamp,
} from "@qsc/contract";
import type { SourceItem } from "@qsc/stream-reader";
import { compilePolicy, type EntryEvidence } from "@qsc/violations";
import { appendAudit } from "./canary/audit-log.js";
import { ARM_MS, LONGEST_SILENCE_SECONDS } from "./canary/bounds.js";
import { headOf } from "./canary/document.js";
import {
  deadMan,
  endLease,
  guardName,
  HANDOVER_SECONDS,
  leaseLeft,
  leaseRuns,
  mustBeInstalled,
  prolongLease,
} from "./canary/lease.js";
import { LEASE_SECONDS } from "./canary/lease-seconds.js";
import { canStillRollBack } from "./canary/rights.js";
import { StateReader, writeState } from "./canary/state-file.js";
import { Steps } from "./canary/steps.js";
import { within } from "./canary/within.js";
import type { CanaryWorld } from "./canary/world.js";
import { rollback } from "./rollback.js";
import { Entries } from "./watch/entries.js";
import { GuardWatch, lost, unarmed } from "./watch/guard.js";
import { evidenceOf, evidenceState, strongestOf } from "./watch/kept-evidence.js";
import { isSilent, leaseUntil } from "./watch/lease-rule.js";
import { worstMargins } from "./watch/margins.js";
import { RightsWatch } from "./watch/rights.js";
import { unprovenOf, violationsOf } from "./watch/violations.js";
import { requireWindow } from "./watch/window-size.js";
import { silenceMs, stampOf, watchedAt } from "./watch/watched-time.js";
import { WatchWindow, type Look } from "./watch/window.js";
import { monitorRequest } from "./requests.js";

/** How a watch stands, for an onlooker. */
export interface WatchReport {
  readonly phase: "canary" | "eligible";
  readonly watch: WatchProgress;
  /** Why the telemetry cannot be read for now; null while it can. */
  readonly outage: string | null;
  /** The strongest evidence against any check by now; null before the first decision. */
  readonly strongest: EvidenceFinding | null;
}

export interface MonitorRequest {
  /** How long to watch; null: as the activation said. */
  readonly durationMs: number | null;
  /** The longest time between two judgements, in milliseconds. */
  readonly intervalMs: number;
  /** The newest entries that are judged. */
  readonly window: number;
  /** When a violated check ends the watch. */
  readonly rule: WatchRule;
  /** Go on watching once the canary is eligible, until an operator acts: one without a watch is taken back. */
  readonly stay: boolean;
  readonly proofMs: number;
  readonly signal: AbortSignal;
  /** Called after every judgement, and every few seconds at least. */
  readonly onReport: (report: WatchReport) => void;
  readonly onStep?: (step: OperationStep) => void;
}

/** How often the state, the dead-man and the lease are looked at, and the state is written, in milliseconds. */
const TICK_MS = 5000;

type Watched = Extract<CanaryState, { readonly phase: "canary" | "eligible" | "promoted" }>;

/** How a watch ends. */
type End =
  | { readonly kind: "violation"; readonly violations: readonly string[] }
  | { readonly kind: "eligible" | "interrupted" }
  | { readonly kind: "left"; readonly detail: string };

/**
 * Watches a canary: every decision when it arrives, and the whole at least every interval. Any violation takes the
 * canary back at once; so do 90 s without a judgement and a watch that ends without proof. May be started again at any
 * time, and goes on where it was: time counts from one judgement to the next, and only a judgement renews the lease.
 * @throws QscError `canary_locked` where another watch runs; `canary_refused` where its window or its policy cannot be right
 */
export async function monitor(world: CanaryWorld, request: MonitorRequest): Promise<MonitorDocument> {
  monitorRequest(request, "request");
  const release = await world.watchLock.acquire(0);
  try {
    const stateFile = new StateReader(world);
    const read = await stateFile.read();
    if (read.kind !== "state" || !isWatched(read.state)) return nothingToWatch(world, request.rule, read.kind === "broken" ? read.detail : null);
    const { policy, policySource } = world.setting;
    // What has arrived is judged no more.
    if (read.state.phase !== "promoted") requireWindow(request.window, policy, policySource);
    const watch = new Watch(world, request, stateFile, read.state);
    return read.state.phase === "promoted" ? await watch.arrive() : await watch.run();
  } finally {
    await release();
  }
}

function isWatched(state: CanaryState): state is Watched {
  return state.phase === "canary" || state.phase === "eligible" || state.phase === "promoted";
}

/** One run of a watch. */
class Watch {
  readonly #world: CanaryWorld;
  readonly #request: MonitorRequest;
  readonly #steps: Steps;
  readonly #stateFile: StateReader;
  #state: Watched;
  #progress: WatchProgress;
  #window: WatchWindow | null = null;
  readonly #evidence: EntryEvidence;
  /** Why the telemetry cannot be read; null while it can. */
  #outage: string | null = null;
  #look: Look | null = null;
  readonly #rights: RightsWatch;
  readonly #guard: GuardWatch;
  readonly #warnings = new Set<string>();
  #gaps: readonly string[] = [];
  /** Whether this run has judged the canary: a start grants nothing. */
  #hasJudged = false;
  /** When the state was last written; a restart reads what came after it once more. */
  #rememberedAt = Number.NEGATIVE_INFINITY;

  constructor(world: CanaryWorld, request: MonitorRequest, stateFile: StateReader, state: Watched) {
    this.#world = world;
    this.#request = request;
    this.#steps = new Steps(request.onStep);
    this.#rights = new RightsWatch(() => canStillRollBack(world));
    this.#guard = new GuardWatch({
      state: () => world.services.guardState(guardName(world.unit)),
      mayArm: !mustBeInstalled(world),
      arm: (why) => this.#armAgain(why),
    });
    this.#stateFile = stateFile;
    this.#state = state;
    const { canary, evidence, watch } = state;
    this.#progress = { ...watch, durationMs: request.durationMs ?? watch.durationMs };
    this.#evidence = evidenceOf(world.setting.policy, canary, evidence);
  }

  async run(): Promise<MonitorDocument> {
    const { setting } = this.#world;
    const { canary } = this.#state;
    if (digestOf(setting.policy) !== canary.policyHash) {
      throw new QscError("canary_refused", `The policy ${setting.policySource} is not the one that the canary was activated with; watch it with that one.`);
    }
    const guard = await this.#world.services.guardState(guardName(this.#world.unit));
    if (guard !== "armed") return this.#rollBack([lost(unarmed(guard))]);
    this.#window = new WatchWindow(this.#request.window, await compilePolicy(setting.policy), canary, Date.parse(this.#state.watch.cutover));
    const end = await this.#watch(this.#window);
    switch (end.kind) {
      case "violation":
        return this.#rollBack(end.violations);
      case "eligible":
        return this.#arrived();
      case "interrupted":
        return this.#interrupted();
      case "left":
        return this.#document("no_canary", [end.detail]);
    }
  }

  async #interrupted(): Promise<MonitorDocument> {
    if (this.#look !== null) await this.#remember();
    // A lease that cannot be read has run out: so the dead-man takes it.
    const left = Math.floor(await leaseLeft(this.#world).catch(() => 0));
    return this.#document("interrupted", [`The watch was interrupted: start it again within ${left} s, or the canary is taken back.`]);
  }

  #arrived(): MonitorDocument {
    if (this.#state.phase === "promoted") return this.#document("promoted", []);
    this.#warnings.add(`The canary is unmonitored: promote within ${HANDOVER_SECONDS} s, or watch on (qsc monitor --stay); else it is taken back.`);
    return this.#document("eligible", []);
  }

  /** Ends the promotion that an earlier watch has come to. */
  async arrive(): Promise<MonitorDocument> {
    await this.#disarm();
    return this.#document("promoted", []);
  }

  /** Reads, judges and renews until something ends the watch. */
  async #watch(window: WatchWindow): Promise<End> {
    const { signal } = this.#request;
    const done = new AbortController();
    const { cutover, cursor, mark = null } = this.#progress;
    const ends = AbortSignal.any([signal, done.signal]);
    const entries = new Entries(this.#world, cutover, ends, cursor === null ? null : entryIdOf(cursor), { mark, window: this.#request.window });
    try {
      for (;;) {
        const arrived = await entries.next(TICK_MS);
        if (signal.aborted) return { kind: "interrupted" };
        // A read that hangs is no error, and proves no more than one.
        const isRead = entries.caughtUp || arrived.length > 0;
        this.#outage = entries.outage?.message ?? (isRead ? null : "what there is has not been read to its end");
        this.#gaps = entries.gaps;
        window.recall(entries.earlier);
        this.#noteRefill(entries, window);
        for (const item of arrived) this.#take(item, window);
        this.#noteMark(entries.mark);
        const end = (await this.#left()) ?? (await this.#judge(window, arrived.length > 0, entries.caughtUp));
        if (end !== null) return end;
      }
    } finally {
      done.abort();
      await entries.close();
    }
  }

  #take(item: SourceItem, window: WatchWindow): void {
    const { cursor } = this.#progress;
    const { isNewest, decision, repeated } = window.add(item);
    // What an earlier run of this watch has counted is read once more, for the window alone.
    if (!isNewest || item.id === null || (cursor !== null && compareIds(item.id, entryIdOf(cursor)) <= 0)) return;
    this.#progress = { ...this.#progress, cursor: window.cursor, events: this.#progress.events + 1 };
    const watched = this.#state.canary.models;
    const ofWatched = (models: readonly ModelReading[]): readonly ModelReading[] => models.filter(({ model }) => Object.hasOwn(watched, model));
    if (decision !== null) this.#evidence.take(ofWatched(decision.models));
    if (repeated !== null) this.#evidence.takeRepeated(ofWatched(repeated.models));
  }

  /** A window that could not be filled again begins where it could, and says so. */
  #noteRefill({ refill }: Entries, window: WatchWindow): void {
    if (refill === null) return;
    if (refill.sinceMs !== null) window.beginsAt(refill.sinceMs);
    if (refill.warning !== null) this.#warnings.add(refill.warning);
  }

  /** Only with the entry that it goes with: a mark of another is worth nothing. */
  #noteMark(mark: SourceMark | null): void {
    const progress: WatchProgress & { mark?: SourceMark } = { ...this.#progress };
    delete progress.mark;
    this.#progress = mark !== null && mark.id === progress.cursor ? { ...progress, mark } : progress;
  }

  /** Whether another command has acted on the canary. */
  async #left(): Promise<End | null> {
    const read = await this.#stateFile.read();
    if (read.kind === "absent") return { kind: "left", detail: "The state file is gone; start the watch again, or take the canary back." };
    if (read.kind === "broken") return { kind: "violation", violations: [read.detail] };
    const { state } = read;
    if (isWatched(state) && state.phase !== "promoted" && state.canary.share === this.#state.canary.share && state.canary.model === this.#state.canary.model) return null;
    return { kind: "left", detail: `The canary is in the phase ${state.phase} by now: another command has acted on it.` };
  }

  async #judge(window: WatchWindow, hasNews: boolean, caughtUp: boolean): Promise<End | null> {
    const now = await stampOf(this.#world.clock);
    const silence = silenceMs(this.#progress, now);
    const ended = await this.#stoodStill(silence);
    if (ended !== null) return { kind: "violation", violations: [ended] };
    const isOver = watchedAt(this.#progress, now) >= this.#progress.durationMs;
    // Half of the telemetry would be judged as the whole.
    const canJudge = caughtUp && this.#outage === null;
    const isDue = canJudge && (hasNews || isOver || !this.#hasJudged || (silence ?? Infinity) >= this.#request.intervalMs);
    if (isDue) {
      const violations = this.#judgeNow(window, now);
      if (violations.length > 0) return { kind: "violation", violations };
    }
    const unguarded = (await this.#rights.look(now.monotonicMs)) ?? (await this.#guard.look(now.monotonicMs));
    if (unguarded !== null) return { kind: "violation", violations: [unguarded] };
    // Before the lease: what a restart does not know of has given the canary no time, where it can be written at all.
    if (isDue && now.monotonicMs - this.#rememberedAt >= TICK_MS) await this.#remember();
    const lapsed = await this.#renew();
    if (lapsed !== null) return { kind: "violation", violations: [lapsed] };
    this.#report();
    if (isDue && isOver && this.#state.phase === "canary") {
      const unproven = this.#unproven();
      if (unproven.length > 0) return { kind: "violation", violations: unproven };
      const reached = await this.#alone(() => this.#becomeEligible());
      // Another command acts just now: the next look tells what came of it.
      if (reached === null) return null;
      if (reached === "lapsed") return { kind: "violation", violations: [this.#lapsed()] };
      if (reached === "promoted" || !this.#request.stay) return { kind: "eligible" };
      this.#report();
    }
    return null;
  }

  /**
   * The violation of a watch that has not judged for too long, or was not there when its lease ran out; else null. Of a
   * run that has not judged yet the lease alone tells: it never runs longer, and it is there where no state can be written.
   */
  async #stoodStill(silence: number | null): Promise<string | null> {
    const isOver = isSilent(silence);
    if ((await leaseRuns(this.#world)) && !(isOver && this.#hasJudged)) return null;
    if (!isOver || this.#outage === null) return this.#lapsed();
    return `source: the telemetry could not be read for ${describeDuration(LONGEST_SILENCE_SECONDS * 1000)}: ${this.#outage}`;
  }

  #lapsed(): string {
    return `watch: the lease ran out before the canary was judged again${this.#outage === null ? "" : `: ${this.#outage}`}`;
  }

  /** Renews the lease as far as the last judgement allows; the violation where it has run out. */
  async #renew(): Promise<string | null> {
    const { uptimeMs, ...now } = await stampOf(this.#world.clock);
    const silence = silenceMs(this.#progress, { ...now, uptimeMs });
    const until = leaseUntil({ hasJudged: this.#hasJudged, silenceMs: silence, uptimeMs });
    return until === null || (await prolongLease(this.#world, until)) ? null : this.#lapsed();
  }

  #judgeNow(window: WatchWindow, now: WatchStamp): readonly string[] {
    const { clock, setting } = this.#world;
    const { canary } = this.#state;
    const nowMs = clock.now();
    const minEvents = setting.policy.minEvents.canary;
    const look = window.look(nowMs, this.#gaps);
    this.#look = look;
    this.#hasJudged = true;
    this.#progress = {
      ...this.#progress,
      watchedMs: watchedAt(this.#progress, now),
      stamp: now,
      judgements: this.#progress.judgements + 1,
      lastJudgedAt: iso(nowMs),
      worst: worstMargins(this.#progress.worst, look, minEvents, nowMs),
    };
    return [...this.#evidence.proven(), ...violationsOf(look, Object.keys(canary.models), minEvents, this.#request.rule)];
  }

  #unproven(): readonly string[] {
    const { canary } = this.#state;
    if (this.#look === null) return ["the watch ends without a judgement"];
    return unprovenOf(this.#look, Object.keys(canary.models), this.#world.setting.policy.minEvents.canary);
  }

  /** Nothing more is given: that is a person's act. A model with the whole vote has arrived. */
  async #becomeEligible(): Promise<"eligible" | "promoted" | "lapsed"> {
    const { canary } = this.#state;
    const { model, share } = canary;
    const phase = share === 1 ? "promoted" : "eligible";
    if (!(await this.#grant(LEASE_SECONDS))) return "lapsed";
    await appendAudit(this.#world, phase, { model, share, watchedMs: this.#progress.watchedMs, events: this.#progress.events });
    await writeState(this.#world, { phase, canary, watch: this.#progress, evidence: evidenceState(this.#evidence) });
    this.#state = { ...this.#state, phase };
    if (phase === "eligible") return (await this.#grant(HANDOVER_SECONDS)) ? phase : "lapsed";
    await this.#disarm();
    return phase;
  }

  /** Grants time from the last judgement on, which has just been made; false where the lease has run out since. */
  async #grant(seconds: number): Promise<boolean> {
    const { stamp } = this.#progress;
    return stamp !== undefined && (await prolongLease(this.#world, stamp.uptimeMs / 1000 + seconds));
  }

  /** Arms a dead-man that was stopped; false where another command acts just now. */
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

  async #disarm(): Promise<void> {
    // First: a dead-man that is only half disarmed when a crash comes may be there again after a reboot.
    await endLease(this.#world);
    await this.#world.services.disarmGuard(guardName(this.#world.unit));
  }

  /** What cannot be remembered stands in no watch's way: a restart then begins with what was written last. */
  async #remember(): Promise<void> {
    const { canary, phase } = this.#state;
    this.#rememberedAt = this.#world.clock.monotonic();
    try {
      await this.#alone(() => writeState(this.#world, { phase, canary, watch: this.#progress, evidence: evidenceState(this.#evidence) }));
    } catch (thrown) {
      this.#warnings.add(`The state was not written: ${asQscError(thrown).message}`);
    }
  }

  /** Writes while no other command acts, so that no state of another command is written over; null where one does, or has. */
  async #alone<T>(write: () => Promise<T>): Promise<T | null> {
    const release = await this.#world.lock.acquire(0).catch((thrown: unknown) => {
      if (thrown instanceof QscError && thrown.code === "canary_locked") return null;
      throw asQscError(thrown);
    });
    if (release === null) return null;
    try {
      return (await this.#left()) === null ? await write() : null;
    } finally {
      await release();
    }
  }

  #report(): void {
    const { phase } = this.#state;
    this.#request.onReport({ phase: phase === "eligible" ? "eligible" : "canary", watch: this.#progress, outage: this.#outage, strongest: strongestOf(this.#evidence) });
  }

  async #rollBack(violations: readonly string[]): Promise<MonitorDocument> {
    const [first = "a violation"] = violations;
    const document = await rollback(this.#world, {
      reason: first,
      takeOver: true,
      proofMs: this.#request.proofMs,
      boot: this.#window?.boot ?? null,
      onStep: (step) => { this.#steps.note(step.name, step.outcome, step.detail); },
    });
    const failed = document.reasons.length > 0;
    const reasons = [...violations, ...document.reasons];
    return this.#document(failed ? "rollback_failed" : "rolled_back", reasons, document, violations);
  }

  #document(outcome: MonitorDocument["outcome"], reasons: readonly string[], taken: RollbackDocument | null = null, violations: readonly string[] = []): MonitorDocument {
    const { setting } = this.#world;
    const { canary } = this.#state;
    return sealed({
      kind: "monitor" as const,
      ...headOf(this.#world, { reasons, warnings: [...this.#warnings, ...(taken?.warnings ?? [])] }, this.#steps),
      model: canary.model,
      share: canary.share,
      outcome,
      watch: this.#progress,
      rule: this.#request.rule,
      evidence: this.#evidence.findings(),
      policyHash: canary.policyHash,
      policySource: setting.policySource,
      violations,
      integrity: this.#look?.integrity ?? [],
      models: this.#look?.models ?? [],
      rollback: taken,
    });
  }
}

/** The document of a monitor that found no canary. */
function nothingToWatch(world: CanaryWorld, rule: WatchRule, broken: string | null): MonitorDocument {
  const { setting } = world;
  return sealed({
    kind: "monitor" as const,
    ...headOf(world, { reasons: [broken ?? `There is no canary of ${world.unit} to watch; activate one first.`] }, new Steps()),
    model: null,
    share: null,
    outcome: "no_canary",
    watch: null,
    rule,
    evidence: [],
    policyHash: digestOf(setting.policy),
    policySource: setting.policySource,
    violations: [],
    integrity: [],
    models: [],
    rollback: null,
  });
}

/** A cursor as the state file has it, which its schema has checked. */
function entryIdOf(text: string): EntryId {
  const id = parseEntryId(text);
  if (id === null) throw new QscError("internal", `'${text}' is no entry ID.`);
  return id;
}
