import type { Options } from "yargs";
import { flagOf, SETTING_NAMES, SETTINGS, type SettingName, type SettingRow } from "./settings/table.js";

/** Titles under which help lists the options that are not settings. */
const WINDOW = "What is judged:";
const OUTPUT = "Output:";

/** The options of every command that are not settings. */
const COMMON_OPTIONS: Readonly<Record<string, Options>> = {
  config: {
    type: "string",
    group: titleOf("Policy and files"),
    description: "Config file with these settings",
    defaultDescription: "qsc.config.yaml here, or else in /etc/qsc",
  },
  json: { type: "boolean", group: OUTPUT, default: false, description: "One JSON document on stdout" },
  quiet: {
    type: "boolean",
    group: OUTPUT,
    default: false,
    description: "No words: exit code and report only, and the reasons of a refusal",
  },
  verbose: { type: "boolean", group: OUTPUT, default: false, description: "All there is to say, also what did not change" },
};

/** The options of commands that judge a window of telemetry. */
export const WINDOW_OPTIONS: Readonly<Record<string, Options>> = {
  after: {
    type: "string",
    group: WINDOW,
    description: "Judge events of this time and later: the cutover (ISO 8601 with zone)",
  },
  count: { type: "string", group: WINDOW, description: "Judge only the newest N entries" },
  "as-of": {
    type: "string",
    group: WINDOW,
    description: "Judge old telemetry as if it were this time (ISO 8601 with zone)",
  },
};

/** What a command says of the settings that it takes as flags. */
export interface Taker {
  readonly kind: "judges" | "acts";
  /** The settings that it takes beside those of its kind. */
  readonly settings?: readonly SettingName[];
}

/** The options that a command has in common with others. */
export function commonOptions(taker: Taker): Readonly<Record<string, Options>> {
  const taken = SETTING_NAMES.filter((name) => isTaken(name, taker));
  return { ...Object.fromEntries(taken.map((name) => [flagOf(name), optionOf(SETTINGS[name])])), ...COMMON_OPTIONS };
}

function isTaken(name: SettingName, { kind, settings = [] }: Taker): boolean {
  const { takenBy } = SETTINGS[name];
  return takenBy === "every command" || (takenBy === "what acts on a unit" && kind === "acts") || settings.includes(name);
}

function optionOf({ about, preset, otherwise, group }: SettingRow): Options {
  const holds = preset ?? otherwise;
  return { type: "string", group: titleOf(group), description: about, ...(holds !== undefined && { defaultDescription: holds }) };
}

function titleOf(group: SettingRow["group"]): string {
  return `${group}:`;
}
