import { describeBeside, describeDuration, idTime, QscError } from "@qsc/contract";
import { isAbove } from "@qsc/stats";
import type { EventSource } from "@qsc/stream-reader";
import { describeClock, describeUnknown, judgeClock, limitOf } from "@qsc/violations";
import { newestDecision, type NewestDecision } from "../operation/engine-now.js";
import { describeWeights } from "../operation/weights.js";
import type { JudgementContext } from "../judge/context.js";
import { stateAndClock } from "../judge/source-clock.js";

/**
 * The newest decision, which must be fresh and of contract version 2.
 * @throws QscError `source_missing`, `source_wrong_type` for a shard; `no_decision`, `decision_stale`, `weights_not_reported`
 */
export async function telemetryFresh(source: EventSource, context: JudgementContext): Promise<NewestDecision> {
  const newest = await newestDecision(source, context.policy);
  requireShards(source);
  if (newest === null)
    throw new QscError("no_decision", "There is no readable decision; check the engine, and --source and --stream.");
  const age = context.now() - idTime(newest.id);
  const most = limitOf(context.policy, "telemetry_silence.maxAge");
  if (isAbove(age, most)) {
    const found = `${describeBeside(age, most)} old, but at most ${describeDuration(most)} is allowed`;
    throw new QscError("decision_stale", `The newest decision is ${found}; check the engine.`);
  }
  if (newest.engine === null)
    throw new QscError(
      "weights_not_reported",
      "The engine publishes contract version 1, which does not report weights; make it publish version 2.",
    );
  return newest;
}

/** Refuses a stream in shards of which one is missing, or not a stream. @throws QscError */
function requireShards(source: EventSource): void {
  const { label } = source;
  for (const { stream, problem } of source.shards?.() ?? []) {
    if (problem === "missing")
      throw new QscError(
        "source_missing",
        `There is no shard '${stream}' at ${label}; check --stream, and the engine that writes it.`,
      );
    if (problem === "wrong_type")
      throw new QscError("source_wrong_type", `The shard '${stream}' at ${label} is not a stream; check --stream.`);
  }
}

/**
 * @throws QscError `too_few_voters`, `canary_served` unless at least two models have a weight, and none is already a
 * canary
 */
export function weightsReported({ engine }: NewestDecision): string {
  const weights = [...(engine?.weights ?? [])];
  if (weights.filter(([, weight]) => weight > 0).length < 2)
    throw new QscError(
      "too_few_voters",
      `The engine reports ${weights.length === 0 ? "no weights" : describeWeights(Object.fromEntries(weights))}; a canary needs at least two models that vote.`,
    );
  if (engine !== null && engine.canary !== null)
    throw new QscError(
      "canary_served",
      `The engine serves ${engine.canary.model} as a canary; roll it back with qsc rollback.`,
    );
  return describeWeights(Object.fromEntries(weights));
}

/**
 * The offset of this host's clock from the source's. Null: the source has no clock.
 * @throws QscError `clocks_apart`, `clock_unknown`
 */
export async function clockSkew(source: EventSource, context: JudgementContext): Promise<string | null> {
  const most = limitOf(context.policy, "clock_skew.ms");
  const { offset } = await stateAndClock(source, { limitMs: most, now: context.now });
  if (offset === null) return null;
  const judged = judgeClock(offset, most);
  if (judged === "pass") return `${describeClock(offset)} from the source's clock`;
  const limit = `but at most ${describeDuration(most)} is allowed`;
  if (judged === "violation")
    throw new QscError(
      "clocks_apart",
      `This host's clock is ${describeClock(offset)} away from the source's, ${limit}; synchronise both with NTP.`,
    );
  throw new QscError(
    "clock_unknown",
    `Could not check how far this host's clock is from the source's, ${limit}: ${describeUnknown(offset)}.`,
  );
}
