import type { CanaryState } from "@qsc/contract";
import type { Observation, TelemetrySight } from "@qsc/rollout";
import type { ConsoleView } from "./types.js";

type Headline = ConsoleView["headline"];

/** A canary that has not been judged for this long is not watched as it should be; its lease runs out after 45 s. */
const STALE_MS = 35_000;

/** The first thing on the page: how the canary stands, with the worst that is known. */
export function headlineOf({ state, audit }: Observation, telemetry: TelemetrySight, nowMs: number): Headline {
  if (state.kind === "broken") {
    return { tone: "unknown", word: "UNKNOWN", text: `Whether there is a canary is unknown: ${state.detail}` };
  }
  const last = audit.canaries.at(-1) ?? null;
  if (state.kind === "absent") return audit.problem === null ? ended(last, audit.entries.length > 0) : NEITHER;
  if (state.state.phase === "baseline") return ended(last, true);
  return ofCanary(state.state, telemetry, nowMs);
}

type Live = Exclude<CanaryState, { readonly phase: "baseline" }>;

function ofCanary(state: Live, { outage, hasRead }: TelemetrySight, nowMs: number): Headline {
  const { model, share } = state.canary;
  const who = `${model} at ${Math.round(share * 100)} % of the vote`;
  switch (state.phase) {
    case "activating":
      return { tone: "unknown", word: "ACTIVATING", text: `${who}: not proven yet.` };
    case "rolling_back":
      return { tone: "bad", word: "ROLLING BACK", text: `${who}: ${state.reason}` };
    case "promoted":
      return { tone: "good", word: "PROMOTED", text: `${model} has the whole vote; its watch is over.` };
    case "canary":
    case "eligible": {
      const { watch } = state;
      const silence = nowMs - Date.parse(watch.lastJudgedAt ?? watch.startedAt);
      // Written so that an age that is not a number counts as stale.
      if (!(silence <= STALE_MS)) {
        return {
          tone: "bad",
          word: "NOT JUDGED",
          text: `${who}: no judgement for more than ${STALE_MS / 1000} s. Either the monitor has ended, or it cannot read the telemetry. The canary is rolled back within 120 s of its last judgement, unless it is judged again.`,
        };
      }
      if (silence < -STALE_MS) {
        return {
          tone: "unknown",
          word: "UNKNOWN",
          text: `${who}: its last judgement is dated later than now, so that its age is unknown. Compare the clocks of this machine and of the watch.`,
        };
      }
      if (outage === null && !hasRead) {
        return {
          tone: "unknown",
          word: "NOT READ YET",
          text: `${who}: the telemetry has not been read from here yet.`,
        };
      }
      if (outage !== null) {
        return {
          tone: "bad",
          word: "OUTAGE",
          text: `${who}: the telemetry cannot be read from here. A watch that cannot read it for 90 s rolls the canary back.`,
        };
      }
      if (state.phase === "eligible") {
        return {
          tone: "good",
          word: "ELIGIBLE",
          text: `${who}: watched to the end. A person decides: qsc promote, or qsc rollback.`,
        };
      }
      return { tone: "good", word: "CANARY", text: `${who}, and it is being watched.` };
    }
  }
}

/** A wrong directory looks like this as well. */
const UNRECORDED: Headline = {
  tone: "unknown",
  word: "NOTHING RECORDED",
  text: "There is neither a state file nor an audit log: no canary was ever activated here, or this is not the directory that the watch works in (--workdir).",
};

const NEITHER: Headline = {
  tone: "unknown",
  word: "UNKNOWN",
  text: "Whether there is a canary is unknown: there is no state file, and the audit log is not reliable. Run qsc status.",
};

/** No canary: how the last one ended. */
function ended(last: Observation["audit"]["canaries"][number] | null, isRecorded: boolean): Headline {
  const baseline: Headline = { tone: "good", word: "BASELINE", text: "There is no canary: the baseline serves." };
  if (last === null) return isRecorded ? baseline : UNRECORDED;
  const why = last.reason === null ? "" : `: ${last.reason}`;
  if (last.outcome === "rolled_back")
    return {
      tone: "bad",
      word: "ROLLED BACK",
      text: `There is no canary: the baseline serves. The last one, ${last.model}, was rolled back at ${last.at}${why}`,
    };
  if (last.outcome === "rollback_failed")
    return {
      tone: "bad",
      word: "ROLLBACK FAILED",
      text: `The rollback of ${last.model} at ${last.at} is not proven${why}`,
    };
  if (last.outcome === "promoted") return baseline;
  return {
    tone: "unknown",
    word: "UNKNOWN",
    text: `The state says that there is no canary, and the audit log does not say how the last one, ${last.model}, ended. Run qsc status.`,
  };
}
