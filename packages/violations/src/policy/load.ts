import {
  describeDuration,
  lookAlike,
  modelNameFault,
  parseDuration,
  QscError,
  REQUIREMENTS,
  rules,
  type Policy,
  type Requirement,
} from "@qsc/contract";
import { CHECK_IDS } from "../checks/registry.js";
import { parseYaml, YamlFault } from "../given/yaml.js";
import { allLabels, DEFAULT_LABELS } from "../labels.js";
import { DEFAULT_POLICY } from "./default.js";
import { compileExpressions } from "./compile-expressions.js";
import { limitOf } from "./limit-of.js";
import { asObject, asStrings, show, unknownKey, type Refuse } from "./file-values.js";
import { isLaxer, isLimitKey, LIMIT_ALIASES, LIMIT_RULES, type LimitRule } from "./limits.js";

type Section = (value: unknown, refuse: Refuse) => Partial<Policy>;

/** The keys of a policy file, and how to read each. */
const SECTIONS: Readonly<Record<string, Section>> = {
  limits: (value, refuse) => ({ limits: readLimits(value, refuse) }),
  ...Object.fromEntries(
    LIMIT_ALIASES.map(([alias, key]): [string, Section] => [
      alias,
      (value, refuse) => ({ limits: { [key]: tightened(alias, key, value, refuse) } }),
    ]),
  ),
  minEvents: (value, refuse) => ({ minEvents: readMinEvents(value, refuse) }),
  labels: (value, refuse) => ({ labels: readLabels(value, refuse) }),
  confidence: (value, refuse) => ({ confidence: readScales(value, refuse) }),
  require: (value, refuse) => ({ require: readRequirements(value, refuse) }),
  checks: (value, refuse) => ({ checks: readChecks(value, refuse) }),
  segments: (value, refuse) => ({ segments: readSegments(value, refuse) }),
};

/** Keys that a profile has, and a policy never. */
const PROFILE_KEYS = ["name", "base", "score", "minPredictions", "requireLatency", "reference"];

/**
 * Reads a policy from YAML or JSON. Anything it does not name keeps its built-in value.
 *
 * @param text the file's content
 *
 * @param name the file's name, for messages
 *
 * @throws QscError `invalid_policy` naming the key, the value and the limit: for an unknown key, a value laxer than
 * the built-in one, or an expression that does not compile.
 */
export async function parsePolicy(text: string, name: string): Promise<Policy> {
  rules.anyText(text, "text");
  rules.anyText(name, "name");
  const refuse: Refuse = (key, problem) => {
    throw new QscError("invalid_policy", `Policy ${name}: ${key} ${problem}.`);
  };
  const file = asObject(await parseText(text, name), "the file", refuse);
  if (PROFILE_KEYS.some((key) => Object.hasOwn(file, key)))
    refuse(
      "the file",
      "looks like a profile: only qsc judge and createJudge take one, because its limits may be laxer",
    );
  let policy = DEFAULT_POLICY;
  for (const [key, value] of Object.entries(file)) {
    const section = Object.hasOwn(SECTIONS, key) ? SECTIONS[key] : undefined;
    if (section === undefined) refuse(`'${key}'`, unknownKey(Object.keys(SECTIONS)));
    else {
      const part = section(value, refuse);
      policy = { ...policy, ...part, limits: strictest(policy.limits, part.limits ?? {}) };
    }
  }
  // The labels are known only now, wherever the file lists them.
  await compileExpressions(policy);
  return policy;
}

async function parseText(text: string, name: string): Promise<unknown> {
  try {
    return await parseYaml(text);
  } catch (cause) {
    if (!(cause instanceof YamlFault)) throw cause;
    throw new QscError("invalid_policy", `Policy ${name} ${cause.message}.`, { cause });
  }
}

function readLimits(value: unknown, refuse: Refuse): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const [check, measures] of Object.entries(asObject(value, "limits", refuse))) {
    for (const [measure, limit] of Object.entries(asObject(measures, `limits.${check}`, refuse))) {
      const key = `${check}.${measure}`;
      limits[key] = tightened(`limits.${key}`, key, limit, refuse);
    }
  }
  return limits;
}

function tightened(shown: string, key: string, given: unknown, refuse: Refuse): number {
  if (!isLimitKey(key)) return refuse(`'${shown}'`, unknownKey(Object.keys(LIMIT_RULES)));
  const rule = LIMIT_RULES[key];
  const value = asLimit(given, rule, shown, refuse);
  if (isLaxer(value, rule)) {
    const side = rule.violatedWhen === "below" ? "at least" : "at most";
    refuse(
      `${shown} = ${String(given)}`,
      `would loosen the limit; it may be ${side} ${rule.unit === "ms" ? describeDuration(rule.value) : rule.value}`,
    );
  }
  return value;
}

function asLimit(given: unknown, rule: LimitRule, shown: string, refuse: Refuse): number {
  if (rule.unit === "ms" && typeof given === "string") return parseDuration(given, shown);
  if (typeof given === "number" && Number.isFinite(given) && given >= 0) return given;
  const form = rule.unit === "ms" ? "a duration such as 10m" : "a number >= 0";
  return refuse(`${shown} = ${show(given)}`, `is not ${form}`);
}

/** Merges two sets of limits; where both have a limit, the stricter one. */
function strictest(a: Policy["limits"], b: Policy["limits"]): Policy["limits"] {
  const stricter = Object.entries(b).filter(([key, value]) => {
    return isLimitKey(key) && !isLaxer(value, { ...LIMIT_RULES[key], value: limitOf({ limits: a }, key) });
  });
  return { ...a, ...Object.fromEntries(stricter) };
}

function readMinEvents(value: unknown, refuse: Refuse): Policy["minEvents"] {
  const result = { ...DEFAULT_POLICY.minEvents };
  for (const [mode, count] of Object.entries(asObject(value, "minEvents", refuse))) {
    if (mode !== "collection" && mode !== "canary") {
      return refuse(`'minEvents.${mode}'`, unknownKey(["collection", "canary"]));
    }
    const least = DEFAULT_POLICY.minEvents[mode];
    if (!Number.isSafeInteger(count) || (count as number) < least) {
      refuse(
        `minEvents.${mode} = ${show(count)}`,
        `must be a whole number, at least ${least} and at most ${Number.MAX_SAFE_INTEGER}`,
      );
    }
    result[mode] = count as number;
  }
  return result;
}

/** The content of each key of `labels`: labels that act or that abstain. The words of a trading ensemble work too. */
const LABEL_KEYS: ReadonlyMap<string, keyof Policy["labels"]> = new Map([
  ["acting", "acting"],
  ["abstaining", "abstaining"],
  ["trading", "acting"],
  ["neutral", "abstaining"],
]);

/** A list of labels that all act, or a map of those that act and those that abstain. */
function readLabels(value: unknown, refuse: Refuse): Policy["labels"] {
  const sets: { acting: readonly string[]; abstaining: readonly string[] } = { acting: [], abstaining: [] };
  const given = new Map<keyof Policy["labels"], string>();
  const isList = Array.isArray(value);
  for (const [key, labels] of Object.entries(isList ? { acting: value } : asObject(value, "labels", refuse))) {
    const kind = LABEL_KEYS.get(key);
    if (kind === undefined) return refuse(`'labels.${key}'`, unknownKey(["acting", "abstaining"]));
    const name = isList ? "labels" : `labels.${key}`;
    const other = given.get(kind);
    if (other !== undefined) refuse(name, `says the same as ${other}; write one of them`);
    given.set(kind, name);
    sets[kind] = asStrings(labels, name, refuse);
  }
  const all = [...sets.acting, ...sets.abstaining];
  const builtIn = allLabels(DEFAULT_LABELS);
  if (all.some((label) => builtIn.includes(label))) {
    const { acting, abstaining } = DEFAULT_LABELS;
    const kept =
      acting.every((label) => sets.acting.includes(label)) &&
      abstaining.every((label) => sets.abstaining.includes(label));
    if (!kept)
      refuse(
        "labels",
        `must keep ${acting.join(", ")} acting and ${abstaining.join(", ")} abstaining beside those it adds, or name none of them`,
      );
  }
  if (sets.acting.length === 0) refuse(given.get("acting") ?? "labels.acting", "names no label");
  if (new Set(all).size !== all.length) refuse("labels", "names a label twice");
  const alike = all.find((label) => lookAlike(label, all) !== null);
  if (alike !== undefined)
    refuse(
      `label '${alike}'`,
      "stands there in two Unicode normal forms, which look the same; write it once, as the engine does",
    );
  return sets;
}

function readScales(value: unknown, refuse: Refuse): Policy["confidence"] {
  const scales: [string, "probability" | "logit"][] = [];
  for (const [model, scale] of Object.entries(asObject(value, "confidence", refuse))) {
    if (scale !== "probability" && scale !== "logit") {
      return refuse(`confidence.${model} = ${show(scale)}`, "must be probability or logit");
    }
    const fault = modelNameFault(model);
    if (fault !== null) refuse(`confidence.${show(model)}`, `can be no model's: the name ${fault}`);
    scales.push([model, scale]);
  }
  return Object.fromEntries(scales);
}

function readRequirements(value: unknown, refuse: Refuse): readonly Requirement[] {
  const known: readonly string[] = REQUIREMENTS;
  return asStrings(value, "require", refuse).map((name) => {
    if (!known.includes(name)) refuse(`require '${name}'`, `is unknown; known are ${known.join(", ")}`);
    return name as Requirement;
  });
}

function readChecks(value: unknown, refuse: Refuse): Policy["checks"] {
  if (!Array.isArray(value)) return refuse("checks", "must be a list of {id, violatedWhen}");
  const checks: { id: string; violatedWhen: string }[] = [];
  for (const [index, item] of value.entries()) {
    const at = `checks[${index}]`;
    const { id, violatedWhen, ...rest } = asObject(item, at, refuse);
    const [extra] = Object.keys(rest);
    if (extra !== undefined) refuse(`'${at}.${extra}'`, unknownKey(["id", "violatedWhen"]));
    if (typeof id !== "string" || !/^[a-z][a-z0-9_]{0,63}$/.test(id)) {
      return refuse(`${at}.id = ${show(id)}`, "must be lower-case letters, digits and _");
    }
    if (typeof violatedWhen !== "string") {
      return refuse(`${at}.violatedWhen = ${show(violatedWhen)}`, "must be an expression");
    }
    if (CHECK_IDS.has(id) || checks.some((check) => check.id === id)) refuse(`${at}.id '${id}'`, "is taken");
    checks.push({ id, violatedWhen });
  }
  return checks;
}

function readSegments(value: unknown, refuse: Refuse): NonNullable<Policy["segments"]> {
  const { by, ...rest } = asObject(value, "segments", refuse);
  const [extra] = Object.keys(rest);
  if (extra !== undefined) refuse(`'segments.${extra}'`, unknownKey(["by"]));
  if (by !== "symbol") return refuse(`segments.by = ${show(by)}`, "must be symbol");
  return { by };
}
