import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { QscError } from "@qsc/contract";
import { isRoot, readConfigFile, type NotifySection } from "./config-file.js";
import { eachSetting, flagOf, SETTINGS, variableOf, type SettingName, type Settings } from "./table.js";

/** The settings, and the config file that some of them come from; null if none was read. */
export interface Resolved {
  readonly settings: Settings;
  readonly config: string | null;
  /** The section `notify` of that file, not yet checked; null if there is none. */
  readonly notify: NotifySection | null;
}

/**
 * Resolves each setting: its flag, otherwise its QSC_* variable, its key in the config file, or its default.
 * @throws QscError `invalid_config`
 */
export async function resolveSettings(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Resolved> {
  const { path, content, notify } = await readConfigFile(given("config", flags, env));
  const found = eachSetting((name) => given(name, flags, env) ?? content[name]);
  if (found.workdir === undefined) await requireOwnDirectory();
  // Each row has its default, which is null only if its type says so.
  return { settings: eachSetting((name) => found[name] ?? SETTINGS[name].preset) as Settings, config: path, notify };
}

/** The value of a flag or a QSC_* variable; an empty variable counts as unset. */
function given(
  name: SettingName | "config",
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const flag = flags[flagOf(name)];
  if (typeof flag === "string") return flag;
  if (name !== "config" && SETTINGS[name].repeats === true && isTexts(flag)) return flag.join(",");
  const value = env[variableOf(name)];
  return value === "" ? undefined : value;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
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
