import { QscError, type Canary } from "@qsc/contract";
import type { OperationContext } from "../operation/context.js";
import type { Steps } from "../operation/steps.js";

/**
 * Whether both are one canary: of one activation, whatever its share. For states of earlier versions, which do not name
 * that: of one model and share, served after the same process.
 */
export function isSameCanary(one: Canary, other: Canary): boolean {
  if (one.activation !== undefined && other.activation !== undefined) return one.activation === other.activation;
  return one.model === other.model && one.share === other.share && one.formerBoot === other.formerBoot;
}

/** A canary in an entry of the audit log. */
export function loggedCanary({ model, share, activation }: Canary): Readonly<Record<string, unknown>> {
  return { model, share, ...(activation !== undefined && { activation }) };
}

/** What a command on a canary leaves if another one is there by now. */
export function otherCanary(
  { unit }: OperationContext,
  wanted: Canary | null,
  there: Canary,
  { list }: Steps,
): QscError {
  const done = [...new Set(list.filter(({ outcome }) => outcome === "done").map(({ name }) => name))];
  const before = done.length === 0 ? "It has done nothing" : `Before that one it has done: ${done.join(", ")}`;
  const asked = wanted === null ? `when ${unit} had no canary` : `for the canary ${nameOf(wanted)}`;
  return new QscError(
    "canary_replaced",
    `This rollback was asked ${asked}, and stopped for a while. ${unit} has another canary now, ${nameOf(there)}, and keeps it. ${before}. Run qsc status; if that canary is to go, too: qsc rollback.`,
  );
}

/** What a command for an unmonitored canary leaves: only the next activation gives a lease that had run out more time. */
export function monitoredCanary({ unit }: OperationContext): QscError {
  return new QscError(
    "canary_replaced",
    `The lease of the canary of ${unit} runs, so it is monitored, and keeps its share. Run qsc status; if it is to go all the same: qsc rollback.`,
  );
}

function nameOf({ model, share, activation }: Canary): string {
  const by = activation === undefined ? "" : ` (activation ${activation})`;
  return `${model} at ${Math.round(share * 100)} %${by}`;
}
