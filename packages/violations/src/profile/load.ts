import { invalidOption, QscError, rules, type Profile } from "@qsc/contract";
import { asObject, unknownKey, type Refuse } from "../policy/file-values.js";
import { parseYaml, YamlFault } from "../given/yaml.js";
import { PROFILE_LIMITS } from "./limits.js";
import { makeProfile, type ProfileParts } from "./make.js";

/** The keys of a profile file. */
const KEYS = ["name", "base", "labels", "score", "limits", "minPredictions", "segments", "requireLatency", "reference"];

/**
 * Reads a profile from YAML or JSON: the parts of `makeProfile`, or a profile that was kept with `JSON.stringify`, which
 * reads back to the same hash. Limits are written as `<check>.<measure>`, or by check and measure. `labels: none` is a
 * regression.
 *
 * @param name the file's name, for messages
 *
 * @throws QscError `invalid_profile`, naming the key, the value and what it must be
 */
export async function parseProfile(text: string, name: string): Promise<Profile> {
  rules.anyText(text, "text");
  rules.someText(name, "name");
  const refuse: Refuse = (key, problem) => {
    throw new QscError("invalid_profile", `Profile ${name}: ${key} ${problem}.`);
  };
  const file = asObject(await parseText(text, name), "the file", refuse);
  const unknown = Object.keys(file).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) refuse(`'${unknown}'`, unknownKey(KEYS));
  if (file["labels"] === undefined) refuse("labels", "is missing: list them, or write `labels: none` for a regression");
  const limits = limitsIn(file["limits"], refuse);
  const labels = file["labels"] === "none" ? null : file["labels"];
  try {
    return makeProfile({ ...file, labels, ...(limits !== null && { limits }) } as unknown as ProfileParts);
  } catch (cause) {
    if (!(cause instanceof QscError) || cause.code !== "invalid_option") throw cause;
    throw new QscError("invalid_profile", `Profile ${name}: ${cause.message}`, { cause });
  }
}

async function parseText(text: string, name: string): Promise<unknown> {
  try {
    return await parseYaml(text);
  } catch (cause) {
    if (!(cause instanceof YamlFault)) throw cause;
    throw new QscError("invalid_profile", `Profile ${name} ${cause.message}.`, { cause });
  }
}

/** Limits in either form as `<check>.<measure>`; null if the file has none. */
function limitsIn(given: unknown, refuse: Refuse): Readonly<Record<string, unknown>> | null {
  if (given === undefined) return null;
  const limits = new Map<string, unknown>();
  const set = (key: string, value: unknown): void => {
    if (!Object.hasOwn(PROFILE_LIMITS, key)) refuse(`'limits.${key}'`, unknownKey(Object.keys(PROFILE_LIMITS)));
    if (limits.has(key)) refuse(`limits.${key}`, "is given twice; write it once");
    const rule = rules.atLeastZero;
    try {
      rule(value, "value");
    } catch {
      refuse(`limits.${key}`, invalidOption("the value", value, "a number from 0 on").message.replace(/\.$/, ""));
    }
    limits.set(key, value);
  };
  for (const [key, value] of Object.entries(asObject(given, "limits", refuse))) {
    if (key.includes(".")) set(key, value);
    else
      for (const [measure, limit] of Object.entries(asObject(value, `limits.${key}`, refuse)))
        set(`${key}.${measure}`, limit);
  }
  return Object.fromEntries(limits);
}
