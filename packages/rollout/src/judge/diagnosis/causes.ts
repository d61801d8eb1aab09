import { SHADOW, type JournalFinding, type JournalReading, type ModelVerdict } from "@qsc/contract";
import { likelyCauses, TAKEN_OUT, type Cause as LikelyCause } from "@qsc/violations";
import { meansModel } from "./engine-lines.js";
import type { DiagnosisFacts } from "./facts.js";

/** The journal's lines about one model. */
type Said = (...kinds: readonly JournalFinding["kind"][]) => readonly JournalFinding[];

/** What is known about one model, and the likely causes of its violations. */
interface Known {
  readonly facts: DiagnosisFacts;
  readonly likely: readonly LikelyCause[];
  readonly said: Said;
  /** The checks with the status `unknown`. */
  readonly unknown: readonly string[];
}

interface Cause {
  readonly when: (known: Known) => boolean;
  readonly cause: string | ((known: Known) => string);
  readonly nextStep: string;
}

type Conclusion = Readonly<Record<"cause" | "nextStep", string>>;

/** The PSI that counts as drift: the usual threshold of this index. */
const DRIFTED = 0.25;

/** Why a model has never made a prediction. */
const NEVER_PREDICTED: readonly Cause[] = [
  {
    when: ({ facts: { stats, fallbacks } }) =>
      stats.n === 0 && fallbacks.some(({ what }) => what.includes("insufficient_history")),
    cause:
      "The model has never made a prediction: it lacks history, and the engine published a neutral answer in its place.",
    nextStep:
      "Check that the feed reaches back as far as the model's input window, and that history is kept across restarts. Make the engine mark the model INACTIVE instead of answering for it.",
  },
  {
    when: ({ facts: { stats, fallbacks } }) =>
      stats.n === 0 && fallbacks.some(({ what }) => what.startsWith("fallback")),
    cause: "The model has never made a prediction: every answer is a silent fallback.",
    nextStep:
      "Find out from the engine's journal why the model fails (grep 'QSC FAIL-CLOSED'), fix that, restart, and judge again after the new cutover.",
  },
  {
    when: ({ facts: { stats, fallbacks } }) => stats.n === 0 && fallbacks.some(({ what }) => what === SHADOW),
    cause: "The engine runs the model as a shadow, without a vote, and its answers as one were not judged.",
    nextStep: "Diagnose it as a shadow: name it (--model), and add --shadow.",
  },
  {
    when: ({ facts: { stats } }) => stats.n === 0 && stats.nonPredictions > 0,
    cause: "The model was inactive all the time; its reasons are listed below.",
    nextStep: "Fix the most frequent reason, restart the engine, and judge again after the new cutover.",
  },
  {
    when: ({ facts: { stats } }) => stats.n === 0,
    cause:
      "The model does not appear in the telemetry, although the engine gives it a weight or it appeared before the cutover.",
    nextStep: "Check the engine's start-up lines ([...-INIT]) for this model: it was probably never loaded.",
  },
];

/** The causes when no check names one; the first that applies. The last one always applies. */
const OTHERWISE: readonly Cause[] = [
  {
    when: ({ facts: { verdict } }) => verdict === "unknown",
    cause: "Everything that could be read is fine, but some entries could not be read.",
    nextStep:
      "Look at the rejected entries below and fix the engine that writes them; then judge a range without them (--after).",
  },
  {
    when: ({ facts: { verdict } }) => verdict === "fail",
    cause: "A check of the policy's own is violated.",
    nextStep: "Read the check's reason in the quality gate's report.",
  },
  {
    when: ({ facts }) => hasDrifted(facts),
    cause: "The model's output is within its limits, but it has drifted since the cutover.",
    nextStep:
      "Run feature-sanity with the model's manifest: if the features drifted too, the market changed; if not, compare the model file's SHA-256 with the one before the cutover.",
  },
  {
    when: ({ facts }) => unknownDrift(facts).length > 0,
    cause: ({ facts }) =>
      `The model's own output is within its limits; whether it has drifted is unknown: ${unknownDrift(facts).join("; ")}.`,
    nextStep:
      "Judge again after more events (quality-gate --wait shows how long that takes), or name a later cutover, with more telemetry before it (--after). Then run quality-gate --mode canary.",
  },
  {
    when: ({ unknown }) => unknown.length > 0,
    cause: ({ unknown }) =>
      `The model's own output is within its limits as far as they could be checked; unknown, but not required: ${unknown.join(", ")}.`,
    nextStep: "Run quality-gate --mode canary. To make an unknown check fail, list it under require in the policy.",
  },
  {
    when: () => true,
    cause: "The model's own output shows nothing wrong.",
    nextStep: "Run quality-gate --mode canary.",
  },
];

/** Whether labels or confidences have drifted for certain. Unknown drift has a cause of its own. */
function hasDrifted({ drift }: DiagnosisFacts): boolean {
  return drift !== null && [drift.labels, drift.confidence].some((index) => index !== null && index >= DRIFTED);
}

/** Why it is unknown whether the model has drifted; empty if it is known, or if there is no cutover. */
function unknownDrift({ drift }: DiagnosisFacts): readonly string[] {
  return drift?.unknown ?? [];
}

function refusals(said: Said): readonly JournalFinding[] {
  return said("fail_closed", "inactive");
}

/** What the engine's journal says about a model that it takes out of the vote. */
function takenOut({ facts: { stats }, likely, said }: Known): Conclusion | null {
  const found = refusals(said);
  if (found.length === 0 || (stats.n > 0 && !likely.some(({ name }) => name === TAKEN_OUT.name))) return null;
  const why = found
    .map(({ reason, count }) => `${reason} (${count} x)`)
    .slice(0, 3)
    .join(", ");
  return { cause: TAKEN_OUT.cause.replace("{why}", () => why), nextStep: TAKEN_OUT.nextStep };
}

/** Whether the further condition of a cause holds, besides the violation that names it. */
const HOLDS: Readonly<Record<NonNullable<LikelyCause["when"]>, (known: Known) => boolean>> = {
  // `takenOut` has already dealt with that.
  "the engine's journal says why": () => false,
  "the answers have drifted": ({ facts }) => hasDrifted(facts),
  "the journal tells of drift": ({ said }) => said("drift").length > 0,
};

function likeliest(known: Known): Conclusion | null {
  return known.likely.find(({ when }) => when === undefined || HOLDS[when](known)) ?? null;
}

function firstOf(causes: readonly Cause[], known: Known): Conclusion | null {
  const found = causes.find(({ when }) => when(known));
  if (found === undefined) return null;
  return { cause: typeof found.cause === "string" ? found.cause : found.cause(known), nextStep: found.nextStep };
}

/** The likely cause and the next step, in an operator's words. */
export function concludeFrom(
  facts: DiagnosisFacts,
  { checks }: Pick<ModelVerdict, "checks">,
  { findings }: Pick<JournalReading, "findings">,
): Conclusion {
  const own = findings.filter(({ model }) => model !== null && meansModel(model, facts.model));
  const said: Said = (...kinds) => own.filter(({ kind }) => kinds.includes(kind));
  const unknown = checks.filter(({ status }) => status === "unknown").map(({ id }) => id);
  const known = { facts, likely: likelyCauses(checks), said, unknown };
  const found = takenOut(known) ?? firstOf(NEVER_PREDICTED, known) ?? likeliest(known) ?? firstOf(OTHERWISE, known);
  if (found === null) throw new TypeError("the last cause applies always");
  return { cause: found.cause, nextStep: found.nextStep };
}
