import {
  weightsContradiction,
  idTime,
  iso,
  sameWeights,
  SHADOW,
  type EngineIdentity,
  type EntryId,
  type ModelReading,
  type ServedIdentity,
  type WeightsByModel,
} from "@qsc/contract";
import { describeWeights } from "./weights.js";

/** What an engine is expected to report. */
export interface Expectation {
  /** Any one of these; empty: any weights, if nothing has changed them. */
  readonly weights: readonly WeightsByModel[];
  /** The model that has a canary's share; null: none. */
  readonly canary: string | null;
  /** The build and the model files that were judged; null: any, as long as they stay the same. */
  readonly served: ServedIdentity | null;
  /** The processes that served before, by their boot IDs. */
  readonly formerBoots: ReadonlySet<string>;
}

/** What an entry says about the process that wrote it; `unknown` if it does not say, or cannot be read. */
export type Observation =
  | {
      readonly kind: "decision";
      readonly id: EntryId;
      readonly engine: EngineIdentity;
      readonly models: readonly ModelReading[];
    }
  | { readonly kind: "unknown"; readonly what: string };

/** What the entries so far show. */
export type ProofProgress =
  | { readonly kind: "waiting"; readonly seen: string }
  | {
      readonly kind: "serving";
      /** The first decision of the new process, and what it reports. */
      readonly id: EntryId;
      readonly engine: EngineIdentity;
      /** The model files that it has named, by model. */
      readonly artifacts: ReadonlyMap<string, string>;
      /** Whether the expected canary has made a prediction that voted. */
      readonly hasVoted: boolean;
      /** How many entries since then did not say who wrote them: each restarts the settle time. */
      readonly unknown: number;
    }
  /** `engine`: what the new process reports, if that is the contradiction. */
  | { readonly kind: "contradicted"; readonly detail: string; readonly engine: EngineIdentity | null };

export const NOTHING_SEEN: ProofProgress = { kind: "waiting", seen: "no decision of the new process" };

/**
 * The rule of proof, one entry at a time, in the order of the stream, from the newest entry before the restart on. A
 * former process may still have decisions under way when it is stopped: they are tolerated up to the first decision of
 * another process. That is the new process, and its decision must match. From then on each decision must come from that
 * process and match, or there is no proof; nothing that follows undoes a contradiction.
 */
export function observe(progress: ProofProgress, observation: Observation, expected: Expectation): ProofProgress {
  if (progress.kind === "contradicted") return progress;
  if (observation.kind === "unknown") {
    return progress.kind === "waiting"
      ? { kind: "waiting", seen: observation.what }
      : { ...progress, unknown: progress.unknown + 1 };
  }
  const { engine, id, models } = observation;
  if (progress.kind === "waiting") {
    if (expected.formerBoots.has(engine.bootId))
      return { kind: "waiting", seen: `no decision but those of the former process ${engine.bootId}` };
  } else if (engine.bootId !== progress.engine.bootId) {
    return contradicted(
      id,
      `process ${engine.bootId} publishes as well as the new process ${progress.engine.bootId}; stop it, however it was started`,
    );
  }
  const known =
    progress.kind === "serving"
      ? progress
      : { id, engine, artifacts: new Map<string, string>(), hasVoted: false, unknown: 0 };
  const problem = misfit(engine, expected) ?? changed(engine, known.engine);
  if (problem !== null) return contradicted(id, problem, engine);
  const artifacts = new Map(known.artifacts);
  for (const reading of models) {
    const wrong = shadowOf(reading, expected.canary) ?? misfitOf(reading, artifacts, expected.served);
    if (wrong !== null) return contradicted(id, wrong, engine);
    if (typeof reading.artifactSha256 === "string") artifacts.set(reading.model, reading.artifactSha256);
  }
  const hasVoted = known.hasVoted || models.some((reading) => reading.model === expected.canary && isVote(reading));
  return { ...known, kind: "serving", artifacts, hasVoted };
}

/**
 * What the process has not shown so far, as the end of "no decision in which": that the canary votes, and the file of each
 * model that the gate judged. A model that could not be loaded contradicts nothing, since it did not predict, but what
 * serves is not what was judged either. Without a canary, nothing is asked for.
 */
export function notShown(
  { artifacts, hasVoted }: Extract<ProofProgress, { readonly kind: "serving" }>,
  { canary, served }: Pick<Expectation, "canary" | "served">,
): readonly string[] {
  if (canary === null || served === null) return [];
  const unnamed = Object.keys(served.artifacts).filter((model) => !artifacts.has(model));
  return [...unnamed.map((model) => `${model} names its file`), ...(hasVoted ? [] : [`${canary} votes`])];
}

function isVote({ voted, nonPrediction }: ModelReading): boolean {
  return voted && nonPrediction === null;
}

/** The words for a canary that has no vote; null for any other answer. */
function shadowOf({ model, nonPrediction }: ModelReading, canary: string | null): string | null {
  if (model !== canary || nonPrediction !== SHADOW) return null;
  return `${model} answers as a shadow, without a vote, although it is the canary`;
}

function contradicted(id: EntryId, what: string, engine: EngineIdentity | null = null): ProofProgress {
  return { kind: "contradicted", engine, detail: `At ${iso(idTime(id))} (entry ${id}) ${what}` };
}

/** What an engine reports that is not expected; null if it matches. */
function misfit(engine: EngineIdentity, { weights, canary, served }: Expectation): string | null {
  const reported = Object.fromEntries(engine.weights);
  if (weights.length > 0 && !weights.some((each) => sameWeights(reported, each))) {
    return `the engine serves ${describeWeights(reported)}, not ${weights.map(describeWeights).join(", or ")}`;
  }
  const named = engine.canary?.model ?? null;
  if (named !== canary) return `the engine names ${named ?? "no model"} as its canary, not ${canary ?? "none"}`;
  const contradiction = weightsContradiction(engine);
  if (contradiction !== null) return `the engine contradicts itself: ${contradiction}`;
  if (served !== null && engine.build !== served.build)
    return `the engine runs build ${engine.build}, but the gate judged ${served.build}`;
  return null;
}

/** What a process reports differently from its first decision; null if nothing. */
function changed(engine: EngineIdentity, first: EngineIdentity): string | null {
  if (engine.build !== first.build) return `one process names two builds, ${first.build} and ${engine.build}`;
  if (!sameWeights(Object.fromEntries(engine.weights), Object.fromEntries(first.weights)))
    return "one process reports two sets of weights";
  return null;
}

/** What is wrong with a model's file; null if nothing. A model that did not predict need not name its file. */
function misfitOf(
  { model, artifactSha256, nonPrediction }: ModelReading,
  artifacts: ReadonlyMap<string, string>,
  served: ServedIdentity | null,
): string | null {
  if (artifactSha256 === null && nonPrediction !== null) return null;
  const judged = served !== null && Object.hasOwn(served.artifacts, model) ? served.artifacts[model] : undefined;
  const wanted = judged ?? artifacts.get(model);
  if (wanted === undefined || artifactSha256 === wanted) return null;
  const named = typeof artifactSha256 === "string" ? artifactSha256 : "no readable SHA-256";
  return `the file of ${model} is ${named}, but ${judged === undefined ? "the same process named" : "the gate judged"} ${wanted}`;
}
