import { describeBeside, describeDuration, iso, type CheckResult, type CheckStatus } from "@qsc/contract";
import { limitOf } from "../../policy/limit-of.js";
import { result } from "../result.js";
import type { Given, ShardContext } from "./telemetry-context.js";

/** What is wrong with one shard. */
interface Finding {
  readonly status: Exclude<CheckStatus, "pass">;
  readonly what: string;
}

const SHOWN = 5;

/**
 * Every shard of the stream has to show its own decisions: without one of them the evidence would only be smaller, and
 * could be better for it. Null for a stream without shards, which the other checks judge.
 */
export function shardCoverage({ card, context, policy }: Given): CheckResult | null {
  const { shards = null } = context;
  if (shards === null) return null;
  const limits = { silenceMs: limitOf(policy, "telemetry_silence.maxAge"), lateMs: limitOf(policy, "clock_skew.ms") };
  const found = shards.flatMap((shard) => faultOf(shard, context, limits) ?? []);
  const violations = found.filter(({ status }) => status === "violation");
  const named = [...violations, ...found.filter(({ status }) => status === "unknown")].map(({ what }) => what);
  const more = named.length > SHOWN ? `; and ${named.length - SHOWN} more` : "";
  return result("shard_coverage", violations.length > 0 ? "violation" : found.length > 0 ? "unknown" : "pass", {
    value: found.length,
    limit: 0,
    n: card.counts.judged,
    reason:
      found.length === 0
        ? `each of the ${shards.length} shards has its own decisions`
        : `${found.length} of ${shards.length} shards: ${named.slice(0, SHOWN).join("; ")}${more}`,
  });
}

function faultOf(
  shard: ShardContext,
  { asOfMs }: Given["context"],
  { silenceMs, lateMs }: { readonly silenceMs: number; readonly lateMs: number },
): Finding | null {
  const name = `'${shard.stream}'`;
  const violation = (what: string): Finding => ({ status: "violation", what: `${name} ${what}` });
  if (shard.problem === "missing") return violation("is missing: there is no such key");
  if (shard.problem === "wrong_type") return violation("is not a stream but a key of another type");
  if (shard.lateMs > lateMs)
    return violation(
      `is behind: an entry came ${describeBeside(shard.lateMs, lateMs)} after later ones of other shards; at most ${describeDuration(lateMs)} is allowed`,
    );
  const longest = silencesOf(shard, asOfMs).sort((a, b) => b.ms - a.ms)[0];
  if (longest !== undefined && longest.ms > silenceMs)
    return violation(
      `was silent for ${describeBeside(longest.ms, silenceMs)} from ${iso(longest.from)} on; at most ${describeDuration(silenceMs)} is allowed`,
    );
  if (shard.lastMs !== null) return null;
  return { status: "unknown", what: `${name} is empty: it has no decision of the time that is judged` };
}

/** From the beginning to the first decision, between two, and from the last one to now. */
function silencesOf(
  { sinceMs, firstMs, lastMs, silence }: ShardContext,
  asOfMs: number,
): { readonly ms: number; readonly from: number }[] {
  const silences = [silence];
  if (sinceMs !== null) silences.push({ ms: (firstMs ?? asOfMs) - sinceMs, from: sinceMs });
  if (lastMs !== null) silences.push({ ms: asOfMs - lastMs, from: lastMs });
  return silences;
}
