import { CANARY_SHARES, rules, WATCH_RULES, type Rule } from "@qsc/contract";
import { policyRule } from "@qsc/violations";
import { LEASE_SECONDS } from "./canary/lease-seconds.js";

const {
  allOf,
  anyFunction,
  anyText,
  atLeastZero,
  flag,
  instanceOf,
  listOf,
  nullable,
  oneOf,
  optional,
  recordOf,
  ruleOf,
  shaped,
  someText,
  wholeFrom,
} = rules;

/** The last millisecond that a calendar date can be given for (ECMA-262). */
const LAST_DATE_MS = 8.64e15;
const time = wholeFrom(0, LAST_DATE_MS);
const onStep = optional(anyFunction);
const signal = instanceOf(AbortSignal);

/** What a source must be able to do to be judged. */
export const sourceRule: Rule = shaped({
  label: anyText,
  live: flag,
  state: anyFunction,
  pages: anyFunction,
  follow: anyFunction,
  gaps: anyFunction,
});

/** Where and with what a judgement is made. */
export const settingRule: Rule = shaped({
  policy: policyRule,
  policySource: anyText,
  unit: nullable(anyText),
  host: anyText,
  toolVersion: anyText,
  now: anyFunction,
});

const window = {
  afterMs: nullable(time),
  count: nullable(wholeFrom(1)),
  asOf: nullable(shaped({ firstMs: time, lastMs: time })),
};
const model = nullable(someText);

export const windowRequest: Rule = shaped(window);
export const gateRequest: Rule = shaped({ ...window, mode: oneOf("collection", "canary"), model });
export const sanityRequest: Rule = shaped({
  ...window,
  manifest: nullable(shaped({ name: anyText, content: shaped({}) })),
});
export const diagnosisRequest: Rule = shaped({
  ...window,
  model,
  journal: ruleOf(isJournal, "{skipped: text}, or {services, unit}"),
});
export const waitOptions: Rule = shaped({
  policy: policyRule,
  model,
  need: wholeFrom(1),
  now: anyFunction,
  signal,
  onProgress: anyFunction,
});

const proof = { proofMs: atLeastZero, onStep };
const watchWindow = wholeFrom(1, 1_000_000);
const watched = { durationMs: atLeastZero, watchUnit: nullable(someText), window: optional(watchWindow), signal };

export const activateRequest: Rule = shaped({ ...proof, ...watched, model: someText, cutoverMs: time, dryRun: flag });
export const promoteRequest: Rule = shaped({
  ...proof,
  ...watched,
  to: ruleOf((to) => CANARY_SHARES.includes(to as never) && to !== 0.1, "0.5 or 1"),
});
export const monitorRequest: Rule = shaped({
  ...proof,
  durationMs: nullable(atLeastZero),
  intervalMs: ruleOf(isInterval, `a number of milliseconds from 0 to below ${LEASE_SECONDS * 1000}: a judgement renews the lease`),
  window: watchWindow,
  rule: oneOf(...WATCH_RULES),
  stay: flag,
  signal,
  onReport: anyFunction,
});
export const rollbackRequest: Rule = shaped({
  ...proof,
  reason: anyText,
  code: optional(anyText),
  takeOver: flag,
  boot: optional(nullable(anyText)),
  signal: optional(signal),
});
export const deployRequest: Rule = shaped({
  ...proof,
  repository: shaped({}),
  commit: someText,
  build: nullable(anyText),
  signal,
});
const requirement = allOf(
  shaped({ name: someText }),
  ruleOf(isRequirement, "one of {name, equals}, {name, atLeast}, {name, atMost} or {name, isSet: true}"),
);

export const initRequest: Rule = shaped({
  user: someText,
  root: someText,
  dryRun: flag,
  force: flag,
  confirm: nullable(anyFunction),
  requiredEnvironment: listOf(requirement),
  onStep,
});
export const preflightRequest: Rule = shaped({
  repository: nullable(shaped({})),
  nodeVersion: someText,
  requiredEnvironment: listOf(requirement),
  onStep,
});

/** Voting weights by model, as an engine reports them. */
export const weightsRule: Rule = recordOf(atLeastZero);
export const shareRule: Rule = ruleOf((share) => CANARY_SHARES.includes(share as never), CANARY_SHARES.join(", "));

/** Whether a judgement comes before the lease of the one before has run out. */
function isInterval(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value < LEASE_SECONDS * 1000;
}

/** Whether it says one thing of its variable: what is misspelt would ask for nothing. */
function isRequirement(value: unknown): boolean {
  const said = Object.entries(value as Readonly<Record<string, unknown>>).filter(([key]) => key !== "name");
  const [[key, wanted] = [], ...others] = said;
  if (others.length > 0) return false;
  if (key === "equals") return typeof wanted === "string";
  return key === "isSet" ? wanted === true : (key === "atLeast" || key === "atMost") && Number.isFinite(wanted);
}

function isJournal(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { skipped, services, unit } = value as Readonly<Record<"skipped" | "services" | "unit", unknown>>;
  return typeof skipped === "string" || (typeof services === "object" && services !== null && typeof unit === "string");
}
