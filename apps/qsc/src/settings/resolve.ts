import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { QscError } from "@qsc/contract";
import { isRoot, readConfigFile } from "./config-file.js";
import { eachSetting, flagOf, SETTING_NAMES, SETTINGS, variableOf, type SettingName, type Settings } from "./table.js";

/** The settings, and the config file that some of them come from; null if none was read. */
export interface Resolved {
  readonly settings: Settings;
  readonly config: string | null;
}

/**
 * Resolves each setting: its flag, otherwise its QSC_* variable, its key in the config file, or its default.
 * @throws QscError `invalid_config`
 */
export async function resolveSettings(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Resolved> {
  await refuseMisspelt(env);
  const { path, content } = await readConfigFile(given("config", flags, env));
  const found = eachSetting((name) => given(name, flags, env) ?? content[name]);
  if (found.workdir === undefined) await requireOwnDirectory();
  // Each row has its default, which is null only if its type says so.
  return { settings: eachSetting((name) => found[name] ?? SETTINGS[name].preset) as Settings, config: path };
}

/** The value of a flag or a QSC_* variable; an empty variable counts as unset. */
function given(
  name: SettingName | "config",
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const flag = flags[flagOf(name)];
  if (typeof flag === "string") return flag;
  const value = env[variableOf(name)];
  return value === "" ? undefined : value;
}

const PREFIX = "QSC_";
const KNOWN = [...SETTING_NAMES, "config"].map((name) => variableOf(name).slice(PREFIX.length));

/** Refuses a variable that is nearly a setting's: without it, something other than what was meant would be judged. */
async function refuseMisspelt(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const others = Object.keys(env).filter(
    (name) => name.startsWith(PREFIX) && !KNOWN.includes(name.slice(PREFIX.length)),
  );
  const set = others.filter((name) => env[name] !== undefined && env[name] !== "");
  if (set.length === 0) return;
  const { nearestWord } = await import("../help/nearest.js");
  for (const name of set) {
    const meant = nearestWord(name.slice(PREFIX.length), KNOWN);
    if (meant === null) continue;
    const message = `The environment variable ${name} sets nothing; did you mean ${PREFIX}${meant}? Rename or unset it.`;
    throw new QscError("invalid_config", message);
  }
}

/** Refuses to let root use another user's current directory, unless the command line names it. */
async function requireOwnDirectory(): Promise<void> {
  if (!isRoot()) return;
  const here = resolve(".");
  const { uid } = await stat(here);
  if (uid === 0) return;
  throw new QscError(
    "invalid_config",
    `The current directory ${here} belongs to another user (uid ${uid}). As root, name it to work there: --workdir .; or name another directory.`,
  );
}
