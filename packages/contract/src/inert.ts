/** Controls, bidirectional overrides and invisible characters, as a class of a Unicode regular expression. */
export const ACTING_CHARACTERS: string = String.raw`\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}`;
const ACTING = new RegExp(`[${ACTING_CHARACTERS}]`, "gu");

/** Text of any origin as one line that a terminal only shows: what could act becomes `\u{1b}`. */
export function inertText(text: string): string {
  return text.replace(ACTING, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}
