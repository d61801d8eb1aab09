/** Bytes of a file as text. @throws RangeError that says, as the end of a sentence, why they are not plain UTF-8. */
export function readUtf8(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || bytes.includes(0)) {
    throw new RangeError("it is not UTF-8 text, perhaps UTF-16; save it as UTF-8");
  }
  const text = decoded(bytes);
  if (!text.startsWith("\ufeff")) return text;
  throw new RangeError("it begins with a byte order mark (BOM); save it as UTF-8 without one");
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new RangeError("it is not UTF-8 text; save it as UTF-8", { cause });
  }
}
