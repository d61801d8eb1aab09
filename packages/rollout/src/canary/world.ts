import type { EventSource } from "@qsc/stream-reader";
import type { ServiceManager } from "@qsc/systemd";
import { join } from "node:path";
import type { Setting } from "../telemetry/setting.js";
import type { Files } from "./files.js";
import type { Lock } from "./lock.js";

/** Time, as a canary's life needs it. */
export interface Clock {
  /** Milliseconds since 1970. May jump. */
  readonly now: () => number;
  /**
   * Milliseconds since some moment of this boot, the same one for all processes. Never jumps, and stands still only while
   * the host sleeps.
   */
  readonly monotonic: () => number;
  /** Which boot of the host this is, and how many seconds ago it was: the host's sleep counts. */
  readonly boot: () => Promise<{ readonly id: string; readonly uptimeSeconds: number }>;
  /** Resolves after `ms` milliseconds, or as soon as the signal says. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** The files of a canary's life, below the working directory. */
export interface CanaryPaths {
  readonly state: string;
  readonly baseline: string;
  readonly audit: string;
  /** The settings that a canary was activated with. */
  readonly settings: string;
  /** Until when the canary may live without a sign of its watch. */
  readonly lease: string;
}

/** Everything that a canary's life touches: each method of it is an effect that may fail. */
export interface CanaryWorld {
  readonly unit: string;
  readonly services: ServiceManager;
  /** How a shell calls `systemctl` for this unit; null where no systemd runs it. */
  readonly systemctl: string | null;
  readonly files: Files;
  readonly clock: Clock;
  /** The directory that holds state, log and reports; absolute. */
  readonly workdir: string;
  readonly paths: CanaryPaths;
  readonly lock: Lock;
  /** Lets one watch of a unit run at a time. */
  readonly watchLock: Lock;
  readonly setting: Setting;
  /** Who acts, for the audit log. */
  readonly user: string;
  /** The command that acts: unlike any other. */
  readonly operation: string;
  /** Opens the telemetry as one that is still written to. The caller closes it. */
  readonly openSource: () => Promise<EventSource>;
  /** Where the telemetry is, for documents: no password. */
  readonly telemetry: { readonly source: string; readonly stream: string | null };
  /** The settings of this command, for one that is called without them: by the dead-man, from anywhere. */
  readonly settings: Readonly<Record<string, string>>;
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
