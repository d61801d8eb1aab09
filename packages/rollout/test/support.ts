import { parseEntryId, type Policy } from "@qsc/contract";
import { memorySource, type MemorySource, type RawEntry } from "@qsc/stream-reader";
import { DEFAULT_POLICY } from "@qsc/violations";
import type { Entry } from "@qsc-tooling/testkit";
import type { JudgementContext, WindowRequest } from "../src/index.js";

export const ALL: WindowRequest = { afterMs: null, count: null, asOf: null };

/** A judgement context whose clock stands still. */
export function judgementContext(nowMs: number, policy: Policy = DEFAULT_POLICY): JudgementContext {
  return { policy, policySource: "built-in", unit: null, host: "test", toolVersion: "0", now: () => nowMs };
}

export function rawEntry({ id, fields }: Entry): RawEntry {
  const parsed = parseEntryId(id);
  if (parsed === null) throw new Error(`${id} is no ID`);
  return { kind: "entry", id: parsed, place: id, fields: Object.entries(fields).flat() };
}

export function sourceOf(entries: readonly Entry[], live = false, clock?: () => number): MemorySource {
  return memorySource(entries.map(rawEntry), { live, ...(clock === undefined ? {} : { clock }) });
}
