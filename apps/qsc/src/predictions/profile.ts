import { QscError, type Labels, type Profile } from "@qsc/contract";
import type { Prediction, ReadyMadeName } from "@qsc/violations";
import { readOptionFile } from "../read-file.js";
import { readPredictions, type Reading } from "./read.js";
import { shownName } from "./bytes.js";

/** What the flags say of the limits. */
export interface Asked {
  /** The name of a ready-made profile, or a file. */
  readonly profile: string | null;
  readonly labels: Labels | null;
  /** How to read the reference; null: there is none. */
  readonly reference: Reading | null;
  /** Whether labels are judged: without them it is a regression. */
  readonly hasLabels: boolean;
  readonly segments: Profile["segments"];
}

/** A profile, and where it comes from; null for the built-in limits. */
export interface Found {
  readonly profile: Profile | null;
  readonly source: string;
}

/** The profile that predictions are judged under. @throws QscError */
export async function profileFor(asked: Asked): Promise<Found> {
  const { READY_MADE_NAMES, makeProfile, parseProfile } = await import("@qsc/violations");
  const { profile, hasLabels, labels, segments } = asked;
  const readyMade = READY_MADE_NAMES.find((name) => name === profile) ?? null;
  if (profile !== null && readyMade === null) {
    if (labels !== null)
      throw new QscError("usage", `--labels and a profile of your own exclude each other: ${profile} has its labels.`);
    const own = await parseProfile(await readOptionFile("Profile", profile, "invalid_profile"), profile);
    if ((own.labels !== null) !== hasLabels) throw otherKind(profile, own.labels !== null);
    const found =
      asked.reference === null ? own : { ...own, reference: (await learnt(asked, asked.reference, own)).reference };
    return { profile: found, source: profile };
  }
  if (asked.reference !== null) {
    const run = await learnt(asked, asked.reference, null);
    if (readyMade === null) return { profile: run, source: `learnt from ${shownName(asked.reference.path)}` };
    const { reference, score, requireLatency } = run;
    const parts = { name: readyMade, base: readyMade, labels: run.labels, score, segments, requireLatency, reference };
    return { profile: makeProfile(parts), source: "ready made" };
  }
  if (!hasLabels)
    throw new QscError(
      "usage",
      "Without --label it is a regression, whose range must be known; name an approved run with --reference, or a profile with a range with --profile.",
    );
  if (readyMade === null) return { profile: null, source: "built-in" };
  return {
    profile: makeProfile({ name: readyMade, base: readyMade, labels: labels ?? usualLabels(readyMade), segments }),
    source: "ready made",
  };
}

function usualLabels(name: ReadyMadeName): never {
  throw new QscError(
    "usage",
    `The profile ${name} does not know your labels; name them with --labels A,B, or an approved run with --reference.`,
  );
}

function otherKind(profile: string, hasLabels: boolean): QscError {
  const words = hasLabels ? "has labels; name their column with --label" : "is of a regression; leave out --label";
  return new QscError("usage", `Profile ${profile} ${words}.`);
}

/** What a reference run shows. Every row of it must be a prediction. */
async function learnt({ labels, hasLabels, segments }: Asked, reading: Reading, own: Profile | null): Promise<Profile> {
  const { learnProfile } = await import("@qsc/violations");
  const source = shownName(reading.path);
  const known = own?.labels ?? labels;
  return learnProfile(sound(reading, source), {
    source,
    segments,
    ...(hasLabels && known !== null && { labels: known }),
    ...(own !== null && { score: own.score }),
  });
}

async function* sound(reading: Reading, source: string): AsyncGenerator<Prediction> {
  for await (const row of readPredictions(reading)) {
    if ("fault" in row)
      throw new QscError(
        "reference_unusable",
        `The reference ${source} cannot be learnt from: ${row.place} is ${row.fault}.`,
      );
    yield row.prediction;
  }
}
