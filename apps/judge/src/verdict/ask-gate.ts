import { parseDuration, parseTime, type GateDocument, type GateMode } from "@qsc/contract";
import type { JudgeServerRequest } from "@qsc/rollout";
import { qualityGate, type GateRequest } from "@qsc/rollout/judging";
import type { z } from "zod";
import { Refusal } from "../http/refusal.js";
import type { Slots } from "../http/slots.js";
import type { windowQuery } from "../schemas.js";

/** What is asked of the telemetry. */
export interface Question extends z.infer<typeof windowQuery> {
  readonly mode: GateMode;
  /** Null: any model. */
  readonly model: string | null;
}

/** What the gate is asked with. */
export interface GateTools {
  readonly request: Pick<JudgeServerRequest, "judgement" | "openSource">;
  readonly slots: Slots;
}

/**
 * The verdict of the quality gate, as `qsc quality-gate` gives it. A slot is taken until the reading has really ended.
 * @throws QscError, Refusal; the reason of the signal
 */
export async function askGate(
  question: Question,
  { request, slots }: GateTools,
  signal: AbortSignal,
): Promise<GateDocument> {
  requireAnswerable(question, request.judgement.now);
  return slots.run(signal, async () => {
    // Of the turn, and not of the time before it.
    const asked = gateRequestOf(question, request.judgement.now());
    const source = await request.openSource();
    // Ends a read that hangs, or that no client waits for. Closing it a second time does nothing.
    const stop = (): void => {
      source.close().catch(() => undefined);
    };
    signal.addEventListener("abort", stop, { once: true });
    try {
      signal.throwIfAborted();
      return await qualityGate(source, asked, request.judgement);
    } finally {
      signal.removeEventListener("abort", stop);
      await source.close();
    }
  });
}

/** Refuses a question that cannot be answered, whatever the telemetry says. @throws QscError `invalid_time`; Refusal */
export function requireAnswerable(question: Question, now: () => number): void {
  gateRequestOf(question, now());
}

/** Since when events count. In canary mode the question says so: those of an earlier process prove nothing of this one. */
function sinceOf({ mode, after, within, asOf }: Question, nowMs: number): number | null {
  if (after !== undefined && within !== undefined)
    throw new Refusal("request_invalid", "after and within exclude each other: leave out one of them.");
  if (within !== undefined && asOf !== undefined)
    throw new Refusal("request_invalid", "within counts from now, which asOf is not: write after instead.");
  if (after !== undefined) return parseTime(after, "after").firstMs;
  if (within === undefined) {
    if (mode === "collection") return null;
    throw new Refusal(
      "request_invalid",
      "A canary is proven by its own decisions: name the start of its process with after, such as after=2026-01-11T08:30:00Z, or only the newest with within=10m.",
    );
  }
  const ms = parseDuration(within, "within");
  if (ms > 0 && ms <= nowMs) return nowMs - ms;
  throw new Refusal("request_invalid", `within '${within}' holds no time that was: write a duration such as 10m.`);
}

/** @throws QscError `invalid_time`; Refusal */
function gateRequestOf(question: Question, nowMs: number): GateRequest {
  const { mode, model, asOf, count, shadow, against } = question;
  if (shadow !== undefined && model === null)
    throw new Refusal("request_invalid", "shadow needs a model: name the model that runs as a shadow.");
  if (against !== undefined && shadow === undefined)
    throw new Refusal("request_invalid", "against needs shadow=true: only a shadow is compared with another model.");
  return {
    mode,
    model,
    afterMs: sinceOf(question, nowMs),
    asOf: asOf === undefined ? null : parseTime(asOf, "asOf"),
    count: count === undefined ? null : Number(count),
    ...(shadow !== undefined && { shadow: true }),
    ...(against !== undefined && { against }),
    // The others of this process are for other requests.
    ...(count === undefined && { threads: 1 }),
  };
}
