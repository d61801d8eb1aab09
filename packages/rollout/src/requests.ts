import { CANARY_SHARES, rules, WATCH_RULES, type Rule } from "@qsc/contract";
import { timeRule } from "./judge/requests.js";
import { LEASE_SECONDS } from "./operation/lease-seconds.js";

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
  ruleOf,
  shaped,
  someText,
  wholeFrom,
} = rules;

const onStep = optional(anyFunction);
const signal = instanceOf(AbortSignal);

const proof = { proofMs: atLeastZero, onStep };
const watchWindow = wholeFrom(1, 1_000_000);
const watched = { durationMs: atLeastZero, watchUnit: nullable(someText), window: optional(watchWindow), signal };

export const activateRequest: Rule = shaped({
  ...proof,
  ...watched,
  model: someText,
  shadow: optional(flag),
  cutoverMs: timeRule,
  dryRun: flag,
});
export const promoteRequest: Rule = shaped({
  ...proof,
  ...watched,
  to: ruleOf((to) => CANARY_SHARES.includes(to as never) && to !== 0.1, "0.5 or 1"),
});
export const monitorRequest: Rule = shaped({
  ...proof,
  durationMs: nullable(atLeastZero),
  intervalMs: ruleOf(
    isInterval,
    `a number of milliseconds from 0 to below ${LEASE_SECONDS * 1000}: a judgement renews the lease`,
  ),
  window: watchWindow,
  rule: oneOf(...WATCH_RULES),
  stay: flag,
  signal,
  onReport: anyFunction,
  onEligible: optional(anyFunction),
});
export const rollbackRequest: Rule = shaped({
  ...proof,
  reason: anyText,
  code: optional(anyText),
  takeOver: flag,
  boot: optional(nullable(anyText)),
  canary: optional(shaped({ model: someText })),
  ifUnmonitored: optional(flag),
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
  console: flag,
  root: someText,
  dryRun: flag,
  force: flag,
  confirm: nullable(anyFunction),
  requiredEnvironment: listOf(requirement),
  notify: optional(nullable(shaped({ section: anyText, isInstalled: flag, credentials: listOf(someText) }))),
  onStep,
});
export const preflightRequest: Rule = shaped({
  repository: nullable(shaped({})),
  nodeVersion: someText,
  requiredEnvironment: listOf(requirement),
  onStep,
});

/** Whether judgements come often enough to renew the lease in time. */
function isInterval(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value < LEASE_SECONDS * 1000;
}

/** Whether it states exactly one condition: a misspelt one would require nothing. */
function isRequirement(value: unknown): boolean {
  const said = Object.entries(value as Readonly<Record<string, unknown>>).filter(([key]) => key !== "name");
  const [[key, wanted] = [], ...others] = said;
  if (others.length > 0) return false;
  if (key === "equals") return typeof wanted === "string";
  return key === "isSet" ? wanted === true : (key === "atLeast" || key === "atMost") && Number.isFinite(wanted);
}
