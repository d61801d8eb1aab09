import type { EntryId, Intent, PayloadMembers } from "@qsc/contract";
import { ListHash } from "../decode/content-hash.js";
import { decisionKeyV1, LONGEST_PART } from "../decode/decision-key.js";
import { isMetadata } from "../decode/features.js";
import { cut } from "../decode/text.js";
import { hashTreeOf, type HashTree } from "./hash-tree.js";
import type { Leaf } from "./leaf.js";
import type { Member, Outline } from "./outline.js";
import {
  memberOf,
  membersOf,
  ModelsShape,
  requireDecisionNumbers,
  scratch,
  textOf,
  watchTexts,
  type Shape,
} from "./shape.js";
import { NotTemplatable } from "./not-templatable.js";

/** Entries of contract version 1. Reads exactly what `decodeEntry` reads from the same entry. */
export class ShapeV1 implements Shape {
  readonly #models: ModelsShape;
  readonly #symbol: Leaf | null;
  readonly #timestamp: Leaf | null;
  readonly #breakdown: HashTree;
  readonly #metadata: HashTree;
  /** The same for every entry like the sample. */
  readonly #present: PayloadMembers;
  readonly #nothing: HashTree = hashTreeOf({ kind: "list", items: [] });
  readonly #content = new ListHash();

  /** @throws NotTemplatable if the payload has to be read in full */
  constructor(payload: Outline) {
    const members = membersOf(payload);
    const breakdown = memberOf(members, "model_breakdown");
    if (breakdown === undefined) throw new NotTemplatable();
    requireDecisionNumbers(members);
    watchTexts(members);
    this.#present = { numbers: namesWhere(members, isNumber), nulls: namesWhere(members, isNull) };
    this.#models = new ModelsShape(breakdown, 1);
    this.#symbol = textOf(members, "symbol", "often the same");
    this.#timestamp = textOf(members, "timestamp", "own");
    this.#breakdown = hashTreeOf(breakdown);
    this.#metadata = hashTreeOf({
      kind: "object",
      members: members.filter(({ key, value }) => isMetadata(key, isNumber(value))),
    });
  }

  read(id: EntryId): Intent | null {
    const symbol = this.#symbol?.text ?? null;
    const timestamp = this.#timestamp?.text;
    if ((symbol ?? "").length > LONGEST_PART || (timestamp ?? "").length > LONGEST_PART) return null;
    this.#breakdown.read(scratch);
    const decisionKey = decisionKeyV1(symbol ?? undefined, timestamp, scratch.text(), id);
    this.#content.begin(3);
    this.#content.take(scratch);
    this.#metadata.read(scratch);
    this.#content.take(scratch);
    this.#nothing.read(scratch);
    this.#content.take(scratch);
    this.#content.end(scratch);
    return {
      kind: "intent",
      id,
      contract: 1,
      symbol,
      decisionKey,
      contentKey: scratch.text(),
      models: this.#models.read(),
      engine: null,
      featuresAtMs: null,
      features: null,
      notFinite: [],
      members: this.#present,
    };
  }
}

function namesWhere(members: readonly Member[], holds: (value: Outline) => boolean): readonly string[] {
  return members.filter(({ value }) => holds(value)).map(({ key }) => cut(key, 80));
}

function isNull(value: Outline): boolean {
  return value.kind === "word" && value.value === null;
}

function isNumber(value: Outline): boolean {
  return value.kind === "leaf" && value.leaf.kind === "number";
}
