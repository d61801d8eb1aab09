/** A text as one word of a shell (POSIX): nothing in it has a meaning. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
