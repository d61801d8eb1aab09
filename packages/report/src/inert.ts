/** Controls, bidirectional overrides and invisible characters: what could act rather than be read. */
const ACTING = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

/** Text of any origin as one line that a terminal only shows: what could act becomes `\u{1b}`. */
export function inertText(text: string): string {
  return text.replace(ACTING, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Text of any origin as Markdown that shows it as it is: no markup, no HTML, no link, no mention. */
export function inertMarkdown(text: string): string {
  return inertText(text)
    .replace(/[&<>]/g, (found) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[found] ?? "")
    .replace(/[\\`*_[\]|~$]/g, (found) => `\\${found}`)
    .replace(/[#@]/g, (found) => `&#${found.charCodeAt(0)};`)
    .replace(/:(?=\/\/)/g, "&#58;")
    .replace(/\bwww\./gi, (found) => `${found.slice(0, 3)}&#46;`)
    .replace(/^(\s*)([-+=]|\d+[.)])/, (_found, space: string, mark: string) => `${space}\\${mark}`);
}

/** JSON of a value in which no string can act in a terminal or in a page that includes it. */
export function inertJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /(?!\n)[\p{Cc}\p{Cf}\p{Co}\u2028\u2029<>&]/gu,
    (found) => [...found].map(escapeUnit).join(""),
  );
}

/** One character as JSON escapes of its UTF-16 code units. */
function escapeUnit(character: string): string {
  let escaped = "";
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
