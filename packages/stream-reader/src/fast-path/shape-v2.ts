import type { EngineIdentity, EntryId, Intent } from "@qsc/contract";
import { Lanes, ListHash } from "../decode/content-hash.js";
import { LONGEST_PART } from "../decode/decision-key.js";
import { readEngine } from "../decode/engine-identity.js";
import { readFeaturesAt } from "../decode/features-at.js";
import type { JsonObject } from "../decode/json-types.js";
import { DecodeError } from "../decode/decode-error.js";
import { hashTreeOf, type HashTree } from "./hash-tree.js";
import { leavesOf } from "./leaves.js";
import type { Leaf } from "./leaf.js";
import { valueOf } from "./model-shape.js";
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

const ENGINE = ["build", "boot_id", "weights", "canary"];
/** Takes the place of an absent member. */
const NONE: Outline = { kind: "word", value: null };

/**
 * Entries of contract version 2. Reads exactly what `decodeEntry` reads from the same entry, without parsing its
 * features.
 */
export class ShapeV2 implements Shape {
  /** The hash of the features' text in the last entry that matched; null if the entry has none. */
  readonly features: Lanes | null;
  readonly #models: ModelsShape;
  readonly #decisionId: Leaf;
  readonly #symbol: Leaf | null;
  readonly #featuresAt: Leaf | null;
  readonly #engineMembers: readonly Member[];
  readonly #engineLeaves: readonly Leaf[];
  readonly #hashes: readonly HashTree[];
  readonly #content = new ListHash();
  #engine: EngineIdentity | null = null;
  #engineOf: readonly (string | number)[] = [];

  /** @throws NotTemplatable if the entry has to be read in full */
  constructor(payload: Outline, breakdown: Outline, features: Outline | undefined) {
    const members = membersOf(payload);
    requireDecisionNumbers(members);
    watchTexts(members);
    for (const leaf of features === undefined ? [] : leavesOf(features)) leaf.watched = leaf.kind === "text";
    const [decisionId, build, boot] = [
      textOf(members, "decision_id", "own"),
      textOf(members, "build", "often the same"),
      textOf(members, "boot_id", "often the same"),
    ];
    const weights = memberOf(members, "weights");
    const canary = memberOf(members, "canary");
    if (decisionId === null || build === null || boot === null || weights === undefined || canary === undefined)
      throw new NotTemplatable();
    this.#decisionId = decisionId;
    this.#symbol = textOf(members, "symbol", "often the same");
    const featuresAt = memberOf(members, "features_at") ?? NONE;
    this.#featuresAt =
      featuresAt === NONE || (featuresAt.kind === "word" && featuresAt.value === null)
        ? null
        : textOf(members, "features_at", "own");
    this.#models = new ModelsShape(breakdown, 2);
    this.#engineMembers = members.filter(({ key }) => ENGINE.includes(key));
    this.#engineLeaves = this.#engineMembers.flatMap(({ value }) => leavesOf(value));
    for (const leaf of this.#engineLeaves) leaf.wanted = "often the same";
    this.features = features === undefined ? null : new Lanes();
    const featuresHash = this.features === null ? hashTreeOf(NONE) : copying(this.features);
    this.#hashes = [
      ...[
        breakdown,
        weights,
        canary,
        { kind: "leaf" as const, leaf: build },
        { kind: "leaf" as const, leaf: boot },
        featuresAt,
      ].map(hashTreeOf),
      featuresHash,
      hashTreeOf({ kind: "list", items: [] }),
    ];
  }

  read(id: EntryId): Intent | null {
    const decisionKey = this.#decisionId.text;
    if (decisionKey === "" || decisionKey.length > LONGEST_PART) return null;
    const engine = this.#readEngine();
    if (engine === null) return null;
    this.#content.begin(this.#hashes.length);
    for (const hash of this.#hashes) {
      hash.read(scratch);
      this.#content.take(scratch);
    }
    this.#content.end(scratch);
    return {
      kind: "intent",
      id,
      contract: 2,
      symbol: this.#symbol?.text ?? null,
      decisionKey,
      contentKey: scratch.text(),
      models: this.#models.read(),
      engine,
      featuresAtMs: readFeaturesAt(this.#featuresAt?.text),
      features: null,
      notFinite: [],
      members: null,
    };
  }

  /** The same identity object while the engine's values stay the same; null for a value that is refused. */
  #readEngine(): EngineIdentity | null {
    if (this.#engine !== null && this.#saysTheSame()) return this.#engine;
    const payload: JsonObject = Object.fromEntries(this.#engineMembers.map(({ key, value }) => [key, valueOf(value)]));
    try {
      this.#engine = readEngine(payload);
    } catch (error) {
      if (error instanceof DecodeError) return null;
      throw error;
    }
    this.#engineOf = this.#engineLeaves.map((leaf) => (leaf.kind === "text" ? leaf.text : leaf.number));
    return this.#engine;
  }

  #saysTheSame(): boolean {
    for (let index = 0; index < this.#engineLeaves.length; index += 1) {
      const leaf = this.#engineLeaves[index];
      if (leaf === undefined || !Object.is(leaf.kind === "text" ? leaf.text : leaf.number, this.#engineOf[index]))
        return false;
    }
    return true;
  }
}

/** Copies the hash from other lanes. */
function copying(from: Lanes): HashTree {
  return {
    read: (lanes) => {
      lanes.high = from.high;
      lanes.low = from.low;
    },
  };
}
