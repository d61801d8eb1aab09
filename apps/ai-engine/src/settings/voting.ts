import { checkWeights, readWeights, weightsFromEnvironment } from "@qsc/fail-closed";
import { Problem, type Environment, type Problems } from "./problems.js";
import type { Values } from "./table.js";

/** A model and its share of the vote while it is watched. */
interface Canary {
  readonly model: string;
  readonly weight: number;
}

/** Who votes, and with which weight. */
export interface Voting {
  /** The weights of all models, in their order. Their sum is 1. */
  readonly weights: ReadonlyMap<string, number>;
  readonly canary: Canary | null;
  /** The models that answer without a vote now: those of the settings, except for the canary. */
  readonly shadows: ReadonlySet<string>;
  /** How many active models a decision needs. */
  readonly quorum: number;
}

/** Reads weights, canary, shadows and quorum, as far as they are valid. */
export async function readVoting(
  env: Environment,
  { models, shadow, weightsFile, quorumAsked }: Partial<Values> & Pick<Values, "models">,
  problems: Problems,
): Promise<Partial<Voting>> {
  const named = problems.check(() => shadowsOf(models, shadow ?? []));
  // Without valid shadows nothing says who votes.
  if (named === undefined) return {};
  const canary = problems.check(() => weightsFromEnvironment(env, models));
  const shadows = new Set(named.filter((model) => model !== canary?.canary.model));
  const baseline = await problems.checkLater(() => baselineWeights(models, named, weightsFile ?? null));
  const weights = canary?.weights ?? baseline;
  problems.check(() => {
    if (canary) assertNoVote(canary.weights, shadows, "QSC_CANARY_WEIGHTS");
  });
  const quorum = problems.check(() =>
    quorumOf({ now: models.length - shadows.size, baseline: models.length - named.length }, quorumAsked ?? null),
  );
  return { ...(weights && { weights }), canary: canary?.canary ?? null, shadows, ...(quorum && { quorum }) };
}

function shadowsOf(models: readonly string[], shadows: readonly string[]): readonly string[] {
  const unknown = shadows.find((model) => !models.includes(model));
  if (unknown !== undefined)
    throw new Problem(
      `SHADOW_MODELS contains '${unknown}', which MODELS does not; name some of ${models.join(", ")}, or add it to MODELS.`,
    );
  if (shadows.length === models.length)
    throw new Problem(`SHADOW_MODELS names every model, ${shadows.join(", ")}; leave out at least one that votes.`);
  return shadows;
}

/**
 * From the file, or equal ones of all but the shadows. They are read, and must be valid, even while a canary's weights
 * are in force.
 */
async function baselineWeights(
  models: readonly string[],
  shadows: readonly string[],
  file: string | null,
): Promise<ReadonlyMap<string, number>> {
  if (file !== null) {
    const weights = await readWeights(file, models);
    assertNoVote(weights, new Set(shadows), `MODEL_WEIGHTS_FILE ${file}`);
    return weights;
  }
  const equal = 1 / (models.length - shadows.length);
  const weights = models.map((model): [string, number] => [model, shadows.includes(model) ? 0 : equal]);
  return checkWeights(weights, models, "equal weights");
}

function assertNoVote(weights: ReadonlyMap<string, number>, shadows: ReadonlySet<string>, origin: string): void {
  const [voting] = [...weights].filter(([model, weight]) => shadows.has(model) && weight > 0);
  if (voting === undefined) return;
  const [model, weight] = voting;
  throw new Problem(
    `${origin} gives ${model} the weight ${weight}, but SHADOW_MODELS says that it has no vote; write 0, or take it out of SHADOW_MODELS.`,
  );
}

/**
 * A majority of the models that vote now by default: with fewer, a minority of models could trade alone. A number that is
 * asked for must be possible in the baseline, too.
 */
function quorumOf(voting: { readonly now: number; readonly baseline: number }, asked: number | null): number {
  if (asked === null) return Math.floor(voting.now / 2) + 1;
  if (asked <= voting.baseline) return asked;
  throw new Problem(
    `QUORUM is ${asked}, but there are ${voting.baseline} models that vote; write a number from 1 to ${voting.baseline}.`,
  );
}
