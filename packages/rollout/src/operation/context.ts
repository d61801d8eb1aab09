import type { EventSource } from "@qsc/stream-reader";
import type { ServiceManager } from "@qsc/systemd";
import { join } from "node:path";
import type { JudgementContext } from "../judge/context.js";
import type { Clock } from "../host/clock.js";
import type { Files, Owner } from "../host/files.js";
import type { Lock } from "../host/lock.js";
import type { NotificationHealth } from "./notification-health.js";

/** The files of a canary, below the working directory. */
export interface CanaryPaths {
  readonly state: string;
  readonly baseline: string;
  readonly audit: string;
  /** The settings that a canary was activated with. */
  readonly settings: string;
  /** Until when the canary may live without a renewal by its watch. */
  readonly lease: string;
}

/** Everything that a command on a canary touches: each method is an effect that may fail. */
export interface OperationContext {
  readonly unit: string;
  readonly services: ServiceManager;
  /** How a shell calls `systemctl` for this unit; null if it is not run by systemd. */
  readonly systemctl: string | null;
  readonly files: Files;
  readonly clock: Clock;
  /** The directory that holds state, log and reports; absolute. */
  readonly workdir: string;
  readonly paths: CanaryPaths;
  readonly lock: Lock;
  /** Lets only one watch of a unit run at a time. */
  readonly watchLock: Lock;
  readonly judgement: JudgementContext;
  /** Who acts, for the audit log. */
  readonly user: string;
  /**
   * The user whose files a canary's are: for root, the owner of the working directory; otherwise who acts.
   * @throws the system's error if that cannot be found out
   */
  readonly owner: () => Promise<string>;
  /** The unique ID of the command that acts. */
  readonly operation: string;
  /** Opens the telemetry for reading while it is still being written. The caller closes it. */
  readonly openSource: () => Promise<EventSource>;
  /** Where the telemetry is, for documents: without a password. */
  readonly telemetry: { readonly source: string; readonly stream: string | null };
  /** The settings of this command, so that it can be run without them: by the dead-man, from any directory. */
  readonly settings: Readonly<Record<string, string>>;
  /** The account of a user of this host; null if it does not exist. */
  readonly accountOf: (user: string) => Promise<Owner | null>;
  /** What waits for the notification channels; null or missing if the settings name none. */
  readonly notifications?: (() => Promise<NotificationHealth>) | null;
  /** How this tool is started: an interpreter and its program. */
  readonly program: readonly string[];
}

/** Where the files of a unit's canary are. */
export function canaryPaths(workdir: string): CanaryPaths {
  return {
    state: join(workdir, "data", "qsc_canary_state.json"),
    baseline: join(workdir, "data", "baseline_model_weights.json"),
    audit: join(workdir, "logs", "qsc_canary.jsonl"),
    settings: join(workdir, "data", "qsc_canary_settings.json"),
    lease: join(workdir, "data", "qsc_canary_lease"),
  };
}
