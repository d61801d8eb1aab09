import { readableBreakdown, readableFeatures, readablePayloadV1, readablePayloadV2 } from "@qsc/contract/schemas";
import type { RawEntry } from "../../src/index.js";
import { strictJson } from "./strict-json.js";

/* The contract's schemas with slow and simple parsing, to compare decodeEntry with. It shares no code with it. */

/** Whether an entry with these fields can be read, features included. */
export function oracleAccepts(entry: RawEntry): boolean {
  const fields = new Map<string, string>();
  for (let at = 0; at < entry.fields.length; at += 2) {
    const name = entry.fields[at] ?? "";
    if (name === "__proto__" || fields.has(name)) return false;
    fields.set(name, entry.fields[at + 1] ?? "");
  }
  const bytes = entry.fields.reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  if (bytes > 1024 * 1024 || fields.get("event_type") !== "trade.intent") return false;
  const contract = fields.get("contract") ?? "1";
  try {
    if (contract === "1") return readablePayloadV1.safeParse(strictJson(fields.get("payload") ?? "")).success;
    if (contract !== "2") return false;
    const vectors = fields.get("features");
    return (
      readablePayloadV2.safeParse(strictJson(fields.get("payload") ?? "")).success &&
      readableBreakdown.safeParse(strictJson(fields.get("model_breakdown") ?? "")).success &&
      (vectors === undefined || readableFeatures.safeParse(strictJson(vectors)).success)
    );
  } catch {
    return false;
  }
}
