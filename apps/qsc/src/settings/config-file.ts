import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { QscError } from "@qsc/contract";
import { readOptionFile } from "../read-file.js";
import { withoutNotify } from "./notify-lines.js";
import { SETTING_NAMES, SETTINGS, type SettingName } from "./table.js";

/** Where the host's own settings are, for commands that are run in any directory. */
export const HOST_DIRECTORY = "/etc/qsc";
/** The one key whose value is not a text: its own parser checks it, for the commands that notify. */
const NOTIFY = "notify";
const NAMES = ["qsc.config.yaml", "qsc.config.yml", "qsc.config.json"];

/** A part of the config file that has a parser of its own. */
export interface NotifySection {
  /** Its value, not yet checked. @throws QscError `invalid_config` if the section is not YAML */
  readonly read: () => unknown;
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
  const { text, whole, broken } = await contentOf(path);
  const { [NOTIFY]: notify, ...content } = whole;
  for (const [key, value] of Object.entries(content)) {
    if (!Object.hasOwn(SETTINGS, key)) throw invalid(path, await unknownKey(key));
    if (typeof value !== "string" || value === "") throw invalid(path, `needs a text as the value of '${key}'`);
  }
  if (broken === null && notify === undefined) return { path, content, notify: null };
  const read = (): unknown => {
    if (broken !== null) throw broken;
    return notify;
  };
  return { path, content, notify: { read, file: text } };
}

interface Content {
  readonly text: string;
  /** The values by their keys, without the section `notify` if that is broken. */
  readonly whole: Readonly<Record<string, unknown>>;
  /** Why the section `notify` is not YAML; null if it is, or if there is none. */
  readonly broken: QscError | null;
}

async function contentOf(path: string): Promise<Content> {
  const text = await readOptionFile("Config file", path, "invalid_config");
  try {
    return { text, whole: await mapIn(path, text), broken: null };
  } catch (thrown) {
    // A mistake in what only notifies must not stand in the way of a rollback.
    const rest = withoutNotify(text);
    if (rest === null) throw thrown;
    const isEmpty = rest.split("\n").every((line) => /^\s*(?:#.*)?$/.test(line));
    const whole = isEmpty
      ? {}
      : await mapIn(path, rest).catch(() => {
          throw thrown;
        });
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return { text, whole, broken: new QscError("invalid_config", `The section notify cannot be read: ${why}`) };
  }
}

async function mapIn(path: string, text: string): Promise<Readonly<Record<string, unknown>>> {
  const { parseYaml } = await import("@qsc/violations");
  let content: unknown;
  try {
    content = await parseYaml(text);
  } catch (cause) {
    throw invalid(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw invalid(path, "must map settings to values");
  return content as Readonly<Record<string, unknown>>;
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

/** Whether a system's error says that nothing is at a path. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function invalid(path: string, problem: string, cause?: unknown): QscError {
  return new QscError("invalid_config", `Config file ${path} ${problem}.`, { cause });
}
