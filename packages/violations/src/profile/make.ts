import { rules, type Labels, type Profile } from "@qsc/contract";
import { labelSetOf } from "../labels.js";
import { labelsOptionRule } from "../policy/labels-rule.js";
import { DEFAULT_POLICY } from "../policy/default.js";
import { profileRule, scoreRule } from "./assert-profile.js";
import { limitsFor, PROFILE_LIMITS } from "./limits.js";
import { READY_MADE, readyMadeRule, type ReadyMadeName } from "./ready-made.js";

/** What a profile is made from: whatever is left out has its built-in value. */
export interface ProfileParts {
  readonly name: string;
  /** The ready-made profile to begin with. Default: the built-in limits, fitted to the number of labels. */
  readonly base?: ReadyMadeName;
  /** The labels of a classifier, or null for a regression, which has a range as its score. */
  readonly labels: Labels | null;
  /** Default: `probability`. */
  readonly score?: Profile["score"];
  readonly limits?: Readonly<Record<string, number>>;
  /** Default: 200. */
  readonly minPredictions?: number;
  /** Default: `shown`. */
  readonly segments?: Profile["segments"];
  /** Default: false. */
  readonly requireLatency?: boolean;
  /** Default: null. */
  readonly reference?: Profile["reference"];
}

const { closed, nullable, optional, recordOf, someText, anyText } = rules;

const partsRule = closed({
  name: someText,
  base: optional(readyMadeRule),
  labels: nullable(labelsOptionRule),
  score: optional(scoreRule),
  limits: optional(
    closed(Object.fromEntries(Object.keys(PROFILE_LIMITS).map((key) => [key, optional(rules.atLeastZero)]))),
  ),
  minPredictions: optional(rules.wholeFrom(1)),
  segments: optional(anyText),
  requireLatency: optional(rules.flag),
  reference: optional(nullable(recordOf(() => undefined))),
});

/**
 * A profile from scratch: a team's own labels, kind of score and limits. A verdict under it names every limit that is
 * laxer than the built-in one, and permits no traffic.
 *
 * @throws QscError `invalid_option`, naming the key, the value and what it must be
 */
export function makeProfile(parts: ProfileParts): Profile {
  partsRule(parts, "profile");
  const { name, base, score = "probability", limits = {}, segments = "shown", requireLatency = false } = parts;
  const labels = parts.labels === null ? null : labelSetOf(parts.labels);
  const profile: Profile = {
    name,
    labels,
    score,
    limits: { ...limitsFor(labels), ...(base !== undefined && READY_MADE[base].limits), ...limits },
    minPredictions: parts.minPredictions ?? DEFAULT_POLICY.minEvents.canary,
    segments,
    requireLatency,
    reference: parts.reference ?? null,
  };
  profileRule(profile, "profile");
  return profile;
}
