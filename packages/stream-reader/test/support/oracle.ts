import { z } from "zod";
import type { RawEntry } from "../../src/index.js";
import { strictJson } from "./strict-json.js";

/*
 * The reading rules once more, as schemas over slow and simple parsing: what decodeEntry is
 * compared with. It shares no code with it.
 */

const MODEL = /^[\p{L}\p{N}][\p{L}\p{N}._:/@+-]{0,127}$/u;
const plain = z.custom<object>((value) => typeof value === "object" && value !== null && !Array.isArray(value));
const modelName = z.string().regex(MODEL);
const text = z.string().min(1);
const weight = z.custom<number>((value) => typeof value === "number" && Number.isFinite(value) && value >= 0);

/** An object whose keys are model names; zod's own record would drop `__proto__`. */
const byModel = (member: z.ZodType, least: number): z.ZodType =>
  plain.refine((object) => {
    const members = Object.entries(object);
    return (
      members.length >= least &&
      members.length <= 256 &&
      members.every(([name, value]) => modelName.safeParse(name).success && member.safeParse(value).success)
    );
  });

const breakdown = byModel(z.any(), 1);
const payload1 = z.object({ model_breakdown: breakdown });
const payload2 = z.object({
  decision_id: text,
  build: text,
  boot_id: text,
  weights: byModel(weight, 0),
  canary: z.union([z.null(), z.object({ model: modelName, weight })]),
});
const features = plain.refine((object) => {
  const members = Object.entries(object);
  const perModel = members.length > 0 && members.every(([, value]) => plain.safeParse(value).success);
  return !perModel || byModel(plain, 1).safeParse(object).success;
});

/** Whether an entry with these fields can be read, features included. */
export function oracleAccepts(entry: RawEntry): boolean {
  const fields = new Map<string, string>();
  for (let at = 0; at < entry.fields.length; at += 2) {
    const name = entry.fields[at] ?? "";
    if (fields.has(name)) return false;
    fields.set(name, entry.fields[at + 1] ?? "");
  }
  const bytes = entry.fields.reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  if (bytes > 1024 * 1024 || fields.get("event_type") !== "trade.intent") return false;
  const contract = fields.get("contract") ?? "1";
  try {
    if (contract === "1") return payload1.safeParse(strictJson(fields.get("payload") ?? "")).success;
    if (contract !== "2") return false;
    const vectors = fields.get("features");
    return (
      payload2.safeParse(strictJson(fields.get("payload") ?? "")).success &&
      breakdown.safeParse(strictJson(fields.get("model_breakdown") ?? "")).success &&
      (vectors === undefined || features.safeParse(strictJson(vectors)).success)
    );
  } catch {
    return false;
  }
}
