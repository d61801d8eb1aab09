import { ACTING_CHARACTERS, inertText, invalidOption, QscError, rules } from "@qsc/contract";

/** The line feeds of a JSON text are its indentation: those of its strings are escaped already. */
const ACTING_JSON = new RegExp(`(?!\n)[${ACTING_CHARACTERS}<>&]`, "gu");

/**
 * Text of any origin as Markdown that shows it as it is wherever inline text may stand, the start
 * of a line included: no markup, no HTML, no link. What a site adds to the finished page, such as
 * GitHub's mentions in a comment, is out of Markdown's reach.
 */
export function inertMarkdown(text: string): string {
  rules.anyText(text, "text");
  return inertText(text)
    .replace(/[&<>]/g, (found) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[found] ?? "")
    .replace(/[\\`*_[\]|~$#@]/g, (found) => `\\${found}`)
    // Addresses: `//host`, and whatever looks like a domain or an IP address.
    .replace(/(?<=\/)\//g, "&#47;")
    .replace(/\.(?=[^\s\d.])|(?<=\.\d{1,3})\./g, "\\.")
    // Lists and underlines at the start of a line.
    .replace(/^[-+=](?=[-=\s]|$)/, (mark) => `\\${mark}`)
    .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2")
    // Space at an end would indent a block, break a line, or keep `**` from being strong.
    .replace(/^\s+|\s+$/g, (spaces) => [...spaces].map((space) => `&#${space.charCodeAt(0)};`).join(""));
}

/**
 * JSON of a value in which no string can act in a terminal or in a page that includes it.
 * @throws QscError `invalid_option` for what JSON cannot say: a function, a bigint, a value that contains itself
 */
export function inertJson(value: object): string {
  if (typeof value !== "object" || (value as object | null) === null) throw invalidOption("value", value, "an object");
  return jsonOf(value).replace(ACTING_JSON, escapeUnits);
}

function jsonOf(value: object): string {
  try {
    return JSON.stringify(value, null, 2);
  } catch (cause) {
    throw new QscError("invalid_option", "value cannot be written as JSON; it must hold neither a bigint nor itself.", {
      cause,
    });
  }
}

/** One character as JSON escapes of its UTF-16 code units. */
function escapeUnits(character: string): string {
  let escaped = "";
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
