import { parseEntryId, QscError } from "@qsc/contract";
import type { Owner } from "../../../src/host/files.js";
import type { SourceItem } from "@qsc/stream-reader";
import type { Guard, GuardState } from "@qsc/systemd";
import { Disk, type Loss } from "./disk.js";
import { decision, startedEngine, type Engine, type EngineFault } from "./engine.js";
import { Life } from "./life.js";
import { firstLook, looksOf, lookAfter, lookAfterReload, type TimerText } from "./timer.js";

/** Milliseconds between two decisions of the engine. */
const PUBLISH_MS = 2000;
const DOWN_MS = 20_000;

/** A process that waits for a time; its death ends the waiting. */
interface Timer {
  readonly atMs: number;
  readonly owner: object;
  readonly fire: () => void;
}

/** The unit files of the dead-man, and its timer. */
interface GuardUnits {
  service: Guard | null;
  timer: Guard | null;
  enabled: boolean;
  running: boolean;
  nextLookMs: number;
  lookedAtMs: number | null;
}

/** A host: disk, clocks, a manager of one unit with its engine and dead-man, and the telemetry's server. */
export class Machine {
  disk = new Disk();
  /** The owners of files and directories; root by default. */
  owners = new Map<string, Owner>();
  /** The unit files as the manager last read them. */
  readUnits: ReadonlyMap<string, string> = new Map();
  /** Root's running guards, by name. */
  rootsGuards = new Set<string>();
  /** Since the model began, in milliseconds; never goes back. */
  monotonicMs = 0;
  /** Offset of the wall clock from it: a jump changes it. */
  wallOffsetMs = Date.UTC(2026, 0, 5, 9);
  bootNumber = 1;
  /** Long ago: a timer that waits some time after the boot fires at once. */
  bootedAtMs = -600_000;
  /** How long the host has slept since its boot. */
  sleptMs = 0;
  dropIn: ReadonlyMap<string, string> | null = null;
  /** The drop-in as the manager has read it. */
  loaded: ReadonlyMap<string, string> | null = null;
  engine: Engine | null = null;
  unit: "active" | "inactive" | "failed" = "inactive";
  starts = 0;
  guard: GuardUnits = { service: null, timer: null, enabled: false, running: false, nextLookMs: 0, lookedAtMs: null };
  entries: SourceItem[] = [];
  published = 0;
  nextPublishMs = 0;
  locks = new Map<string, object>();
  /** Commands that were started here or on the machines that this one was cloned from. */
  commands = 0;

  engineFaults = new Set<EngineFault>();
  failingStarts = 0;
  sourceIsDown = false;
  diskIsFull = false;
  /** Of the working directory's file system only: drop-ins are on another one. */
  diskIsReadOnly = false;

  /** Drop-ins by others, read after ours; and what the manager has read of them. */
  foreignDropIn: ReadonlyMap<string, string> | null = null;
  isMasked = false;
  /** The engine's process survives the stop of its unit, as with `KillMode=process`. */
  leavesProcesses = false;
  leftovers: readonly Engine[] = [];
  /** Kills of the unit are refused: only its own stop rules apply. */
  killsNothing = false;
  /** How long the engine takes to stop, in milliseconds. */
  stopMs = 0;
  stoppedAtMs: number | null = null;
  /** The dead-man's timer cannot be started. */
  guardIsMasked = false;
  /** The text of the dead-man's timer. */
  timerText: TimerText = looksOf;
  /** Another user holds the names of locks that any user may take, and never lets those who ask finish. */
  publicNamesAreTaken = false;
  life = new Life();
  /** A user that reloads the manager again and again. */
  readonly reloads = {};

  /** What the dead-man's timer runs; not while a run is under way. */
  onLook: (() => void) | null = null;
  guardRun: { readonly kill: () => void } | null = null;
  #timers: Timer[] = [];
  #readers = new Map<() => void, object>();
  #processes = new Map<object, () => void>();

  /** Since the boot, in seconds, as in /proc/uptime: the host's sleep counts. */
  get uptimeSeconds(): number {
    return (this.monotonicMs - this.bootedAtMs + this.sleptMs) / 1000;
  }

  get nowMs(): number {
    return this.wallOffsetMs + this.monotonicMs;
  }

  /** A machine like this one, on which no one does anything. */
  clone(): Machine {
    const other = new Machine();
    const {
      monotonicMs,
      wallOffsetMs,
      bootNumber,
      bootedAtMs,
      dropIn,
      loaded,
      engine,
      unit,
      starts,
      published,
      nextPublishMs,
    } = this;
    Object.assign(other, {
      monotonicMs,
      wallOffsetMs,
      bootNumber,
      bootedAtMs,
      dropIn,
      loaded,
      engine,
      unit,
      starts,
      published,
      nextPublishMs,
    });
    const {
      failingStarts,
      sourceIsDown,
      diskIsFull,
      diskIsReadOnly,
      foreignDropIn,
      isMasked,
      leavesProcesses,
      leftovers,
      stopMs,
      sleptMs,
    } = this;
    Object.assign(other, {
      sleptMs,
      failingStarts,
      sourceIsDown,
      diskIsFull,
      diskIsReadOnly,
      foreignDropIn,
      isMasked,
      leavesProcesses,
      leftovers,
      stopMs,
    });
    const { guardIsMasked, timerText, publicNamesAreTaken, commands } = this;
    Object.assign(other, { guardIsMasked, timerText, publicNamesAreTaken, commands });
    other.engineFaults = new Set(this.engineFaults);
    other.disk = this.disk.clone();
    other.owners = new Map(this.owners);
    other.readUnits = this.readUnits;
    other.rootsGuards = new Set(this.rootsGuards);
    other.guard = { ...this.guard };
    other.entries = [...this.entries];
    other.life = new Life(monotonicMs);
    return other;
  }

  /** The same, with the life of its canary so far. */
  fork(): Machine {
    const other = this.clone();
    other.life = this.life.clone();
    return other;
  }

  /** The processes that run here. */
  get processes(): number {
    return this.#processes.size;
  }

  /** When waiting ends, sorted, but not that of one process. */
  waits(except: object | null): readonly number[] {
    return this.#timers
      .filter(({ owner }) => owner !== except)
      .map(({ atMs }) => atMs)
      .sort((a, b) => a - b);
  }

  sleepUntil(atMs: number, owner: object, fire: () => void): () => void {
    const timer = { atMs, owner, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** Called once at the next entry, or when the server goes down or comes back. */
  onNews(owner: object, heard: () => void): () => void {
    this.#readers.set(heard, owner);
    return () => {
      this.#readers.delete(heard);
    };
  }

  news(): void {
    const readers = [...this.#readers.keys()];
    this.#readers.clear();
    for (const heard of readers) heard();
  }

  /** A process that runs here until it is forgotten. */
  remember(process: object, kill: () => void): void {
    this.#processes.set(process, kill);
  }

  /** A dead process waits for nothing, and holds no lock. */
  forget(owner: object): void {
    this.#processes.delete(owner);
    this.#timers = this.#timers.filter((timer) => timer.owner !== owner);
    for (const [heard, reader] of this.#readers) if (reader === owner) this.#readers.delete(heard);
    for (const [name, holder] of this.locks) if (holder === owner) this.locks.delete(name);
  }

  /** Lets time pass up to the next event; while there is no reader, decisions need not be made. */
  advance(isRead = true): void {
    this.life.passing(this, () => {
      this.#advance(isRead);
    });
  }

  #advance(isRead: boolean): void {
    if (!isRead) this.nextPublishMs = Infinity;
    const looks = this.guard.running && this.onLook !== null && this.guardRun === null;
    const times = this.#timers.map(({ atMs }) => atMs);
    if (this.engine !== null) times.push(this.nextPublishMs);
    if (looks) times.push(this.guard.nextLookMs);
    this.monotonicMs = Math.max(this.monotonicMs, Math.min(...times));
    if (!Number.isFinite(this.monotonicMs)) throw new Error("nothing will ever happen again");
    if (this.engine !== null && this.nextPublishMs <= this.monotonicMs) this.publish();
    const due = this.#timers.filter(({ atMs }) => atMs <= this.monotonicMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.monotonicMs);
    for (const { fire } of due) fire();
    if (!isRead) this.nextPublishMs = this.monotonicMs + PUBLISH_MS;
    if (looks && this.guard.nextLookMs <= this.monotonicMs) {
      this.guard.lookedAtMs = this.monotonicMs;
      this.guard.nextLookMs = lookAfter(this);
      this.onLook?.();
    }
  }

  publish(label?: string): void {
    this.nextPublishMs = this.monotonicMs + PUBLISH_MS;
    if (this.engine === null || this.sourceIsDown || this.engineFaults.has("publishes nothing")) return;
    const place = this.entries.length % 10;
    const isFrozen = this.engineFaults.has("is frozen within its candle") && place < 7;
    if (isFrozen && place > 0) {
      this.repeat();
      return;
    }
    const answer = isFrozen
      ? "BUY"
      : (label ??
        (this.engineFaults.has("answers with no label")
          ? "HODL"
          : this.engineFaults.has("buys alone")
            ? "BUY"
            : undefined));
    if (label !== undefined) this.life.violated(this.monotonicMs);
    for (const engine of [...this.leftovers, this.engine]) {
      this.entries.push(decision(engine, this.published, this.nowMs, answer, this.entries.at(-1)?.id ?? null));
      this.published += 1;
    }
    this.news();
  }

  /** The dead-man's timer starts; it fires at once, or when its text says. */
  startGuard(): void {
    if (this.guardIsMasked) throw new QscError("service_failed", "the timer of the dead-man is masked");
    this.guard.running = true;
    this.guard.lookedAtMs = null;
    this.guard.nextLookMs = firstLook(this);
  }

  /** The wall clock jumps. */
  jump(ms: number): void {
    this.wallOffsetMs += ms;
  }

  /** The host sleeps: the wall clock and the time since the boot advance, the monotonic clock does not. */
  suspend(ms: number): void {
    this.wallOffsetMs += ms;
    this.sleptMs += ms;
  }

  /** The newest decision again, under another ID. */
  repeat(): void {
    const newest = this.entries.at(-1);
    const id = parseEntryId(`${this.nowMs}-1`);
    if (newest === undefined || id === null) throw new Error("nothing was published yet");
    this.entries.push({ ...newest, id });
    this.news();
  }

  /** The telemetry's server goes down or comes back; its followers notice. */
  turnSource(state: "down" | "up"): void {
    this.sourceIsDown = state === "down";
    this.news();
  }

  reload(): void {
    const both = [...(this.dropIn ?? []), ...(this.foreignDropIn ?? [])];
    this.loaded = both.length === 0 ? null : new Map(both);
    this.readUnits = unitFilesOn(this.disk);
    if (this.guard.running) this.guard.nextLookMs = lookAfterReload(this);
  }

  stop(): void {
    if (this.leavesProcesses && this.engine !== null) this.leftovers = [...this.leftovers, this.engine];
    this.engine = null;
    this.unit = "inactive";
  }

  /** Everything that runs in the unit ends at once. */
  kill(): void {
    if (this.killsNothing) return;
    this.leftovers = [];
    if (this.engine === null) return;
    this.engine = null;
    this.unit = "failed";
    this.stoppedAtMs = null;
  }

  /** @throws QscError `service_failed` if this start is to fail */
  start(): void {
    if (this.isMasked) throw new QscError("service_failed", "Unit engine.service is masked.");
    if (this.failingStarts > 0) {
      this.failingStarts -= 1;
      this.unit = "failed";
      throw new QscError(
        "service_failed",
        "engine.service did not start and stay: it is failed (failed), result exit-code.",
      );
    }
    this.starts += 1;
    this.engine = startedEngine(this.starts, this.nowMs, this.loaded ?? new Map<string, string>(), this.engineFaults);
    this.unit = "active";
    this.nextPublishMs = this.monotonicMs + PUBLISH_MS;
  }

  guardState(): GuardState {
    const { service, timer, enabled, running } = this.guard;
    if (!running) return "absent";
    if (service === null || timer === null) return { broken: "a unit is not-found" };
    return enabled ? "armed" : { broken: "the timer is disabled: it will not survive a reboot" };
  }

  /** The whole machine goes down and comes up again, with what is on its disk. */
  losePower(loss: Loss): void {
    this.disk.losePower(loss);
    // Not only the one that was about to act: no process survives it.
    for (const kill of this.#processes.values()) kill();
    this.#timers = [];
    this.#readers.clear();
    this.locks.clear();
    this.guardRun = null;
    this.leftovers = [];
    this.engine = null;
    this.life.passing(this, () => {
      this.monotonicMs += DOWN_MS;
    });
    this.bootNumber += 1;
    this.bootedAtMs = this.monotonicMs;
    this.sleptMs = 0;
    this.reload();
    this.unit = "inactive";
    try {
      this.start();
    } catch {
      // An engine that cannot be started serves nothing.
    }
    const { service, timer, enabled } = this.guard;
    this.guard.running = service !== null && timer !== null && enabled && !this.guardIsMasked;
    this.guard.lookedAtMs = null;
    if (this.guard.running) this.guard.nextLookMs = firstLook(this);
  }
}

/** The unit files on a disk. */
export function unitFilesOn(disk: Disk): ReadonlyMap<string, string> {
  const names = disk.names().filter((name) => /^\/etc\/systemd\/system\/[^/]+\.(service|timer)$/.test(name));
  return new Map(names.map((name) => [name, disk.read(name) ?? ""]));
}
