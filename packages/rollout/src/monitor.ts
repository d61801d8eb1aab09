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
} from "@qsc/contract";
import type { SourceItem } from "@qsc/stream-reader";
import { compilePolicy, EntryEvidence } from "@qsc/violations";
import { appendAudit } from "./canary/audit-log.js";
import { headOf } from "./canary/document.js";
import { endLease, guardName, HANDOVER_SECONDS, LEASE_SECONDS, renewLease } from "./canary/lease.js";
import { canStillRollBack } from "./canary/rights.js";
import { StateReader, writeState } from "./canary/state-file.js";
import { Steps } from "./canary/steps.js";
import type { CanaryWorld } from "./canary/world.js";
import { rollback } from "./rollback.js";
import { Entries } from "./watch/entries.js";
import { worstMargins } from "./watch/margins.js";
import { RightsWatch } from "./watch/rights.js";
import { unprovenOf, violationsOf } from "./watch/violations.js";
import { WatchWindow, type Look } from "./watch/window.js";
import { monitorRequest } from "./requests.js";

/** How a watch stands, for whoever looks on. */
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
  /** Go on watching once the canary is eligible, until somebody acts: one that nobody watches is taken back. */
  readonly stay: boolean;
  readonly proofMs: number;
  readonly signal: AbortSignal;
  /** Called after every judgement, and every few seconds at least. */
  readonly onReport: (report: WatchReport) => void;
  readonly onStep?: (step: OperationStep) => void;
}

/** A source that cannot be read for this long is a violation. */
const LONGEST_OUTAGE_MS = 90_000;
/** How often the lease is renewed, and the state looked at and written, in milliseconds. */
const TICK_MS = 5000;
/** Time that nobody watched counts up to this, in milliseconds: beyond it the dead-man has acted. */
const LONGEST_PAUSE_MS = 120_000;

type Watched = Extract<CanaryState, { readonly phase: "canary" | "eligible" | "promoted" }>;

/** How a watch ends. */
type End =
  | { readonly kind: "violation"; readonly violations: readonly string[] }
  | { readonly kind: "eligible" | "interrupted" }
  | { readonly kind: "left"; readonly detail: string };

/**
 * Watches a canary: every decision when it arrives, and the whole at least every interval. Any violation takes the
 * canary back at once; so do a source that cannot be read for 90 s and a watch that ends without proof. May be started
 * again at any time, and goes on where it was.
 * @throws QscError `canary_locked` where another watch runs
 */
export async function monitor(world: CanaryWorld, request: MonitorRequest): Promise<MonitorDocument> {
  monitorRequest(request, "request");
  const release = await world.watchLock.acquire(0);
  try {
    const stateFile = new StateReader(world);
    const read = await stateFile.read();
    if (read.kind !== "state" || !isWatched(read.state)) return nothingToWatch(world, request.rule, read.kind === "broken" ? read.detail : null);
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
  #outageSince: number | null = null;
  #outage: string | null = null;
  #look: Look | null = null;
  readonly #rights: RightsWatch;
  readonly #warnings = new Set<string>();
  #gaps: readonly string[] = [];
  /** Up to when time is counted, by the clock that never jumps. */
  #countedTo: number;
  #judgedAt: number;
  /** When the state was last written; a restart reads what came after it once more. */
  #rememberedAt = Number.NEGATIVE_INFINITY;

  constructor(world: CanaryWorld, request: MonitorRequest, stateFile: StateReader, state: Watched) {
    this.#world = world;
    this.#request = request;
    this.#steps = new Steps(request.onStep);
    this.#rights = new RightsWatch(() => canStillRollBack(world));
    this.#stateFile = stateFile;
    this.#state = state;
    const { watch } = state;
    const pause = watch.lastJudgedAt === null ? 0 : Math.min(Math.max(0, world.clock.now() - Date.parse(watch.lastJudgedAt)), LONGEST_PAUSE_MS);
    this.#progress = { ...watch, durationMs: request.durationMs ?? watch.durationMs, watchedMs: watch.watchedMs + pause };
    this.#countedTo = world.clock.monotonic();
    this.#judgedAt = this.#countedTo;
    this.#evidence = evidenceOf(world, state);
  }

  async run(): Promise<MonitorDocument> {
    const { setting } = this.#world;
    const { canary } = this.#state;
    if (digestOf(setting.policy) !== canary.policyHash) {
      throw new QscError("canary_refused", `The policy ${setting.policySource} is not the one that the canary was activated with; watch it with that one.`);
    }
    const guard = await this.#world.services.guardState(guardName(this.#world.unit));
    if (guard !== "armed") {
      const why = guard === "absent" ? "it is not armed" : guard.broken;
      return this.#rollBack([`dead-man: nothing would take the canary back if this watch ended: ${why}`]);
    }
    await renewLease(this.#world, LEASE_SECONDS);
    this.#window = new WatchWindow(this.#request.window, await compilePolicy(setting.policy), canary, Date.parse(this.#state.watch.cutover));
    const end = await this.#watch(this.#window);
    switch (end.kind) {
      case "violation":
        return this.#rollBack(end.violations);
      case "eligible":
        return this.#arrived();
      case "interrupted":
        if (this.#look !== null) await this.#remember();
        return this.#document("interrupted", [`The watch was interrupted: start it again within ${LEASE_SECONDS} s, or the canary is taken back.`]);
      case "left":
        return this.#document("no_canary", [end.detail]);
    }
  }

  #arrived(): MonitorDocument {
    if (this.#state.phase === "promoted") return this.#document("promoted", []);
    this.#warnings.add(`Nobody watches any more: promote within ${HANDOVER_SECONDS} s, or watch on (qsc monitor --stay); else the canary is taken back.`);
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
        this.#noteOutage(entries.outage?.message ?? (isRead ? null : "what there is has not been read to its end"));
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

  #noteOutage(outage: string | null): void {
    this.#outage = outage;
    if (outage === null) this.#outageSince = null;
    else this.#outageSince ??= this.#world.clock.monotonic();
  }

  /** Whether somebody else has acted on the canary. */
  async #left(): Promise<End | null> {
    const read = await this.#stateFile.read();
    if (read.kind === "absent") return { kind: "left", detail: "The state file is gone; start the watch again, or take the canary back." };
    if (read.kind === "broken") return { kind: "violation", violations: [read.detail] };
    const { state } = read;
    if (isWatched(state) && state.phase !== "promoted" && state.canary.share === this.#state.canary.share && state.canary.model === this.#state.canary.model) return null;
    return { kind: "left", detail: `The canary is in the phase ${state.phase} by now: another command has acted on it.` };
  }

  async #judge(window: WatchWindow, hasNews: boolean, caughtUp: boolean): Promise<End | null> {
    const { clock } = this.#world;
    const now = clock.monotonic();
    this.#progress = { ...this.#progress, watchedMs: this.#progress.watchedMs + (now - this.#countedTo) };
    this.#countedTo = now;
    if (this.#outageSince !== null && now - this.#outageSince >= LONGEST_OUTAGE_MS) {
      return { kind: "violation", violations: [`source: the telemetry could not be read for ${describeDuration(LONGEST_OUTAGE_MS)}: ${this.#outage ?? ""}`] };
    }
    const isOver = this.#progress.watchedMs >= this.#progress.durationMs;
    // Half of the telemetry would be judged as the whole.
    const isDue = caughtUp && this.#outageSince === null && (hasNews || isOver || now - this.#judgedAt >= this.#request.intervalMs);
    if (isDue) {
      const violations = this.#judgeNow(window);
      if (violations.length > 0) return { kind: "violation", violations };
    }
    const lost = await this.#rights.look(now);
    if (lost !== null) return { kind: "violation", violations: [lost] };
    await renewLease(this.#world, LEASE_SECONDS);
    if (isDue && isOver && this.#state.phase === "canary") {
      const unproven = this.#unproven();
      if (unproven.length > 0) return { kind: "violation", violations: unproven };
      const reached = await this.#alone(() => this.#becomeEligible());
      // Somebody acts just now: the next look tells what came of it.
      if (reached === null) return null;
      if (reached === "promoted" || !this.#request.stay) return { kind: "eligible" };
    }
    if (isDue && now - this.#rememberedAt >= TICK_MS) await this.#remember();
    this.#report();
    return null;
  }

  #judgeNow(window: WatchWindow): readonly string[] {
    const { clock, setting } = this.#world;
    const { canary } = this.#state;
    const nowMs = clock.now();
    const minEvents = setting.policy.minEvents.canary;
    const look = window.look(nowMs, this.#gaps);
    this.#look = look;
    this.#judgedAt = clock.monotonic();
    this.#progress = {
      ...this.#progress,
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
  async #becomeEligible(): Promise<"eligible" | "promoted"> {
    const { canary } = this.#state;
    const { model, share } = canary;
    const phase = share === 1 ? "promoted" : "eligible";
    await appendAudit(this.#world, phase, { model, share, watchedMs: this.#progress.watchedMs, events: this.#progress.events });
    await writeState(this.#world, { phase, canary, watch: this.#progress, evidence: evidenceState(this.#evidence) });
    this.#state = { ...this.#state, phase };
    if (phase === "eligible") await renewLease(this.#world, HANDOVER_SECONDS);
    else await this.#disarm();
    return phase;
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

  /** Writes while nobody else acts, so that no state of another command is written over; null where one does, or has. */
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

/**
 * The evidence of a watch: what an earlier run of it has left, or none yet.
 * @throws QscError `canary_refused` for what cannot be gone on with
 */
function evidenceOf({ setting: { policy } }: CanaryWorld, { canary, evidence }: Watched): EntryEvidence {
  const options = { policy, models: Object.keys(canary.models), baselines: new Map(Object.entries(canary.models)) };
  return evidence === null ? new EntryEvidence(options) : EntryEvidence.restore(options, evidence);
}

/** As the state file has it: a record of plain JSON. */
function evidenceState(evidence: EntryEvidence): Readonly<Record<string, unknown>> {
  return { ...evidence.state() };
}

/** The finding that is nearest to being conclusive, or the furthest beyond. */
function strongestOf(evidence: EntryEvidence): EvidenceFinding | null {
  if (evidence.decisions === 0) return null;
  const [strongest = null] = evidence.findings().toSorted((a, b) => b.log10 - b.threshold - (a.log10 - a.threshold));
  return strongest;
}

/** A cursor as the state file has it, which its schema has checked. */
function entryIdOf(text: string): EntryId {
  const id = parseEntryId(text);
  if (id === null) throw new QscError("internal", `'${text}' is no entry ID.`);
  return id;
}
