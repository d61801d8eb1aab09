import { MAX_MODELS, type EntryId, type Intent, type ModelReading } from "@qsc/contract";
import { Lanes } from "../decode/content-hash.js";
import { DECISION_NUMBERS, NO_NUMBER } from "../decode/not-finite.js";
import { ModelShape } from "./model-shape.js";
import { leavesOf } from "./leaves.js";
import type { Leaf } from "./leaf.js";
import type { Member, Outline } from "./outline.js";
import { NotTemplatable } from "./not-templatable.js";

/** What the entries that match a template say. */
export interface Shape {
  /** The intent of the last entry that matched; null if `decodeEntry` has to read it. */
  read(id: EntryId): Intent | null;
}

/** The models of a breakdown. */
export class ModelsShape {
  readonly #models: readonly ModelShape[];

  /** @throws NotTemplatable unless it has models, not too many, each fit for a template */
  constructor(breakdown: Outline | undefined, contract: 1 | 2) {
    if (breakdown?.kind !== "object" || breakdown.members.length === 0 || breakdown.members.length > MAX_MODELS)
      throw new NotTemplatable();
    const names = breakdown.members.map(({ key }) => key);
    this.#models = breakdown.members.map(({ key, value }) => new ModelShape(key, value, contract, names));
  }

  read(): ModelReading[] {
    const readings: ModelReading[] = [];
    for (const model of this.#models) readings.push(model.read());
    return readings;
  }
}

/** The members of a payload. @throws NotTemplatable unless it is an object */
export function membersOf(payload: Outline): readonly Member[] {
  if (payload.kind !== "object") throw new NotTemplatable();
  return payload.members;
}

/** A member of a payload; undefined if absent. */
export function memberOf(members: readonly Member[], name: string): Outline | undefined {
  return members.find(({ key }) => key === name)?.value;
}

/** The text of a member; null if absent. @throws NotTemplatable if it is not a text */
export function textOf(members: readonly Member[], name: string, wanted: Leaf["wanted"]): Leaf | null {
  const value = memberOf(members, name);
  if (value === undefined) return null;
  if (value.kind !== "leaf" || value.leaf.kind !== "text") throw new NotTemplatable();
  value.leaf.wanted = wanted;
  return value.leaf;
}

/** @throws NotTemplatable if a number of the decision is something else here: that must be checked entry by entry */
export function requireDecisionNumbers(payload: readonly Member[]): void {
  const isOther = ({ key, value }: Member): boolean =>
    DECISION_NUMBERS.includes(key) && !(value.kind === "leaf" && value.leaf.kind === "number");
  if (payload.some(isOther)) throw new NotTemplatable();
}

/** Marks the texts of a payload that might be numbers, see `Leaf.watched`. */
export function watchTexts(payload: readonly Member[]): void {
  const watched = payload.filter(({ key }) => !NO_NUMBER.has(key)).flatMap(({ value }) => leavesOf(value));
  for (const leaf of watched) leaf.watched = leaf.kind === "text";
}

/** Lanes that the shapes share. Nothing is kept in them. */
export const scratch: Lanes = new Lanes();
