import type { SettingRow } from "./setting-row.js";
import { SETTING_ROWS } from "./table.js";

/** Columns of a comment. */
const COLUMNS = 110;

const HEAD = `# Settings of quantum-ai-engine.service: copy to /etc/quantum/ai-engine.env (mode 0640).
# A commented-out line shows the default. The engine checks all settings when it starts, and
# lists everything that is wrong at once.

# The engine trades only on the test network, unless ALLOW_LIVE_TRADING=true says that a live market is really meant.
BINANCE_TESTNET=true
#ALLOW_LIVE_TRADING=false
`;

const FOOT = `# QSC_CANARY_MODEL, QSC_CANARY_WEIGHT and QSC_CANARY_WEIGHTS come from a drop-in, not from here.
`;

/** The environment file for an operator to copy: every setting, with its description. */
export function environmentTemplate(): string {
  const groups = [...new Set(SETTING_ROWS.map(([, { group }]) => group))];
  return [HEAD, ...groups.map((group) => groupOf(group)), FOOT].join("\n");
}

function groupOf(group: SettingRow["group"]): string {
  const rows = SETTING_ROWS.map(([, row]) => row).filter((row) => row.group === group);
  return [`# ${group}`, ...rows.map(linesOf), ""].join("\n");
}

function linesOf({ variable, preset, about, unset, inTemplate = false }: SettingRow): string {
  const sentence = unset === undefined ? about : `${about} Unset: ${unset}.`;
  // A default that differs between hosts, such as a path, is described in words.
  const value = unset === undefined ? (preset ?? "") : "";
  return [
    ...wrapped(sentence, COLUMNS - 2).map((line) => `# ${line}`),
    `${inTemplate ? "" : "#"}${variable}=${value}`,
  ].join("\n");
}

/** A text in lines of at most this many columns. A longer word gets its own line. */
export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
