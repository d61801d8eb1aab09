import {
  digestOf,
  EXIT,
  invalidOption,
  iso,
  rules,
  sealed,
  type JudgeDocument,
  type JudgedProfile,
  type Labels,
  type Profile,
} from "@qsc/contract";
import { OF_LABELS } from "../checks/model/of-predictions.js";
import { isAgainst } from "../judge-model.js";
import { DEFAULT_LABELS, labelSetOf } from "../labels.js";
import { labelsOptionRule } from "../policy/labels-rule.js";
import { profileRule } from "../profile/assert-profile.js";
import { BUILT_IN_LIMITS, laxerLimits } from "../profile/limits.js";
import { makeProfile } from "../profile/make.js";
import { readyMadeRule, type ReadyMadeName } from "../profile/ready-made.js";
import type { Prediction } from "./prediction.js";
import { Tally } from "./tally.js";
import { verdictOn } from "./verdict.js";

/** How predictions are judged. */
export interface JudgeOptions {
  /** A profile, or the name of a ready-made one. Default: the built-in limits, whatever the labels are. */
  readonly profile?: Profile | ReadyMadeName;
  /** The labels that the model may give; a profile that is no name has its own. Default: BUY, SELL and HOLD. */
  readonly labels?: Labels;
  /** Whether each segment decides by itself too; a profile that is no name says so itself. Default: `shown`. */
  readonly segments?: Profile["segments"];
  /** What the model is called in the verdict. Default: `model`. */
  readonly model?: string;
}

/** Where and when a verdict is made, for its document. */
export interface VerdictPlace {
  /** What was judged. Default: `predictions`. */
  readonly source?: string;
  /** Where the profile comes from. Default: `given`, or `ready made`. */
  readonly profileSource?: string;
  /** Default: now. */
  readonly judgedAt?: Date;
  readonly host?: string;
  readonly toolVersion?: string;
}

const { anyText, closed, instanceOf, oneOf, optional, someText } = rules;

const optionsRule = closed({
  profile: optional((value, name) => {
    (typeof value === "string" ? readyMadeRule : profileRule)(value, name);
  }),
  labels: optional(labelsOptionRule),
  segments: optional(oneOf("decide", "shown")),
  model: optional(someText),
});

const placeRule = closed({
  source: optional(someText),
  profileSource: optional(someText),
  judgedAt: optional(instanceOf(Date)),
  host: optional(anyText),
  toolVersion: optional(anyText),
});

/** Judges the predictions of any model, bit by bit. Made by `createJudge`. */
export class PredictionJudge {
  readonly profile: Profile;
  readonly #origin: "built-in" | "ready made" | "given";
  readonly #tally: Tally;

  /** Use `createJudge`, which checks the options. */
  constructor(profile: Profile, origin: "built-in" | "ready made" | "given", model: string) {
    this.profile = profile;
    this.#origin = origin;
    this.#tally = new Tally(model, profile);
  }

  /** Predictions and rejected rows so far. */
  get rows(): number {
    return this.#tally.rows;
  }

  /**
   * Adds one prediction, which is newer than those before. A score that is missing, not a number or out of range is
   * judged, and never a pass. @throws QscError `invalid_option` for what is not a prediction; nothing is added then
   */
  add(prediction: Prediction): this {
    this.#tally.add(prediction);
    return this;
  }

  /** Adds predictions, the oldest first: any iterable, asynchronous ones such as streams of objects too. @throws as `add` */
  async addAll(predictions: Iterable<Prediction> | AsyncIterable<Prediction>): Promise<this> {
    const given: unknown = predictions;
    if (typeof given !== "object" || given === null || !(Symbol.iterator in given || Symbol.asyncIterator in given))
      throw invalidOption("predictions", given, "a list, or an asynchronous iterable");
    for await (const prediction of predictions) this.add(prediction);
    return this;
  }

  /**
   * Counts a row that could not be read as a prediction: it is named in the verdict, and taken as the worst one for every
   * check. @throws QscError `invalid_option`
   */
  reject(reason: string, place: string | null = null): this {
    someText(reason, "reason");
    if (place !== null) someText(place, "place");
    this.#tally.reject(reason, place);
    return this;
  }

  /**
   * Adds what another judge with the same profile and model was given, which is newer than all that this one was given.
   * The verdict is then that of one judge that was given all of it: parts may be judged apart, and at the same time.
   * @throws QscError `invalid_option`
   */
  merge(later: PredictionJudge): this {
    instanceOf(PredictionJudge)(later, "later");
    const isSame = later.#tally.model === this.#tally.model && digestOf(later.profile) === digestOf(this.profile);
    if (!isSame)
      throw invalidOption("later", later.profile.name, `a judge of the same model and profile, ${this.profile.name}`);
    if (later === this) throw invalidOption("later", "this judge itself", "another judge");
    this.#tally.append(later.#tally);
    return this;
  }

  /**
   * The verdict on everything so far; more may be added afterwards. A document that `@qsc/report` renders.
   * @throws QscError `invalid_option`
   */
  verdict(place: VerdictPlace = {}): JudgeDocument {
    placeRule(place, "place");
    const tally = this.#tally;
    const { reference } = this.profile;
    const model = verdictOn(tally);
    const against = model.checks.filter(isAgainst);
    const codes = model.reasons.map((reason) => against.find(({ id }) => reason.startsWith(`${id}: `))?.id ?? "");
    const profile = this.#judgedProfile(place.profileSource);
    return sealed({
      kind: "judge" as const,
      verdict: model.verdict,
      exitCode: model.verdict === "pass" ? EXIT.proven : EXIT.refused,
      reasons: model.reasons,
      codes,
      warnings: reference === null ? ["nothing was given to compare with, so drift was not judged"] : [],
      judgedAt: iso((place.judgedAt ?? new Date()).getTime()),
      host: place.host ?? "",
      toolVersion: place.toolVersion ?? "",
      source: place.source ?? "predictions",
      oldest: tally.oldestMs === null ? null : iso(tally.oldestMs),
      newest: tally.newestMs === null ? null : iso(tally.newestMs),
      profile,
      reference: reference === null ? null : { source: reference.source, predictions: reference.baseline.predictions },
      counts: { read: tally.rows, rejected: tally.rejected.total, judged: tally.answered },
      rejected: tally.rejected.list().map(({ what, count, sample }) => ({ reason: what, count, sample })),
      models: [model],
    });
  }

  #judgedProfile(source: string = this.#origin): JudgedProfile {
    return {
      name: this.profile.name,
      source,
      hash: digestOf(this.profile),
      score: this.profile.score,
      laxer: laxerLimits(this.profile),
      notJudged: this.profile.labels === null ? [...OF_LABELS] : [],
    };
  }
}

/**
 * A judge of the predictions of any model: a classifier with any labels, or a regression. Give it predictions, the oldest
 * first, and ask it for a verdict at any time. Without Redis, systemd or the command line.
 *
 * @throws QscError `invalid_option`, naming the option, the value and what it must be
 */
export function createJudge(options: JudgeOptions = {}): PredictionJudge {
  optionsRule(options, "options");
  const { profile = null, labels, segments, model = "model" } = options;
  if (profile !== null && typeof profile !== "string") {
    if (labels !== undefined) throw invalidOption("options.labels", labels, "left out: the profile has its own");
    if (segments !== undefined)
      throw invalidOption("options.segments", segments, "left out: the profile says so itself");
    return new PredictionJudge(profile, "given", model);
  }
  const set = labelSetOf(labels ?? DEFAULT_LABELS);
  const shared = { labels: set, ...(segments !== undefined && { segments }) };
  if (profile !== null)
    return new PredictionJudge(makeProfile({ ...shared, name: profile, base: profile }), "ready made", model);
  const own = makeProfile({ ...shared, name: "built-in", limits: BUILT_IN_LIMITS });
  return new PredictionJudge(own, "built-in", model);
}
