/** Controls, bidirectional overrides and invisible characters, as a class for a Unicode regular expression. */
export const ACTING_CHARACTERS: string = String.raw`\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}`;
const ACTING = new RegExp(`[${ACTING_CHARACTERS}]`, "gu");

/** Any text as one line that a terminal only displays: active characters are escaped, such as `\u{1b}`. */
export function inertText(text: string): string {
  return text.replace(ACTING, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}
