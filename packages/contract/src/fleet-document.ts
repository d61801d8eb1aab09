import type { ErrorCode } from "./codes.js";
import type { ExitCode } from "./exit-codes.js";
import type { Verdict } from "./verdict.js";

/** What a fleet can be told to do. */
export const FLEET_ACTIONS = ["status", "deploy", "activate", "monitor", "promote", "rollback"] as const;
/** What a fleet was told to do. */
export type FleetAction = (typeof FLEET_ACTIONS)[number];

/**
 * What is known of a host at the end. `proven`: what was asked for is. `rolled_back`: it is not, and what was before is
 * proven. `untouched`: nothing was done there. `failed`: neither is proven, and a person has to look. `unreachable`:
 * nothing is known; if a canary is there, its dead-man rolls it back.
 */
export type FleetOutcome = "proven" | "rolled_back" | "untouched" | "failed" | "unreachable";

/** One host of a fleet, at the end of a command. */
export interface FleetHostReport {
  readonly name: string;
  /** The number of its wave, from 1; null if the command has no waves. */
  readonly wave: number | null;
  readonly outcome: FleetOutcome;
  /** The phase of its canary, as the host has said last; null if it was not asked, or did not say. */
  readonly phase: string | null;
  /** Why what was asked for is not proven. */
  readonly reasons: readonly string[];
  /** When a canary that cannot be reached has been rolled back by its own dead-man, ISO 8601 UTC; otherwise null. */
  readonly until: string | null;
}

/** What a command did on the hosts of a fleet. A pass only if it is proven on every one. */
export interface FleetDocument {
  readonly kind: "fleet";
  readonly verdict: Verdict;
  readonly exitCode: ExitCode;
  readonly reasons: readonly string[];
  readonly codes: readonly ErrorCode[];
  readonly warnings: readonly string[];
  readonly judgedAt: string;
  /** Where the command ran. */
  readonly host: string;
  readonly toolVersion: string;
  readonly fleet: string;
  readonly action: FleetAction;
  readonly hosts: readonly FleetHostReport[];
  readonly digest: string;
}
