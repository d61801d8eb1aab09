import { EXIT, QscError, type GateDocument, type GateMode } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import type { OperationContext } from "../operation/context.js";
import type { Reason } from "../operation/document.js";
import { Refused } from "../operation/refused.js";
import { qualityGate } from "../quality-gate.js";

const COLLECTION_ONLY: Reason = {
  code: "collection_only",
  text: "the evidence is only enough for collection mode: it permits nothing, and a canary needs more",
};

/** What the gate judges. */
export interface GateQuestion {
  readonly model: string;
  /** Whether it is judged by its answers as a shadow. */
  readonly shadow: boolean;
  readonly cutoverMs: number;
  readonly watchMs: number;
}

/**
 * Runs a gate in canary mode on live telemetry, which must pass.
 * @throws Refused with a gate that did not pass, for the document; QscError `telemetry_recorded`
 */
export async function requireGate(
  { judgement }: OperationContext,
  source: EventSource,
  { model, shadow, cutoverMs, watchMs }: GateQuestion,
): Promise<GateDocument> {
  const judged = (mode: GateMode): Promise<GateDocument> =>
    qualityGate(source, { mode, model, shadow, afterMs: cutoverMs, count: null, asOf: null, watchMs }, judgement);
  const gate = await judged("canary");
  if (gate.exitCode !== EXIT.proven) {
    const isCollection = (await judged("collection")).exitCode === EXIT.collected;
    const against = gate.reasons.map((text): Reason => ({ code: "gate_not_passed", text }));
    const reasons = [...(isCollection ? [COLLECTION_ONLY] : []), ...against];
    throw new Refused<{ readonly gate: GateDocument }>("the gate did not pass", reasons, {
      found: { gate },
      isCollection,
    });
  }
  if (gate.asOfFrom !== "clock")
    throw new QscError(
      "telemetry_recorded",
      "The telemetry is a recording: a model can only be activated on live telemetry.",
    );
  return gate;
}
