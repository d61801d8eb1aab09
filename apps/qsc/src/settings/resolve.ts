import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { QscError } from "@qsc/contract";
import { isRoot, readConfigFile } from "./config-file.js";
import { eachSetting, flagOf, SETTINGS, variableOf, type SettingName, type Settings } from "./table.js";

/** The settings, and the config file that some of them are from; null where none was read. */
export interface Resolved {
  readonly settings: Settings;
  readonly config: string | null;
}

/**
 * Resolves each setting: flag, then QSC_* variable, then config file, then the preset.
 * @throws QscError `invalid_config`
 */
export async function resolveSettings(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Resolved> {
  const { path, content } = await readConfigFile(given("config", flags, env));
  const found = eachSetting((name) => given(name, flags, env) ?? content[name]);
  if (found.workdir === undefined) await requireOwnDirectory();
  // Each row has its preset, which is null only where its type says so.
  return { settings: eachSetting((name) => found[name] ?? SETTINGS[name].preset) as Settings, config: path };
}

/** What a flag or a QSC_* variable says; an empty variable counts as unset. */
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

/** Refuses root the current directory of another user, where it is used because nothing names another. */
async function requireOwnDirectory(): Promise<void> {
  if (!isRoot()) return;
  const here = resolve(".");
  const { uid } = await stat(here);
  if (uid === 0) return;
  throw new QscError("invalid_config", `The current directory ${here} belongs to another user (uid ${uid}). As root, name it to work there: --workdir .; or name another.`);
}
