import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { QscError } from "@qsc/contract";
import { readOptionFile } from "../read-file.js";
import { SETTING_NAMES, SETTINGS, type SettingName } from "./table.js";

/** Where the host's own settings are, for commands that are run in any directory. */
export const HOST_DIRECTORY = "/etc/qsc";
/** The one key whose value is not a text: its own parser checks it, for the commands that notify. */
const NOTIFY = "notify";
const NAMES = ["qsc.config.yaml", "qsc.config.yml", "qsc.config.json"];

/** A part of the config file that has a parser of its own. */
export interface NotifySection {
  /** Not yet checked. */
  readonly value: unknown;
  /** The text of the whole file. */
  readonly file: string;
}

export interface ConfigFile {
  /** Absolute; null if there is none. */
  readonly path: string | null;
  readonly content: Readonly<Partial<Record<SettingName, string>>>;
  /** The section `notify`; null if there is none. Nothing but notifications depends on it. */
  readonly notify: NotifySection | null;
}

/**
 * The config file: the one that is named, otherwise that of the current directory, otherwise that of the host.
 * @throws QscError `invalid_config`
 */
export async function readConfigFile(named: string | undefined): Promise<ConfigFile> {
  if (named !== undefined) return fileAt(named);
  const here = await firstThere(NAMES);
  // A user who can make root change into a directory must not choose what root does there.
  if (here !== null && isRoot()) {
    throw new QscError(
      "invalid_config",
      `Config file ${resolve(here)} is in the current directory. As root, name it to use it: --config ${here}; or run qsc in another directory.`,
    );
  }
  const found = here ?? (await firstThere(NAMES.map((name) => join(HOST_DIRECTORY, name))));
  return found === null ? { path: null, content: {}, notify: null } : fileAt(found);
}

/** Whether this process acts as root. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

async function fileAt(name: string): Promise<ConfigFile> {
  const path = resolve(name);
  const { text, whole } = await contentOf(path);
  const { [NOTIFY]: notify, ...content } = whole;
  for (const [key, value] of Object.entries(content)) {
    if (!Object.hasOwn(SETTINGS, key)) throw invalid(path, await unknownKey(key));
    if (typeof value !== "string" || value === "") throw invalid(path, `needs a text as the value of '${key}'`);
  }
  return { path, content, notify: notify === undefined ? null : { value: notify, file: text } };
}

async function contentOf(
  path: string,
): Promise<{ readonly text: string; readonly whole: Readonly<Record<string, unknown>> }> {
  const { parseYaml } = await import("@qsc/violations");
  const text = await readOptionFile("Config file", path, "invalid_config");
  let content: unknown;
  try {
    content = await parseYaml(text);
  } catch (cause) {
    throw invalid(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw invalid(path, "must map settings to values");
  return { text, whole: content as Readonly<Record<string, unknown>> };
}

async function unknownKey(key: string): Promise<string> {
  const { nearestWord } = await import("../help/nearest.js");
  const nearest = nearestWord(key, [...SETTING_NAMES, NOTIFY]);
  const question = nearest === null ? "" : ` Did you mean '${nearest}'?`;
  return `has the unknown key '${key}'.${question} Known keys are ${[...SETTING_NAMES, NOTIFY].join(", ")}`;
}

async function firstThere(names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    try {
      await access(name);
      return name;
    } catch (error) {
      if (!isMissing(error)) throw invalid(resolve(name), "cannot be read", error);
    }
  }
  return null;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function invalid(path: string, problem: string, cause?: unknown): QscError {
  return new QscError("invalid_config", `Config file ${path} ${problem}.`, { cause });
}
