import { MAX_ENTRY_BYTES, parseEntryId, type Intent } from "@qsc/contract";
import { type Leaf } from "./leaf.js";
import { leavesOf } from "./leaves.js";
import { outlineOf, type Outline } from "./outline.js";
import { memberOf, membersOf, type Shape } from "./shape.js";
import { DOCUMENTS, shapeOf } from "./shape-of.js";
import type { ShapeV2 } from "./shape-v2.js";
import { Template } from "./template.js";
import { NotTemplatable } from "./not-templatable.js";

/** Fields that decide how an entry is read: their values are part of the template. */
const DECISIVE = new Set(["event_type", "contract"]);

/** The template of an event log's line: its JSON, and the JSON in the texts of it. */
export class LineTemplate {
  readonly #template: Template;
  readonly #shape: Shape & { readonly features?: ShapeV2["features"] };
  readonly #id: Leaf;
  /** The position of the features' text in the sample; null if there is none. */
  readonly #features: { readonly from: number; readonly to: number } | null;

  /**
   * @param sample a line that the decoder has read
   * @throws NotTemplatable
   */
  constructor(sample: Buffer, contract: 1 | 2) {
    const text = sample.toString("latin1");
    const line = outlineOf(text, true);
    if (line === null) throw new NotTemplatable();
    const members = membersOf(line);
    this.#id = textLeaf(memberOf(members, "id"));
    this.#id.wanted = "own";
    const fields = memberOf(members, "fields");
    if (fields?.kind !== "object") throw new NotTemplatable();
    const documents = new Map<string, Outline>();
    const replaced = new Map<Leaf, readonly Leaf[]>();
    let features: Leaf | null = null;
    for (const { key, value } of fields.members) {
      const leaf = textLeaf(value);
      if (DOCUMENTS[contract].includes(key)) {
        const outline = innerOutline(text, leaf);
        documents.set(key, outline);
        replaced.set(leaf, leavesOf(outline));
        if (key === "features") features = leaf;
      } else if (DECISIVE.has(key)) replaced.set(leaf, []);
      else if (text.slice(leaf.from, leaf.to).includes("\\")) throw new NotTemplatable();
    }
    this.#features = features;
    this.#shape = shapeOf(contract, documents);
    this.#template = new Template(
      Buffer.from(sample),
      leavesOf(line).flatMap((leaf) => replaced.get(leaf) ?? [leaf]),
    );
  }

  /** The intent of a line like the sample; null for any other. */
  read(bytes: Buffer, from: number, to: number): Intent | null {
    if (to - from > MAX_ENTRY_BYTES || !this.#template.match(bytes, from, to)) return null;
    const id = parseEntryId(this.#id.text);
    if (id === null) return null;
    if (this.#features !== null) {
      const place = this.#template.placeOf(this.#features.from, from);
      this.#shape.features?.ascii(bytes, place, this.#template.placeOf(this.#features.to, from));
    }
    return this.#shape.read(id);
  }
}

function textLeaf(outline: Outline | undefined): Leaf {
  if (outline?.kind !== "leaf" || outline.leaf.kind !== "text") throw new NotTemplatable();
  return outline.leaf;
}

/** The outline of a JSON text within a text. Its leaves get their positions in the outer text. */
function innerOutline(text: string, { from, to }: Leaf): Outline {
  let inner = "";
  const places: number[] = [];
  for (let at = from; at < to; at += 1) {
    places.push(at);
    if (text[at] === "\\") at += 1;
    if (text[at - 1] === "\\" && text[at] !== '"') throw new NotTemplatable();
    inner += text[at] ?? "";
  }
  places.push(to);
  const outline = outlineOf(inner);
  if (outline === null) throw new NotTemplatable();
  for (const leaf of leavesOf(outline)) {
    leaf.from = places[leaf.from] ?? to;
    leaf.to = places[leaf.to] ?? to;
  }
  return outline;
}
