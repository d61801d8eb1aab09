import { invalidOption, rules, type Profile, type ProfileReference, type Rule, type ScoreRange } from "@qsc/contract";
import { baselineRule } from "../given/baseline.js";
import { allLabels } from "../labels.js";
import { labelsRule } from "../policy/labels-rule.js";
import { PROFILE_LIMITS } from "./limits.js";

const { allOf, atLeastZero, closed, count, finite, flag, listOf, nullable, numberWithin, oneOf, recordOf, someText } =
  rules;

/** The most characters of a name: it stands in every verdict. */
const LONGEST_NAME = 100;

const nameRule: Rule = allOf(someText, (value, name) => {
  if ((value as string).length > LONGEST_NAME)
    throw invalidOption(name, value, `a text of at most ${LONGEST_NAME} characters`);
});

const rangeRule: Rule = allOf(closed({ low: finite, high: finite }), (value, name) => {
  const { low, high } = value as ScoreRange;
  if (!(low < high) || !Number.isFinite(high - low))
    throw invalidOption(name, `${low} to ${high}`, "a range whose low is below its high");
});

/** What a score is. */
export const scoreRule: Rule = (value, name) => {
  if (typeof value === "object" && value !== null) rangeRule(value, name);
  else oneOf("probability", "logit")(value, name);
};

/** Labels of which there are two at least: a share of a single one says nothing. */
const profileLabelsRule: Rule = allOf(labelsRule, (value, name) => {
  const labels = allLabels(value as NonNullable<Profile["labels"]>);
  if (labels.length < 2) throw invalidOption(name, labels.join(", "), "at least two labels, or null for a regression");
});

const referenceRule: Rule = allOf(
  closed({
    source: someText,
    labels: nullable(recordOf(count)),
    edges: listOf(numberWithin(0, 1)),
    counts: listOf(count),
    baseline: baselineRule,
  }),
  (value, name) => {
    const { edges, counts } = value as ProfileReference;
    if (edges.length === 0 || edges.some((edge, index) => index > 0 && edge <= (edges[index - 1] ?? edge)))
      throw invalidOption(`${name}.edges`, edges, "at least one number, each above the one before");
    if (counts.length !== edges.length + 1)
      throw invalidOption(`${name}.counts`, counts, `a list of ${edges.length + 1}, one more than edges`);
  },
);

const shapeRule: Rule = closed({
  name: nameRule,
  labels: nullable(profileLabelsRule),
  score: scoreRule,
  limits: closed(Object.fromEntries(Object.entries(PROFILE_LIMITS).map(([key, rule]) => [key, limitRule(rule)]))),
  minPredictions: rules.wholeFrom(1),
  segments: oneOf("decide", "shown"),
  requireLatency: flag,
  reference: nullable(referenceRule),
});

/** A share above 1 must be a percentage by mistake: nothing would ever exceed it. */
function limitRule({ unit, violatedWhen }: (typeof PROFILE_LIMITS)[string]): Rule {
  return unit === "share" && violatedWhen === "above" ? numberWithin(0, 1) : atLeastZero;
}

/** A complete profile, made by hand or read from a file. A limit that is missing, misspelt or NaN would never be violated. */
export const profileRule: Rule = allOf(shapeRule, (value, name) => {
  const { labels, score, reference } = value as Profile;
  if (labels === null && typeof score === "string")
    throw invalidOption(`${name}.score`, score, "a range {low, high} where there are no labels");
  if (reference === null) return;
  if ((reference.labels === null) !== (labels === null))
    throw invalidOption(`${name}.reference.labels`, reference.labels, labels === null ? "null" : "counts by label");
  const known = labels === null ? [] : allLabels(labels);
  const other = Object.keys(reference.labels ?? {}).find((label) => !known.includes(label));
  if (other !== undefined) throw invalidOption(`a label of ${name}.reference`, other, `one of ${known.join(", ")}`);
});
