import { ACTING_CHARACTERS, inertText, invalidOption, QscError, rules } from "@qsc/contract";

/** Line feeds in a JSON text are its indentation: those inside strings are escaped already. */
const ACTING_JSON = new RegExp(`(?!\n)[${ACTING_CHARACTERS}<>&]`, "gu");

/**
 * Any text as Markdown that displays it literally wherever inline text is allowed, including the start of a line: no
 * markup, no HTML, no link. Markdown cannot control what a site adds to the finished page, such as GitHub's mentions
 * in a comment.
 */
export function inertMarkdown(text: string): string {
  rules.anyText(text, "text");
  return (
    inertText(text)
      .replace(/&(?=#?\w+;)/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/[\\`*[\]|~$#@]/g, (found) => `\\${found}`)
      // An underscore within a word is always literal.
      .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, "\\_")
      // Addresses: `//host`, and anything that looks like a domain or an IP address.
      .replace(/(?<=\/)\//g, "&#47;")
      .replace(/\.(?=[^\s\d.])|(?<=\.\d{1,3})\./g, "\\.")
      // Quotations, lists and underlines at the start of a line.
      .replace(/^>/, "\\>")
      .replace(/^[-+=](?=[-=\s]|$)/, (mark) => `\\${mark}`)
      .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2")
      // Space at either end would indent a block, break a line, or stop `**` from being strong.
      .replace(/^\s+|\s+$/g, (spaces) => [...spaces].map((space) => `&#${space.charCodeAt(0)};`).join(""))
  );
}

/**
 * JSON of a value, safe to show in a terminal or to embed in a page.
 *
 * @throws QscError `invalid_option` for what JSON cannot express: a function, a bigint, a value that contains itself
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
