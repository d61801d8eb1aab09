import { describeDuration, QscError, type EntryId } from "@qsc/contract";
import { compilePolicy } from "@qsc/violations";
import { UNJUDGED_MS } from "../operation/bounds.js";
import type { Judged } from "../canary/judged.js";
import type { Judgeable } from "../canary/state.js";
import type { OperationContext } from "../operation/context.js";
import { Reading } from "./reading.js";

/** What is still to be judged. */
export interface Unjudged {
  /** The number of newest entries that are judged at once. */
  readonly window: number;
  /** The first decision of the process that serves the canary no longer as the state says; null: judge all there is. */
  readonly until: EntryId | null;
  readonly signal: AbortSignal;
}

/**
 * Judges what a canary has published since its watch last looked, or before its watch begins, as the watch would have. No
 * share, and no time without a watch, may rest on decisions that nothing has judged.
 * @throws QscError `canary_violated`; `source_unreadable` if not all of it can be read in time; `interrupted`
 */
export async function judgeSince(
  context: OperationContext,
  watched: Judgeable,
  { window, until, signal }: Unjudged,
): Promise<Judged> {
  const { clock, judgement } = context;
  const end = new AbortController();
  const reading = new Reading(context, watched, await compilePolicy(judgement.policy), {
    window,
    rule: "strict",
    durationMs: null,
    signal: end.signal,
    until,
  });
  const deadline = clock.monotonic() + UNJUDGED_MS;
  try {
    let { cursor, events, mark = null } = watched.watch;
    for (let isRead = false; !isRead;) {
      const read = await reading.next({ cursor, events });
      if (signal.aborted) throw new QscError("interrupted", "Interrupted before everything was judged.");
      refuseViolations(read.violations);
      cursor = read.cursor ?? cursor;
      events += read.counted;
      mark = read.mark ?? mark;
      isRead = read.caughtUp && read.outage === null;
      if (!isRead && clock.monotonic() >= deadline)
        throw new QscError(
          "source_unreadable",
          `What the canary has published while no watch judged it could not be read within ${describeDuration(UNJUDGED_MS)}${read.outage === null ? "" : `: ${read.outage.replace(/\.$/, "")}`}. Try again once it can be read.`,
        );
    }
    refuseViolations(reading.judge([]).violations);
    const upTo = { cursor, events, ...(mark !== null && mark.id === cursor && { mark }) };
    return { events: events - watched.watch.events, evidence: reading.kept, upTo };
  } finally {
    end.abort();
    await reading.close();
  }
}

/** Judges all that a new process has published. */
export function newProcessJudge(
  context: OperationContext,
  { window, signal }: Pick<Unjudged, "window" | "signal">,
): (canary: Judgeable) => Promise<Judged> {
  return (canary) => judgeSince(context, canary, { window, until: null, signal });
}

function refuseViolations(violations: readonly string[]): void {
  if (violations.length === 0) return;
  const all = [...new Set(violations)].join("; ");
  throw new QscError("canary_violated", `The canary was violated while no watch judged it: ${all}.`);
}
