import type { Policy } from "@qsc/contract";
import type { MeasuredNotifications } from "@qsc/report/metrics";
import type { EventSource } from "@qsc/stream-reader";
import type { ObservedPlace } from "./observer.js";

/** What the console needs to know. Nothing in it can act on a unit. */
export interface ConsoleRequest {
  readonly place: ObservedPlace;
  /** The name of this machine. */
  readonly machine: string;
  readonly toolVersion: string;
  /**
   * The policy that a watch has, so that what it kept of each symbol can be read. Asked each time: nothing else needs it.
   * @throws QscError `invalid_policy`
   */
  readonly policy: () => Promise<Policy>;
  /** Where to listen, such as `127.0.0.1:8787`. */
  readonly listen: string;
  /** The further names by which browsers may address it, such as that of a proxy. */
  readonly names: readonly string[];
  /** What a browser has to know; null: nothing, which is allowed on a loopback address alone. */
  readonly token: string | null;
  /** Opens the telemetry; called again after each outage. */
  readonly openSource: () => Promise<EventSource>;
  /** Whether the dead-man is armed. @throws the error of the service manager, if it cannot be asked */
  readonly isDeadManArmed: () => Promise<boolean>;
  /** What waits for the channels of notifications. @throws the error of the files, if that is unknown */
  readonly notifications: () => Promise<MeasuredNotifications>;
  /** Ends the console. */
  readonly signal: AbortSignal;
  /** Called with each sentence for the operator. */
  readonly say: (sentence: string) => void;
}

/** The console: a program that the command line starts, as it starts its other programs, by the name of its file. */
export interface ConsoleProgram {
  /**
   * Serves until the signal.
   * @throws QscError `invalid_config` for an address that cannot be used, or that needs a token
   */
  readonly serveConsole: (request: ConsoleRequest) => Promise<void>;
}
