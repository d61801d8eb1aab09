import { rules, type Rule } from "@qsc/contract";
import { policyRule } from "@qsc/violations";

const {
  anyFunction,
  anyText,
  atLeastZero,
  flag,
  listOf,
  instanceOf,
  nullable,
  oneOf,
  optional,
  ruleOf,
  shaped,
  someText,
  wholeFrom,
} = rules;

/** The last millisecond that a calendar date can have (ECMA-262). */
const LAST_DATE_MS = 8.64e15;
/** A time, in milliseconds since 1970. */
export const timeRule: Rule = wholeFrom(0, LAST_DATE_MS);
/** The most threads that a range may be read with: each needs some 30 MB. */
const MOST_THREADS = 64;
/** The most parts that a range is divided into. */
const MOST_PARTS = 4096;
/** What a source must be able to do to be judged. */
export const sourceRule: Rule = shaped({
  label: anyText,
  live: flag,
  state: anyFunction,
  pages: anyFunction,
  follow: anyFunction,
  gaps: anyFunction,
});

/** Where, and under which policy, a judgement is made. */
export const contextRule: Rule = shaped({
  policy: policyRule,
  policySource: anyText,
  unit: nullable(anyText),
  host: anyText,
  toolVersion: anyText,
  now: anyFunction,
  modelSignatures: optional(
    nullable(shaped({ trust: shaped({}), files: listOf(shaped({ path: anyText, text: anyText })) })),
  ),
});

const window = {
  afterMs: nullable(timeRule),
  count: nullable(wholeFrom(1)),
  asOf: nullable(shaped({ firstMs: timeRule, lastMs: timeRule })),
  threads: optional(wholeFrom(1, MOST_THREADS)),
  readers: optional(
    shaped({ count: wholeFrom(1, MOST_PARTS), leastEntries: optional(wholeFrom(0)), read: anyFunction }),
  ),
};
const model = nullable(someText);

export const windowRequest: Rule = shaped(window);
export const scoreboardRequest: Rule = shaped({ ...window, shadow: optional(nullable(someText)) });
export const gateRequest: Rule = shaped({
  ...window,
  mode: oneOf("collection", "canary"),
  model,
  shadow: optional(flag),
  against: optional(nullable(someText)),
  watchMs: optional(atLeastZero),
});
export const sanityRequest: Rule = shaped({
  ...window,
  manifest: nullable(shaped({ name: anyText, content: shaped({}) })),
});
export const diagnosisRequest: Rule = shaped({
  ...window,
  model,
  shadow: optional(flag),
  journal: ruleOf(isJournal, "{skipped: text}, or {services, unit}"),
});
export const waitOptions: Rule = shaped({
  policy: policyRule,
  model,
  shadow: optional(flag),
  need: wholeFrom(1),
  now: anyFunction,
  signal: instanceOf(AbortSignal),
  onProgress: anyFunction,
});

function isJournal(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { skipped, services, unit } = value as Readonly<Record<"skipped" | "services" | "unit", unknown>>;
  return typeof skipped === "string" || (typeof services === "object" && services !== null && typeof unit === "string");
}
