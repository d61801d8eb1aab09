import type { Confinement } from "./unit-text.js";

/** What limits the time from the stop order until no process of the unit runs: systemd.service(5), systemd.kill(5). */
export interface StopRules {
  /** Longest time for each step of a stop (a command, a signal), in milliseconds; null: unlimited. */
  readonly timeoutMs: number | null;
  /** `terminate`, `kill`, or `abort`: then an extra signal comes before the last one and gets `abortMs`. */
  readonly onTimeout: string;
  readonly abortMs: number | null;
  /** `control-group`, `mixed`; `process` and `none` leave processes behind. */
  readonly killMode: string;
  /** The number of the first signal, 15 for SIGTERM. */
  readonly killSignal: number;
  /** Whether a last signal is sent to processes that the first one did not end. */
  readonly sendsLastSignal: boolean;
  /** The number of the last signal, 9 for SIGKILL. */
  readonly lastSignal: number;
  /** Number of commands that run before the first signal. */
  readonly stopCommands: number;
  /** Number of commands that run once the main process has ended. */
  readonly postCommands: number;
}

/** A unit as its manager sees it at one moment. */
export interface UnitState {
  /** Its own name (systemd's Id): the unit that was asked for, or the one an alias points to. */
  readonly unit: string;
  /** `loaded`, `not-found`, `masked`, `bad-setting`, `error`, ... */
  readonly load: string;
  /** `active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`, ... */
  readonly active: string;
  readonly sub: string;
  /** How it last ended: `success`, `exit-code`, `signal`, `start-limit-hit`, `timeout`, ... */
  readonly result: string;
  /** The PID as the manager sees it: in a container or over ssh, not a PID of this machine. */
  readonly mainPid: number | null;
  /** 32 hexadecimal digits, different for every start; null if it never ran. */
  readonly invocationId: string | null;
  /** Start of the main process, microseconds since 1970 UTC; null if it never ran. */
  readonly startedUs: number | null;
  /** When the unit last became active, microseconds since 1970 UTC; null if it never was. */
  readonly activeSinceUs: number | null;
  /** The unit's environment as the manager resolves it, drop-ins included, environment files not. */
  readonly environment: ReadonlyMap<string, string>;
  /** Paths of the drop-ins that the manager has read. */
  readonly dropIns: readonly string[];
  /** Path of the unit's own file; null if it has none. */
  readonly fragment: string | null;
  /** In the order in which they are read, as written: an entry may be a glob pattern. */
  readonly environmentFiles: readonly string[];
  /** Names of variables that the unit inherits from the manager's own process. */
  readonly passEnvironment: readonly string[];
  /** `NAME` or `NAME=value`: what is removed from the environment last. */
  readonly unsetEnvironment: readonly string[];
  /** How it is stopped; null if the manager does not say. */
  readonly stop: StopRules | null;
  /** The manager knows that files have changed. It does not notice a new drop-in directory, so reload in any case. */
  readonly needsReload: boolean;
}

/** One line that a unit's process has written. */
export interface JournalLine {
  /** Microseconds since 1970 UTC. */
  readonly timeUs: number;
  /** As it was written, control characters included; bytes that are not UTF-8 become U+FFFD. */
  readonly message: string;
  readonly pid: number | null;
  readonly invocationId: string | null;
  /** The name the line was logged under, usually the program's. */
  readonly identifier: string | null;
  /** 0 (emergency) to 7 (debug). */
  readonly priority: number | null;
}

/** The dead-man: a command that runs periodically, even if the process that armed it dies. */
export interface Guard {
  /** Without a suffix, for example `qsc-deadman-quantum-ai-engine`. */
  readonly name: string;
  /** The absolute path of a program, and its arguments; no shell is involved. */
  readonly command: readonly string[];
  /** Whole seconds between two runs, at least 1. */
  readonly everySeconds: number;
  /** Whole seconds from boot to the first run, at least 1. A guard that is armed later runs at once. */
  readonly afterBootSeconds: number;
  /** One line for an operator who finds it. */
  readonly description: string;
  /**
   * Set for a guard that root installed for a user who may only start and stop it: it stays installed when disarmed.
   */
  readonly installed?: Installed;
}

/** How a guard is installed. */
interface Installed extends Confinement {
  /**
   * The timer starts, at boot too, only if this file exists. Null: it always starts, and the journal has only the
   * output of its runs.
   */
  readonly whenThere: string | null;
}

/**
 * Whether a guard will run its command; `broken` says why it will not, although it looks armed. A guard whose files are
 * installed but whose timer does not run is `absent`, like one without files: nothing will run it, and `armGuard` can
 * arm it. A timer that was installed beforehand and enabled is `armed` after each boot until it is disarmed.
 */
export type GuardState = "armed" | "absent" | { readonly broken: string };

/** Which lines of a journal are read. */
export interface JournalOptions {
  /** Only lines of this start. */
  readonly invocationId: string;
  /** Continues with later lines until the signal. Default: only the existing lines. */
  readonly follow?: boolean;
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal;
}

/**
 * A service manager. The port has only what a rollout needs, and every adapter passes the same conformance suite.
 *
 * Every method rejects with a coded QscError (`ServiceError`, with unit, command, exit code and stderr): `invalid_unit`
 * for an invalid name, `service_unreachable` if the manager cannot be reached, `service_permission` if it refuses the
 * user.
 */
export interface ServiceManager {
  /** For an operator: `systemd (system)`, `systemd (user)`, `systemd on user@host`, `child processes in DIR`. */
  readonly label: string;

  /** The unit's current state. A unit that does not exist is a state (`load` is `not-found`), not an error. */
  state(unit: string): Promise<UnitState>;

  /** The variables that all units' processes get, overridden by the unit's own: `systemctl set-environment`. */
  managerEnvironment(): Promise<ReadonlyMap<string, string>>;

  /** Where `writeDropIn` writes. */
  dropInPath(unit: string, name: string): string;
  /**
   * The environment that `writeDropIn` wrote; null if there is no such drop-in. @throws QscError `dropin_invalid` if
   * something else wrote it in another form, `dropin_failed`.
   */
  readDropIn(unit: string, name: string): Promise<ReadonlyMap<string, string> | null>;
  /**
   * Writes the environment that the unit's next process gets after a `reload`. A crash leaves the old content or the
   * new; once this resolves, the new content survives even a power cut.
   * @throws QscError `dropin_invalid` before anything is written, `dropin_failed`.
   */
  writeDropIn(unit: string, name: string, environment: ReadonlyMap<string, string>): Promise<void>;
  /**
   * Removes it, and the removal survives a power cut. No error if it does not exist. Needs no disk space.
   * @throws QscError `dropin_failed`.
   */
  removeDropIn(unit: string, name: string): Promise<void>;

  /** Makes the manager reread its files. */
  reload(): Promise<void>;
  /** Forgets that the unit failed and how often it was started recently. No error if there is nothing to forget. */
  resetFailed(unit: string): Promise<void>;
  /**
   * Resolves with the unit's state once it is really `inactive` or `failed`.
   * @throws QscError `service_missing`, `service_timeout`: it may end later.
   */
  stop(unit: string, timeoutMs: number): Promise<UnitState>;
  /**
   * Starts the unit, which must be stopped, and resolves with its state once it has been active under a new invocation
   * for a short time.
   * @throws QscError `service_missing`; `service_failed` with the unit's last journal lines; `service_timeout`.
   */
  start(unit: string, timeoutMs: number): Promise<UnitState>;

  /**
   * Kills (SIGKILL) every process in the unit, its main process and leftovers of earlier starts, whatever its stop
   * rules say. Resolves once the signals are sent; no error if there was nothing to kill.
   * @throws QscError `service_permission` if something runs that this user may not kill
   */
  kill(unit: string): Promise<void>;

  /**
   * The processes of the unit that are older than its main process: leftovers of an earlier start, as with
   * `KillMode=process`. Children of the main process are not included. Empty for a unit that does not run.
   * @throws QscError `service_unreachable` if they cannot be determined.
   */
  leftovers(unit: string): Promise<readonly number[]>;

  /** The lines that the processes of one start wrote, oldest first. */
  journal(unit: string, options: JournalOptions): AsyncIterable<JournalLine>;

  /** Makes the guard run. Replaces a guard of the same name, and leaves an equal one alone. */
  armGuard(guard: Guard): Promise<void>;
  /**
   * Ends the guard and its current run; no error if it does not exist. A run that disarms its own guard is not
   * interrupted.
   */
  disarmGuard(name: string): Promise<void>;
  /** Whether the guard of this name would act. */
  guardState(name: string): Promise<GuardState>;
}
