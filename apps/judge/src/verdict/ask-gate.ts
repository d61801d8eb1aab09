import { parseTime, type GateDocument, type GateMode } from "@qsc/contract";
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
  const asked = gateRequestOf(question);
  return slots.run(signal, async () => {
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

/** @throws QscError `invalid_time`; Refusal */
function gateRequestOf({ mode, model, after, asOf, count, shadow, against }: Question): GateRequest {
  if (shadow !== undefined && model === null)
    throw new Refusal("request_invalid", "shadow needs a model: name the model that runs as a shadow.");
  if (against !== undefined && shadow === undefined)
    throw new Refusal("request_invalid", "against needs shadow=true: only a shadow is compared with another model.");
  return {
    mode,
    model,
    afterMs: after === undefined ? null : parseTime(after, "after").firstMs,
    asOf: asOf === undefined ? null : parseTime(asOf, "asOf"),
    count: count === undefined ? null : Number(count),
    ...(shadow !== undefined && { shadow: true }),
    ...(against !== undefined && { against }),
    // The others of this process are for other requests.
    ...(count === undefined && { threads: 1 }),
  };
}
