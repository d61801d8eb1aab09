export type Style = "bold" | "dim" | "green" | "red" | "yellow";

/** The codes that begin a style and end it (ECMA-48, "select graphic rendition"), as Node's `styleText` writes them. */
const CODES: Readonly<Record<Style, readonly [begin: number, end: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  green: [32, 39],
  red: [31, 39],
  yellow: [33, 39],
};

/** A text in a style. It may hold other styles, but not the same one: whatever it holds must end before it does. */
export function styled(style: Style, text: string): string {
  const [begin, end] = CODES[style];
  return `\u001b[${begin}m${text}\u001b[${end}m`;
}
