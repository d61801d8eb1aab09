import { SETTING_ROWS } from "../../apps/ai-engine/dist/settings/table.js";
import { environmentTemplate } from "../../apps/ai-engine/dist/settings/env-template.js";
import { flagOf, SETTING_NAMES, SETTINGS, variableOf } from "../../apps/qsc/dist/settings/table.js";

const BEGIN = "<!-- settings: made by node tooling/settings/write.js -->";
const END = "<!-- /settings -->";

/**
 * Every file that lists settings: its path, and a function that makes its whole text from its present text.
 *
 * @type {readonly (readonly [path: string, make: (text: string) => string])[]}
 */
export const FILES = [
  ["apps/qsc/README.md", (text) => between(text, commandTable())],
  ["apps/ai-engine/README.md", (text) => between(text, engineTable())],
  ["apps/ai-engine/systemd/ai-engine.env", () => environmentTemplate()],
];

/** A text with new lines between its markers. @param {string} text @param {string} lines */
function between(text, lines) {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from)
    throw new Error(`The file lacks the lines '${BEGIN}' and '${END}'; put them where the table belongs.`);
  return `${text.slice(0, from + BEGIN.length)}\n\n${lines}\n\n${text.slice(to)}`;
}

function commandTable() {
  const rows = SETTING_NAMES.map((name) => {
    const { about, preset, otherwise } = SETTINGS[name];
    return [
      code(`--${flagOf(name)}`),
      code(variableOf(name)),
      code(name),
      about,
      preset === null ? (otherwise ?? "") : code(preset),
    ];
  });
  return table(["flag", "variable", "config file", "says", "not set"], rows);
}

function engineTable() {
  const rows = SETTING_ROWS.map(([, { variable, preset, about, unset }]) => [
    code(variable),
    about,
    unset ?? (preset === null ? "" : code(preset)),
  ]);
  return table(["variable", "says", "not set"], rows);
}

/** @param {string} text */
function code(text) {
  return `\`${text}\``;
}

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
function table(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
