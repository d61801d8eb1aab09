import { flagOf, SETTING_NAMES, SETTINGS, variableOf } from "../settings/table.js";
import type { DescribedCommand, DescribedOption } from "./described.js";
import { SETTINGS_ORDER } from "./settings-help.js";

const EXIT_STATUS: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "Proven."],
  ["1", "Usage error or internal error."],
  ["2", "Refused, or not provable."],
  ["3", "Collection complete."],
];

const FILES: readonly (readonly [path: string, what: string])[] = [
  ["qsc.config.yaml, /etc/qsc/qsc.config.yaml", "The settings."],
  ["data/qsc_canary_state.json", "In the working directory: the canary's state."],
  ["logs/qsc_canary.jsonl", "In the working directory: the log of all acts."],
];

/** The manual page `qsc(1)`, in the macros of man(7), from the tables of commands and settings. */
export function manPage(commands: readonly DescribedCommand[], version: string): string {
  const lines = [
    `.TH QSC 1 "" ${argument(`qsc ${version}`)} ${argument("QSC manual")}`,
    ".SH NAME",
    text("qsc - may this model take traffic, now?"),
    ".SH SYNOPSIS",
    ".B qsc",
    ".I command",
    text("[options]"),
    ".SH DESCRIPTION",
    text(
      "Judges the live telemetry of machine-learning models, gives a model that passed 10 % of the vote, watches it, and rolls it back on a violation. What is missing, late, unreadable, repeated or contradictory never counts as good.",
    ),
    ".SH COMMANDS",
    ...commands.flatMap(commandLines),
    ".SH OPTIONS OF EVERY COMMAND",
    ...sharedOptions(commands).flatMap(optionLines),
    ".SH SETTINGS",
    text(SETTINGS_ORDER),
    ...SETTING_NAMES.flatMap(settingLines),
    ".SH EXIT STATUS",
    ...EXIT_STATUS.flatMap(([code, meaning]) => item(code, text(meaning))),
    ".SH FILES",
    ...FILES.flatMap(([path, what]) => item(path, text(what))),
  ];
  return `${lines.join("\n")}\n`;
}

function commandLines({ name, summary, words, takesFile, options, examples }: DescribedCommand): readonly string[] {
  return [
    `.SS ${argument(words !== null ? `${name} ${words.join("|")}` : takesFile ? `${name} FILE` : name)}`,
    text(`${summary}.`),
    ...options.filter(({ shared }) => !shared).flatMap(optionLines),
    ".PP",
    "Examples:",
    ...examples.flatMap(([line, does]) => item(line, text(does))),
  ];
}

/** The options that are neither a command's own nor settings, each once. */
function sharedOptions(commands: readonly DescribedCommand[]): readonly DescribedOption[] {
  const settings = SETTING_NAMES.map(flagOf);
  const shared = commands.flatMap(({ options }) => options.filter((option) => option.shared));
  return [...new Map(shared.map((option) => [option.name, option])).values()].filter(
    ({ name }) => !settings.includes(name),
  );
}

function optionLines({ name, description, value, preset }: DescribedOption): readonly string[] {
  const takes = value === null ? "" : value.kind === "words" ? ` ${value.words.join("|")}` : " VALUE";
  return item(`--${name}${takes}`, text(withPreset(description, preset)));
}

function settingLines(name: (typeof SETTING_NAMES)[number]): readonly string[] {
  const { about, preset, otherwise } = SETTINGS[name];
  return item(`--${flagOf(name)}, ${variableOf(name)}, ${name}:`, text(withPreset(about, preset ?? otherwise ?? null)));
}

function withPreset(description: string, preset: string | null): string {
  return preset === null ? `${description}.` : `${description} [${preset}].`;
}

function item(tag: string, body: string): readonly string[] {
  return [".TP", `.B ${escaped(tag)}`, body];
}

/** A line of text. A point or an apostrophe at its beginning would be a macro. */
function text(line: string): string {
  return escaped(line).replace(/^(?=[.'])/, "\\&");
}

/** An argument of a macro, in quotation marks. */
function argument(value: string): string {
  return `"${escaped(value).replaceAll('"', "\\(dq")}"`;
}

/** Backslashes, and hyphens that can be copied as such. */
function escaped(line: string): string {
  return line.replaceAll("\\", "\\e").replaceAll("-", "\\-");
}
