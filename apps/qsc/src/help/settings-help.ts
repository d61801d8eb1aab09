import { flagOf, SETTING_NAMES, variableOf } from "../settings/table.js";

/** Between the columns of the table. */
const GAP = "  ";

/** Which place overrides which. */
export const SETTINGS_ORDER =
  "A flag overrides its variable, which overrides its key in the config file. The config file is the one that --config or QSC_CONFIG names, otherwise qsc.config.yaml in the current directory, otherwise the one in /etc/qsc.";

/** The part of help about settings: where each can be set, and which place overrides which. */
export function settingsHelp(columns: number): string {
  const rows = SETTING_NAMES.map((name) => [`--${flagOf(name)}`, variableOf(name), `${name}:`] as const);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([flag, variable, key]) =>
    [flag.padEnd(widths[0] ?? 0), variable.padEnd(widths[1] ?? 0), key].join(GAP),
  );
  const isWide = lines.every((line) => line.length + GAP.length <= columns);
  return [`Settings: ${SETTINGS_ORDER}`, ...(isWide ? ["", ...lines.map((line) => `${GAP}${line}`)] : [])].join("\n");
}
