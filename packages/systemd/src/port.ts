import type { Confinement } from "./unit-text.js";

/** What bounds the time from the order to stop a unit until nothing of it runs: systemd.service(5), systemd.kill(5). */
export interface StopRules {
  /** Longest time for each part of a stop (a command, a signal), in milliseconds; null: without end. */
  readonly timeoutMs: number | null;
  /** `terminate`, `kill`, or `abort`: then another signal comes before the last one, and has `abortMs`. */
  readonly onTimeout: string;
  readonly abortMs: number | null;
  /** `control-group`, `mixed`; `process` and `none` leave processes behind. */
  readonly killMode: string;
  /** The number of the first signal, 15 for SIGTERM. */
  readonly killSignal: number;
  /** Whether a last signal is sent to what the first one did not end. */
  readonly sendsLastSignal: boolean;
  /** The number of that last signal, 9 for SIGKILL. */
  readonly lastSignal: number;
  /** How many commands run before the first signal. */
  readonly stopCommands: number;
  /** How many commands run once the main process has ended. */
  readonly postCommands: number;
}

/** A unit as its manager sees it at one moment. */
export interface UnitState {
  /** Its own name (systemd's Id): that of the unit which was asked for, or which an alias leads to. */
  readonly unit: string;
  /** `loaded`, `not-found`, `masked`, `bad-setting`, `error`, ... */
  readonly load: string;
  /** `active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`, ... */
  readonly active: string;
  readonly sub: string;
  /** How it last ended: `success`, `exit-code`, `signal`, `start-limit-hit`, `timeout`, ... */
  readonly result: string;
  /** As the manager numbers processes: in a container or over ssh, not this machine's. */
  readonly mainPid: number | null;
  /** 32 hexadecimal digits, another one for every start; null if it never ran. */
  readonly invocationId: string | null;
  /** Start of the main process, microseconds since 1970 UTC; null if it never ran. */
  readonly startedUs: number | null;
  /** When the unit last became active, microseconds since 1970 UTC; null if it never was. */
  readonly activeSinceUs: number | null;
  /** The unit's environment as the manager resolves it, drop-ins included, environment files not. */
  readonly environment: ReadonlyMap<string, string>;
  /** Paths of the drop-ins that the manager has read. */
  readonly dropIns: readonly string[];
  /** Path of the unit's own file; null where it has none. */
  readonly fragment: string | null;
  /** In the order in which they are read, as they are written: one may be a pattern of names. */
  readonly environmentFiles: readonly string[];
  /** Names of variables that the unit takes over from the manager's own process. */
  readonly passEnvironment: readonly string[];
  /** `NAME` or `NAME=value`: what is taken away from the environment at last. */
  readonly unsetEnvironment: readonly string[];
  /** How it is stopped; null where the manager does not say. */
  readonly stop: StopRules | null;
  /** The manager knows that files have changed. It does not notice a new drop-in directory: reload in any case. */
  readonly needsReload: boolean;
}

/** One line that a unit's process has written. */
export interface JournalLine {
  /** Microseconds since 1970 UTC. */
  readonly timeUs: number;
  /** As it was written: bytes that are no UTF-8 become U+FFFD; nothing is made inert. */
  readonly message: string;
  readonly pid: number | null;
  readonly invocationId: string | null;
  /** The name the line was logged under, usually the program's. */
  readonly identifier: string | null;
  /** 0 (emergency) to 7 (debug). */
  readonly priority: number | null;
}

/** The dead-man: a command that is run again and again, whatever becomes of the process that armed it. */
export interface Guard {
  /** Without a suffix, for example `qsc-deadman-quantum-ai-engine`. */
  readonly name: string;
  /** An absolute program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  /** Whole seconds between two runs, 1 at least. */
  readonly everySeconds: number;
  /** Whole seconds from the boot to the first run; 1 at least. A guard that is armed later runs at once. */
  readonly afterBootSeconds: number;
  /** One line for an operator who finds it. */
  readonly description: string;
  /** Set for one that root has installed for a user who may only start and stop it: disarmed, it stays installed. */
  readonly installed?: Installed;
}

/** How a guard is installed. */
interface Installed extends Confinement {
  /** The timer starts, at a boot too, only where this file is; null: always, and its runs leave no lines in the journal but their own. */
  readonly whenThere: string | null;
}

/**
 * Whether a guard will run its command; `broken` says why it will not, although it looks as if it should. One whose
 * files are installed and whose timer does not run is `absent`, like one without files: nothing is going to run it, and
 * `armGuard` can arm it. A timer installed beforehand and enabled is `armed` from each boot on, until it is disarmed.
 */
export type GuardState = "armed" | "absent" | { readonly broken: string };

export interface JournalOptions {
  /** Only the lines of this start. */
  readonly invocationId: string;
  /** Goes on with what is written later, until the signal. Default: what is there now. */
  readonly follow?: boolean;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
}

/**
 * What runs services. The port has only what a rollout needs, and every adapter passes the same conformance suite.
 *
 * Every method rejects with a coded QscError (`ServiceError`, with unit, command, exit code and stderr): `invalid_unit`
 * for a name that is none, `service_unreachable` where the manager cannot be asked, `service_permission` where it
 * refuses the user.
 */
export interface ServiceManager {
  /** For an operator: `systemd (system)`, `systemd (user)`, `systemd on user@host`, `child processes in DIR`. */
  readonly label: string;

  /** The unit now. One that does not exist is a state (`load` is `not-found`), not an error. */
  state(unit: string): Promise<UnitState>;

  /** The variables that every unit's processes have, below its own: `systemctl set-environment`. */
  managerEnvironment(): Promise<ReadonlyMap<string, string>>;

  /** Where `writeDropIn` writes. */
  dropInPath(unit: string, name: string): string;
  /**
   * The environment that `writeDropIn` has written; null where there is no such drop-in.
   * @throws QscError `dropin_invalid` where another hand has written it in another form, `dropin_failed`.
   */
  readDropIn(unit: string, name: string): Promise<ReadonlyMap<string, string> | null>;
  /**
   * Writes environment that the unit's next process has, after a `reload`. After a crash the old content is there or
   * the new one, and once this resolves the new one is there even after a power cut.
   * @throws QscError `dropin_invalid` before anything is written, `dropin_failed`.
   */
  writeDropIn(unit: string, name: string, environment: ReadonlyMap<string, string>): Promise<void>;
  /**
   * Removes it, for good even after a power cut; no error where it is not there. Needs no space on the disk.
   * @throws QscError `dropin_failed`.
   */
  removeDropIn(unit: string, name: string): Promise<void>;

  /** Makes the manager read its files again. */
  reload(): Promise<void>;
  /** Forgets that the unit failed, and how often it was started lately. No error where there is nothing to forget. */
  resetFailed(unit: string): Promise<void>;
  /**
   * Resolves with the unit's state once it is really `inactive` or `failed`.
   * @throws QscError `service_missing`, `service_timeout`: it may end later.
   */
  stop(unit: string, timeoutMs: number): Promise<UnitState>;
  /**
   * Starts the unit, which must not run, and resolves with its state once it is active under a new invocation and has
   * stayed so for a short time.
   * @throws QscError `service_missing`; `service_failed` with the unit's last journal lines; `service_timeout`.
   */
  start(unit: string, timeoutMs: number): Promise<UnitState>;

  /**
   * Kills (SIGKILL) whatever runs in the unit, its main process and what earlier starts have left, whatever its own rules of a
   * stop say. Resolves once the signals are sent; no error where there was nothing to kill.
   * @throws QscError `service_permission` where something runs and this user may not kill it
   */
  kill(unit: string): Promise<void>;

  /**
   * The processes of the unit that are older than its main process: an earlier start left them behind, as with
   * `KillMode=process`. Child processes of the main process are not among them. Empty for a unit that does not run.
   * @throws QscError `service_unreachable` where it cannot be told.
   */
  leftovers(unit: string): Promise<readonly number[]>;

  /** The lines that the processes of one start have written, oldest first. */
  journal(unit: string, options: JournalOptions): AsyncIterable<JournalLine>;

  /** Makes the guard run; replaces one of its name, and leaves an equal one as it is. */
  armGuard(guard: Guard): Promise<void>;
  /**
   * Ends the guard and a run that is under way; no error where it is not there. A run that disarms its own guard goes
   * on to its end.
   */
  disarmGuard(name: string): Promise<void>;
  guardState(name: string): Promise<GuardState>;
}
