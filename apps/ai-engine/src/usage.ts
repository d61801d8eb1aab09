import { QscError } from "@qsc/contract";
import { wrapped } from "./settings/env-template.js";
import type { SettingRow } from "./settings/setting-row.js";
import { SETTING_ROWS } from "./settings/table.js";

const INDENT = "      ";

/** What `--help` prints. @param columns of the terminal */
export function usage(columns: number = 100): string {
  const groups = [...new Set(SETTING_ROWS.map(([, { group }]) => group))];
  const settings = groups.flatMap((group) => [
    `${group}:`,
    ...rowsOf(group).flatMap((row) => described(row, columns)),
    "",
  ]);
  return `${[
    "Usage: ai-engine",
    "",
    "The reference serving engine: features in, fail-closed models, a weighted vote, intents out.",
    "It takes no arguments: all settings come from its environment. It serves until SIGTERM.",
    "",
    "BINANCE_TESTNET=true is required (or ALLOW_LIVE_TRADING=true). The other variables, and their defaults:",
    "",
    ...settings,
    ...wrapped(
      "QSC_CANARY_MODEL, QSC_CANARY_WEIGHT and QSC_CANARY_WEIGHTS, all three or none, put a canary's weights in force.",
      columns,
    ),
    ...wrapped("Exit codes: 0 ended normally, 1 a setting to fix, 2 the features cannot be read.", columns),
  ]
    .flatMap((line) => (line.length > columns && !line.startsWith(" ") ? wrapped(line, columns) : [line]))
    .join("\n")}\n`;
}

function rowsOf(group: SettingRow["group"]): readonly SettingRow[] {
  return SETTING_ROWS.map(([, row]) => row).filter((row) => row.group === group);
}

function described({ variable, preset, about, unset }: SettingRow, columns: number): readonly string[] {
  const sentence = unset === undefined ? about : `${about} Unset: ${unset}.`;
  const lines = wrapped(sentence, Math.max(20, columns - INDENT.length)).map((line) => `${INDENT}${line}`);
  return [`  ${variable.padEnd(24)}${preset ?? ""}`.trimEnd(), ...lines];
}

/** @throws QscError `usage` that names the first argument */
export function assertNoArguments(args: readonly string[]): void {
  const [first] = args;
  if (first === undefined) return;
  throw new QscError(
    "usage",
    `ai-engine takes no arguments, but was given '${first}'; set environment variables instead, see ai-engine --help.`,
  );
}
