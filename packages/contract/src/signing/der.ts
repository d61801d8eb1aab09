/** One element of DER: its tag, its content, and where the next one begins. */
interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly end: number;
}

const SEQUENCE = 0x30;
const OID = 0x06;
const BOOLEAN = 0x01;
const OCTETS = 0x04;
const EXTENSIONS = 0xa3;

/** An extension of a certificate. */
interface Extension {
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/** What of a certificate Node does not tell. Object identifiers are the hexadecimal digits of their content. */
export interface CertificateParts {
  readonly extensions: ReadonlyMap<string, Extension>;
  /** What the issuer has signed it with. */
  readonly algorithm: string;
}

/** Reads a certificate (DER) that Node has parsed. @throws RangeError for another form */
export function certificateParts(der: Uint8Array): CertificateParts {
  const [body, algorithm] = elementsOf(contentOf(elementAt(der, 0), SEQUENCE));
  if (body === undefined || algorithm === undefined) throw new RangeError("a certificate has three parts");
  const [id] = elementsOf(contentOf(algorithm, SEQUENCE));
  const held = elementsOf(contentOf(body, SEQUENCE)).find(({ tag }) => tag === EXTENSIONS);
  const list = held === undefined ? [] : elementsOf(contentOf(elementAt(held.content, 0), SEQUENCE));
  const extensions = new Map<string, Extension>();
  for (const each of list) {
    const [name, ...rest] = elementsOf(contentOf(each, SEQUENCE));
    const key = hexOf(contentOf(name, OID));
    if (extensions.has(key)) throw new RangeError(`the extension ${key} is there twice`);
    const isCritical = rest[0]?.tag === BOOLEAN && rest[0].content[0] !== 0;
    extensions.set(key, { isCritical, value: contentOf(rest.at(-1), OCTETS) });
  }
  return { extensions, algorithm: hexOf(contentOf(id, OID)) };
}

/** The elements of a sequence. @throws RangeError */
export function sequenceIn(der: Uint8Array): readonly Element[] {
  return elementsOf(contentOf(elementAt(der, 0), SEQUENCE));
}

/** The content of the only element. @throws RangeError for another tag */
export function contentIn(der: Uint8Array, tag: number): Uint8Array {
  return contentOf(elementAt(der, 0), tag);
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function elementsOf(der: Uint8Array): readonly Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < der.length; at = elements.at(-1)?.end ?? der.length) elements.push(elementAt(der, at));
  return elements;
}

function elementAt(der: Uint8Array, at: number): Element {
  const [tag, first] = [der[at], der[at + 1]];
  if (tag === undefined || first === undefined) throw new RangeError("an element is cut off");
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || more > 4) throw new RangeError("an element has no length, or is too long");
  const length = more === 0 ? first : Number.parseInt(hexOf(der.subarray(at + 2, at + 2 + more)), 16);
  const start = at + 2 + more;
  // Written so that a length that is not a number is refused, too.
  if (!(start + length <= der.length)) throw new RangeError("an element is cut off");
  return { tag, content: der.subarray(start, start + length), end: start + length };
}

function contentOf(element: Element | undefined, tag: number): Uint8Array {
  if (element?.tag === tag) return element.content;
  throw new RangeError(`there is no element ${tag.toString(16)}`);
}
