/** What is wrong with the text of a file that should be UTF-8; null when nothing is. */
export function encodingFault(text: string): string | null {
  if (text.includes("\0")) return "it is not UTF-8 text, perhaps UTF-16; save it as UTF-8";
  return null;
}

/** The same for a format that, unlike YAML, allows no byte order mark. */
export function strictEncodingFault(text: string): string | null {
  return text.startsWith("\ufeff")
    ? "it begins with a byte order mark (BOM); save it as UTF-8 without one"
    : encodingFault(text);
}
