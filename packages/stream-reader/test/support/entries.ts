import type { EntryId } from "@qsc/contract";
import type { RawEntry, SourceItem } from "../../src/index.js";

/** An entry whose fields do not matter. */
export function entry(id: string, ...fields: string[]): RawEntry {
  return { kind: "entry", id: id as EntryId, place: id, fields: fields.length > 0 ? fields : ["n", id] };
}

/** Entries 1-0, 2-0, ... */
export function entries(count: number, from = 1): RawEntry[] {
  return Array.from({ length: count }, (_, index) => entry(`${from + index}-0`));
}

/** An intent of contract version 1 with this payload. */
export function v1(payload: unknown, id = "1-0"): RawEntry {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return entry(id, "event_type", "trade.intent", "payload", text);
}

/** A payload of contract version 2, complete. */
export const PAYLOAD_V2 = {
  decision_id: "d-1",
  symbol: "BTCUSDC",
  build: "abc123",
  boot_id: "boot-1",
  weights: { xgboost: 0.6, lightgbm: 0.4 },
  canary: null,
  features_at: "2026-01-05T09:00:00.250Z",
};

export const BREAKDOWN_V2 = {
  xgboost: { action: "BUY", confidence: 0.7, status: "active", latency_ms: 3.5, artifact_sha256: "ab".repeat(32) },
  lightgbm: { action: "HOLD", confidence: 0.5, status: "inactive", inactive_reason: "degenerate_output" },
};

/** An intent of contract version 2. Undefined fields are left out; texts are used as they are. */
export function v2(payload: unknown = PAYLOAD_V2, breakdown: unknown = BREAKDOWN_V2, features?: unknown): RawEntry {
  const fields = ["event_type", "trade.intent", "contract", "2"];
  for (const [name, value] of Object.entries({ payload, model_breakdown: breakdown, features })) {
    if (value !== undefined) fields.push(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return entry("1-0", ...fields);
}

export function ids(pages: readonly (readonly SourceItem[])[]): (string | null)[] {
  return pages.flat().map(({ id }) => id);
}

/** NDJSON of these entries. */
export function ndjson(items: readonly RawEntry[]): string {
  return items.map((item) => `${line(item)}\n`).join("");
}

export function line({ id, fields }: RawEntry): string {
  const members: [string, string][] = [];
  for (let at = 0; at < fields.length; at += 2) members.push([fields[at] ?? "", fields[at + 1] ?? ""]);
  return JSON.stringify({ id, fields: Object.fromEntries(members) });
}
