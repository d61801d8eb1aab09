import { compareIds, MAX_ID, MIN_ID, type EngineIdentity, type EntryId, type Policy } from "@qsc/contract";
import { readItem, type EventSource } from "@qsc/stream-reader";
import { requireSignatures } from "../judge/require-signatures.js";

/** What the newest readable decision says about its engine. */
export interface NewestDecision {
  readonly id: EntryId;
  /** Null in contract version 1. */
  readonly engine: EngineIdentity | null;
}

/**
 * The newest decision that can be read; null if there is none.
 * @throws QscError `invalid_policy` if the policy requires signatures that the source does not verify
 */
export async function newestDecision(
  source: EventSource,
  policy: Pick<Policy, "require">,
): Promise<NewestDecision | null> {
  requireSignatures(source, policy);
  let newest: NewestDecision | null = null;
  for await (const page of source.pages({ from: MIN_ID, to: MAX_ID }, "newest-first")) {
    for (const item of page) {
      const read = readItem(item);
      if (read.kind !== "intent" || (newest !== null && compareIds(read.id, newest.id) <= 0)) continue;
      newest = { id: read.id, engine: read.engine };
      if (source.ordering === "by-id") return newest;
    }
  }
  return newest;
}
