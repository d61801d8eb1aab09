import type { Option } from "./option.js";
import type { SettingRow } from "./settings/row.js";
import { flagOf, SETTING_NAMES, SETTINGS, type SettingName } from "./settings/table.js";

/** Headings in help for the options that are not settings. */
const WINDOW = "What is judged:";
const OUTPUT = "Output:";

/** The options of every command that are not settings. */
const COMMON_OPTIONS: Readonly<Record<string, Option>> = {
  config: {
    type: "string",
    group: titleOf("Policy and files"),
    completes: "file",
    description: "Config file with these settings",
    defaultDescription: "qsc.config.yaml here, otherwise in /etc/qsc",
  },
  json: { type: "boolean", group: OUTPUT, default: false, description: "One JSON document on stdout" },
  quiet: {
    type: "boolean",
    group: OUTPUT,
    default: false,
    description: "Print no words except the reasons of a refusal; the report is still written",
  },
  verbose: {
    type: "boolean",
    group: OUTPUT,
    default: false,
    description: "Print everything, including what did not change",
  },
};

/** Those of them that say how a document is printed, which a command that serves has not. */
const OF_DOCUMENTS: ReadonlySet<string> = new Set(["json", "verbose"]);

/** The options of commands that judge a window of telemetry. */
export const WINDOW_OPTIONS: Readonly<Record<string, Option>> = {
  after: {
    type: "string",
    group: WINDOW,
    description: "Judge events from this time on: the cutover (ISO 8601 with zone)",
  },
  count: { type: "string", group: WINDOW, description: "Judge only the newest N entries" },
  "as-of": {
    type: "string",
    group: WINDOW,
    description: "Judge old telemetry as if it were this time (ISO 8601 with zone)",
  },
};

/** How a long range is read, for commands that can read it in parts. */
export const THREADS_OPTION: Option = {
  type: "string",
  group: WINDOW,
  description: "How many threads read 20,000 entries or more, from 1 to 64; not with --count",
  defaultDescription: "from 200,000 entries on one for each processor, at most 8",
};

/** Which settings a command takes as flags. */
export interface Taker {
  readonly kind: "judges" | "acts" | "serves" | "examines";
  /** The settings that it takes in addition to those of its kind. */
  readonly settings?: readonly SettingName[];
}

/** The options that a command shares with others. */
export function commonOptions(taker: Taker): Readonly<Record<string, Option>> {
  const taken = SETTING_NAMES.filter((name) => isTaken(name, taker));
  const output = Object.entries(COMMON_OPTIONS).filter(([name]) => taker.kind !== "serves" || !OF_DOCUMENTS.has(name));
  return Object.fromEntries([...taken.map((name) => [flagOf(name), optionOf(SETTINGS[name])] as const), ...output]);
}

/** The options of a command that may be given several times. */
export function repeatableOf({ repeatable = [] }: { readonly repeatable?: readonly string[] }): readonly string[] {
  return [...repeatable, ...SETTING_NAMES.filter((name) => SETTINGS[name].repeats === true).map(flagOf)];
}

function isTaken(name: SettingName, { kind, settings = [] }: Taker): boolean {
  const { takenBy } = SETTINGS[name];
  if (kind === "examines") return settings.includes(name);
  return (
    takenBy === "every command" || (takenBy === "what acts on a unit" && kind !== "judges") || settings.includes(name)
  );
}

function optionOf({ about, preset, otherwise, group, completes }: SettingRow): Option {
  const holds = preset ?? otherwise;
  return {
    type: "string",
    group: titleOf(group),
    description: about,
    ...(holds !== undefined && { defaultDescription: holds }),
    ...(completes !== undefined && { completes }),
  };
}

function titleOf(group: SettingRow["group"]): string {
  return `${group}:`;
}
