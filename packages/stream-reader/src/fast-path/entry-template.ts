import { MAX_ENTRY_BYTES, type EntryId, type Intent } from "@qsc/contract";
import type { FieldTable } from "./field-table.js";
import { leavesOf } from "./leaves.js";
import { outlineOf, type Outline } from "./outline.js";
import { DOCUMENTS, shapeOf } from "./shape-of.js";
import type { Shape } from "./shape.js";
import type { ShapeV2 } from "./shape-v2.js";
import { Template } from "./template.js";
import { NotTemplatable } from "./not-templatable.js";

/** What a field of an entry must contain: exactly the same bytes, any plain text, or a document like the sample's. */
type Content =
  | { readonly kind: "same"; readonly value: Buffer }
  | { readonly kind: "plain" }
  | { readonly kind: "document"; readonly template: Template; readonly isFeatures: boolean };

interface Field {
  readonly name: Buffer;
  readonly content: Content;
}

/** Fields that decide how an entry is read. */
const DECISIVE = new Set(["event_type", "contract"]);

/** The template of a stream entry, field by field. */
export class EntryTemplate {
  readonly #fields: readonly Field[];
  readonly #shape: Shape & { readonly features?: ShapeV2["features"] };

  /** @param fields of an entry that the decoder has read @throws NotTemplatable */
  constructor(fields: readonly string[], contract: 1 | 2) {
    const outlines = new Map<string, Outline>();
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] ?? "";
      if (DOCUMENTS[contract].includes(name)) outlines.set(name, plainOutline(fields[at + 1] ?? ""));
    }
    this.#shape = shapeOf(contract, outlines);
    this.#fields = Array.from({ length: fields.length / 2 }, (_, index) => {
      const [name = "", value = ""] = fields.slice(2 * index, 2 * index + 2);
      return { name: Buffer.from(name), content: contentOf(name, value, outlines.get(name)) };
    });
  }

  /**
   * The intent of an entry like the sample; null for any other. `first` is the place of its first name in the table.
   */
  read(id: EntryId, { bytes, places }: FieldTable, first: number, fields: number): Intent | null {
    if (fields !== 2 * this.#fields.length) return null;
    if ((places[first + 2 * fields - 1] ?? 0) - (places[first] ?? 0) > MAX_ENTRY_BYTES) return null;
    let place = first;
    for (const { name, content } of this.#fields) {
      if (!isSame(bytes, places[place] ?? 0, places[place + 1] ?? 0, name)) return null;
      if (!this.#has(content, bytes, places[place + 2] ?? 0, places[place + 3] ?? 0)) return null;
      place += 4;
    }
    return this.#shape.read(id);
  }

  #has(content: Content, bytes: Buffer, from: number, to: number): boolean {
    if (content.kind === "same") return isSame(bytes, from, to, content.value);
    if (content.kind === "plain") return isPlain(bytes, from, to);
    if (content.isFeatures) this.#shape.features?.ascii(bytes, from, to);
    return content.template.match(bytes, from, to);
  }
}

function plainOutline(text: string): Outline {
  const outline = outlineOf(text);
  if (outline === null) throw new NotTemplatable();
  return outline;
}

function contentOf(name: string, value: string, outline: Outline | undefined): Content {
  if (outline !== undefined)
    return {
      kind: "document",
      template: new Template(Buffer.from(value), leavesOf(outline)),
      isFeatures: name === "features",
    };
  return DECISIVE.has(name) ? { kind: "same", value: Buffer.from(value) } : { kind: "plain" };
}

function isSame(bytes: Buffer, from: number, to: number, known: Buffer): boolean {
  if (to - from !== known.length) return false;
  for (let at = 0; at < known.length; at += 1) if (bytes[from + at] !== known[at]) return false;
  return true;
}

/** Whether these bytes are ASCII, and therefore UTF-8. */
function isPlain(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if ((bytes[at] ?? 0) > 0x7e) return false;
  return true;
}
