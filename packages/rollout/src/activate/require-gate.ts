import { EXIT, QscError, type GateDocument, type GateMode } from "@qsc/contract";
import type { EventSource } from "@qsc/stream-reader";
import { laxerKeys } from "@qsc/violations";
import type { OperationContext } from "../operation/context.js";
import type { Reason } from "../operation/document.js";
import { Refused } from "../operation/refused.js";
import { qualityGate } from "../quality-gate.js";

const COLLECTION_ONLY: Reason = {
  code: "collection_only",
  text: "the evidence is only enough for collection mode: it permits nothing, and a canary needs more",
};

/** A canary's limits are the built-in ones or stricter, wherever the policy comes from: those of a profile permit no traffic. */
function requireTightened({ policy, policySource }: OperationContext["judgement"]): void {
  const [first, ...others] = laxerKeys(policy);
  if (first === undefined) return;
  const rest = others.length === 0 ? "" : ` and ${others.length} more`;
  throw new QscError(
    "limits_laxer",
    `The policy ${policySource} has a limit that is laxer than the built-in one: ${first}${rest}. A profile permits no traffic; activate with a policy that only tightens limits.`,
  );
}

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
 * @throws Refused with a gate that did not pass, for the document; QscError `telemetry_recorded`, `limits_laxer`
 */
export async function requireGate(
  { judgement }: OperationContext,
  source: EventSource,
  { model, shadow, cutoverMs, watchMs }: GateQuestion,
): Promise<GateDocument> {
  requireTightened(judgement);
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
