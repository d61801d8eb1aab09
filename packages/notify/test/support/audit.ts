import { createHash } from "node:crypto";
import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { digestOf, type AuditEntry, type AuditEvent } from "@qsc/contract";

export const UNIT = "engine.service";
export const HOST = "trader-1";

/** Entries of an audit log, chained as the commands chain them. */
export class Chain {
  #last = { number: 0, hash: "0".repeat(64) };

  next(event: AuditEvent, details: Readonly<Record<string, unknown>> = {}, torn: string | null = null): AuditEntry {
    const head = {
      version: 1 as const,
      number: this.#last.number + 1,
      at: new Date(Date.UTC(2026, 0, 11, 8, 30, this.#last.number)).toISOString(),
      event,
      unit: UNIT,
      operation: "11111111-2222-4333-8444-555555555555",
      host: HOST,
      user: "alice",
      details,
      torn: torn === null ? null : createHash("sha256").update(torn).digest("hex"),
      previous: this.#last.hash,
    };
    const entry: AuditEntry = { ...head, hash: digestOf(head) };
    this.#last = entry;
    return entry;
  }
}

export function lineOf(entry: AuditEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

export async function append(path: string, ...entries: readonly AuditEntry[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, entries.map(lineOf).join(""));
}

export const DETAILS: Readonly<Record<AuditEvent, Readonly<Record<string, unknown>>>> = {
  deploy: { commit: "a".repeat(40), former: "b".repeat(40), cutover: "2026-01-11T08:30:00.000Z" },
  activate: { model: "xgb", share: 0.1, weights: {}, baseline: {}, rollback: "qsc rollback --config /x.json" },
  promote: { model: "xgb", share: 0.5, weights: {}, baseline: {}, rollback: "qsc rollback --config /x.json" },
  eligible: { model: "xgb", share: 0.1, watchedMs: 21_600_000, events: 4000 },
  promoted: { model: "xgb", share: 1, watchedMs: 21_600_000, events: 4000 },
  rollback: { reason: "action_bias: share of BUY is 91 % of 412 predictions", before: {}, after: {}, tookMs: 4250 },
  rollback_failed: {
    reason: "telemetry is silent",
    failure: "The unit did not start.",
    failureCode: "service_failed",
    attempt: 2,
  },
  dead_man_armed: { guard: "qsc-deadman-engine", why: "its timer was stopped" },
};
