import { CANARY_PHASES, type AuditEntry, type CanaryPhase, type CanaryState, type WatchProgress } from "@qsc/contract";
import type { Family } from "./exposition.js";
import { capped, family, seconds, single, timestamp } from "./family.js";
import { rollbackSeconds } from "./rollback-seconds.js";
import { notifyFamilies, type MeasuredNotifications } from "./notify-families.js";
import { modelFamilies, telemetryFamilies, type MeasuredTelemetry } from "./telemetry-families.js";

/** What the metrics are made from. Null is unknown. */
export interface Measured {
  readonly toolVersion: string;
  readonly unit: string;
  /** The state file: `absent` if there is none, `unknown` if it cannot be relied on. */
  readonly state: CanaryState | "absent" | "unknown";
  /** The entries of the audit log; `unreliable` if it is not whole, null if it was not read. */
  readonly log: readonly AuditEntry[] | "unreliable" | null;
  /** Whether the dead-man is armed; null if that could not be asked. */
  readonly deadManArmed: boolean | null;
  /** The telemetry; null if it is not followed. */
  readonly telemetry: MeasuredTelemetry | null;
  /** The notifications; null if what waits is unknown, or was not asked. */
  readonly notifications: MeasuredNotifications | null;
}

/** Every metric, in a fixed order, also those that have no value now. */
export function familiesOf(measured: Measured): readonly Family[] {
  const { toolVersion, unit } = measured;
  return [
    family("build_info", "gauge", "Always 1: the version of qsc, and the unit that it watches.", [
      { labels: { version: toolVersion, unit }, value: 1 },
    ]),
    ...canaryFamilies(measured),
    ...watchFamilies(watchOf(measured)),
    ...logFamilies(measured),
    ...telemetryFamilies(measured.telemetry),
    ...modelFamilies(measured.telemetry),
    ...notifyFamilies(measured.notifications),
  ];
}

function watchOf({ state }: Measured): WatchProgress | null {
  return typeof state === "string" ? null : state.watch;
}

/** Events after which the log itself says that there is no canary. */
const ENDS: readonly AuditEntry["event"][] = ["rollback", "promoted"];

/**
 * Without a state and a log nothing is recorded: there was no canary yet, or they are elsewhere. Without a state but with
 * a log, the newest canary may live, unless the log has its end: no command removes a state.
 */
function phaseOf({ state, log }: Measured): CanaryPhase | "unrecorded" | "unknown" {
  if (state === "unknown") return "unknown";
  if (state !== "absent") return state.phase;
  if (log === null || log === "unreliable") return "unknown";
  if (log.length === 0) return "unrecorded";
  const last = log.findLast(({ event }) => event !== "deploy");
  return last === undefined || ENDS.includes(last.event) ? "baseline" : "unknown";
}

function canaryFamilies(measured: Measured): readonly Family[] {
  const { state, deadManArmed } = measured;
  const phase = phaseOf(measured);
  const canary = typeof state === "string" ? null : state.canary;
  const isKnown = phase !== "unknown" && phase !== "unrecorded";
  const live = isKnown ? Number(phase !== "baseline" && phase !== "promoted") : null;
  return [
    family(
      "canary_phase",
      "gauge",
      "1 for the phase that the state file says, 0 for the others; unknown if the file cannot be relied on.",
      [...CANARY_PHASES, "unrecorded", "unknown"].map((each) => ({
        labels: { phase: each },
        value: Number(each === phase),
      })),
    ),
    single(
      "canary_live",
      "gauge",
      "1 while a canary has to be watched, 0 while there is none; absent if unknown.",
      live,
    ),
    family("canary_share_ratio", "gauge", "The share of the vote that the canary has or gets, by its model.", [
      ...(canary === null ? [] : [{ labels: { model: canary.model }, value: canary.share }]),
    ]),
    single(
      "dead_man_armed",
      "gauge",
      "1 if the dead-man, which rolls back an unwatched canary, is armed, 0 if not; absent if that could not be asked.",
      deadManArmed === null ? null : Number(deadManArmed),
    ),
  ];
}

function watchFamilies(watch: WatchProgress | null): readonly Family[] {
  const last = watch?.history?.at(-1) ?? null;
  const worst = watch?.worst ?? [];
  const ofModels = worst.flatMap(({ model, check, margin }) =>
    model === null ? [] : [{ labels: { model, check }, value: margin }],
  );
  return [
    single("canary_watched_seconds", "gauge", "Time that the canary was watched.", seconds(watch?.watchedMs)),
    single("canary_watch_duration_seconds", "gauge", "Time to watch the canary in all.", seconds(watch?.durationMs)),
    single(
      "canary_watch_remaining_seconds",
      "gauge",
      "Time still to watch, if every judgement comes in time.",
      watch === null ? null : Math.max(0, watch.durationMs - watch.watchedMs) / 1000,
    ),
    single(
      "canary_watch_start_timestamp_seconds",
      "gauge",
      "When the watch began.",
      timestamp(watch?.startedAt ?? null),
    ),
    single(
      "canary_last_judgement_timestamp_seconds",
      "gauge",
      "When the canary was last judged.",
      timestamp(watch?.lastJudgedAt ?? null),
    ),
    single("canary_judgements_total", "counter", "Judgements of this watch.", watch?.judgements ?? null),
    single("canary_decisions_total", "counter", "Decisions that this watch has judged.", watch?.events ?? null),
    family(
      "canary_worst_margin_ratio",
      "gauge",
      "The smallest distance of a check to its limit during the watch, as a part of the limit; negative beyond it.",
      capped(ofModels),
    ),
    family(
      "telemetry_worst_margin_ratio",
      "gauge",
      "The same of a check of the telemetry as a whole.",
      worst.flatMap(({ model, check, margin }) => (model === null ? [{ labels: { check }, value: margin }] : [])),
    ),
    family(
      "canary_nearest_margin_ratio",
      "gauge",
      "The distance to its limit of the check that was nearest to it lately, by model.",
      capped(
        (last?.margins ?? []).flatMap(({ model, margin }) =>
          model === null ? [] : [{ labels: { model }, value: margin }],
        ),
      ),
    ),
    family(
      "canary_evidence_ratio",
      "gauge",
      "The strongest evidence against a model lately: its logarithm as a part of what is conclusive; 1 and more is.",
      capped((last?.evidence ?? []).map(({ model, check, part }) => ({ labels: { model, check }, value: part }))),
    ),
  ];
}

function logFamilies({ log }: Measured): readonly Family[] {
  const entries = log === "unreliable" ? null : log;
  const ends = entries?.filter(({ event }) => event === "rollback" || event === "rollback_failed") ?? null;
  const of = (event: AuditEntry["event"]): number | null =>
    entries === null ? null : entries.filter((entry) => entry.event === event).length;
  return [
    single(
      "audit_log_reliable",
      "gauge",
      "1 if the audit log's chain is whole and matches the state.",
      log === null ? null : Number(entries !== null),
    ),
    single("activations_total", "counter", "Canaries that were activated, as the audit log has them.", of("activate")),
    family("rollbacks_total", "counter", "Rollbacks in the audit log, by whether the baseline was proven.", [
      { labels: { outcome: "proven" }, value: of("rollback") },
      { labels: { outcome: "failed" }, value: of("rollback_failed") },
    ]),
    single(
      "last_rollback_timestamp_seconds",
      "gauge",
      "When the newest rollback ended, proven or not.",
      timestamp(ends?.at(-1)?.at ?? null),
    ),
    single(
      "last_rollback_duration_seconds",
      "gauge",
      "How long the newest rollback took: from the beginning of its first attempt until it was proven or failed again.",
      entries === null ? null : rollbackSeconds(entries),
    ),
  ];
}
