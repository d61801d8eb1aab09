import { describeBeside, describeDuration, idTime, iso, type CheckResult } from "@qsc/contract";
import { limitOf } from "../../policy/limit-of.js";
import { result } from "../result.js";
import type { Given } from "./telemetry-context.js";

/** A period without events, and its words. */
interface Silence {
  readonly ms: number;
  readonly said: string;
}

/** The longest silence from the cutover to the first event, between two events, and from the last event to now. */
export function telemetrySilence({ card, context, policy }: Given): CheckResult {
  const limit = limitOf(policy, "telemetry_silence.maxAge");
  const told = (ms: number): string => describeBeside(ms, limit);
  const silences = [
    toNow(card.lastId, context, told),
    before(card.stretches.firstMs, context, told),
    between(card.stretches.longestSilence(), told),
  ];
  const [longest] = silences.flatMap((silence) => silence ?? []).sort((a, b) => b.ms - a.ms);
  if (longest === undefined) {
    const reason = "without events the age of the telemetry is unknown";
    return result("telemetry_silence", "unknown", { value: null, limit, n: 0, reason });
  }
  // Without any event, a silence that is still short enough is not a sign of life either.
  const status = longest.ms > limit ? "violation" : card.lastId === null ? "unknown" : "pass";
  return result("telemetry_silence", status, {
    value: longest.ms,
    limit,
    n: card.counts.judged,
    reason: `${longest.said}; at most ${describeDuration(limit)} is allowed`,
  });
}

type Context = Given["context"];
/** How to write a time. */
type Told = (ms: number) => string;

function toNow(lastId: Given["card"]["lastId"], { asOfMs }: Context, told: Told): Silence | null {
  if (lastId === null) return null;
  const ms = Math.max(0, asOfMs - idTime(lastId));
  return { ms, said: `the newest event, of ${iso(idTime(lastId))}, is ${told(ms)} old as of ${iso(asOfMs)}` };
}

function before(firstMs: number | null, { sinceMs, asOfMs }: Context, told: Told): Silence | null {
  if (sinceMs === null) return null;
  const ms = Math.max(0, (firstMs ?? asOfMs) - sinceMs);
  const until = firstMs === null ? iso(asOfMs) : `the first one, of ${iso(firstMs)},`;
  const advice = firstMs === null ? "" : "; judge only what came after (--after)";
  return { ms, said: `for ${told(ms)} from ${iso(sinceMs)} to ${until} there was no event${advice}` };
}

function between({ ms, from }: { readonly ms: number; readonly from: number }, told: Told): Silence | null {
  if (ms === 0) return null;
  return { ms, said: `for ${told(ms)} from ${iso(from)} on there was no event; judge only what came after (--after)` };
}
