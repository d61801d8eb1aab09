import { describeBeside, describeDuration, idTime, QscError } from "@qsc/contract";
import { isAbove } from "@qsc/stats";
import type { EventSource } from "@qsc/stream-reader";
import { describeClock, describeUnknown, judgeClock, limitOf } from "@qsc/violations";
import { newestDecision, type NewestDecision } from "../canary/engine-now.js";
import { describeWeights } from "../canary/weights.js";
import type { Setting } from "../telemetry/setting.js";
import { stateAndClock } from "../telemetry/source-clock.js";

/** The newest decision, which is fresh and of contract version 2. @throws QscError `no_decision`, `decision_stale`, `weights_not_reported` */
export async function telemetryFresh(source: EventSource, setting: Setting): Promise<NewestDecision> {
  const newest = await newestDecision(source, setting.policy);
  if (newest === null) throw new QscError("no_decision", "There is no decision that can be read; look at the engine, and at --source and --stream.");
  const age = setting.now() - idTime(newest.id);
  const most = limitOf(setting.policy, "telemetry_silence.maxAge");
  if (isAbove(age, most)) {
    const found = `${describeBeside(age, most)} old, of ${describeDuration(most)} at most`;
    throw new QscError("decision_stale", `The newest decision is ${found}; look at the engine.`);
  }
  if (newest.engine === null) throw new QscError("weights_not_reported", "The engine publishes contract version 1, which proves no weights; let it publish version 2.");
  return newest;
}

/** @throws QscError `too_few_voters`, `canary_served` unless more than one model has a weight, and none is a canary already */
export function weightsReported({ engine }: NewestDecision): string {
  const weights = [...(engine?.weights ?? [])];
  if (weights.filter(([, weight]) => weight > 0).length < 2) throw new QscError("too_few_voters", `The engine reports ${weights.length === 0 ? "no weights" : describeWeights(Object.fromEntries(weights))}; a canary needs two models that vote at least.`);
  if (engine !== null && engine.canary !== null) throw new QscError("canary_served", `The engine serves ${engine.canary.model} as a canary; take it back with qsc rollback.`);
  return describeWeights(Object.fromEntries(weights));
}

/** How far this host's clock is from the source's. Null: the source has none. @throws QscError `clocks_apart`, `clock_unknown` */
export async function clockSkew(source: EventSource, setting: Setting): Promise<string | null> {
  const most = limitOf(setting.policy, "clock_skew.ms");
  const { offset } = await stateAndClock(source, { limitMs: most, now: setting.now });
  if (offset === null) return null;
  const judged = judgeClock(offset, most);
  if (judged === "pass") return `${describeClock(offset)} from the source's clock`;
  const limit = `of ${describeDuration(most)} at most`;
  if (judged === "violation") throw new QscError("clocks_apart", `This host's clock is ${describeClock(offset)} away from the source's, ${limit}; synchronise both (NTP).`);
  throw new QscError("clock_unknown", `It cannot be told how far this host's clock is from the source's, ${limit}: ${describeUnknown(offset)}.`);
}
