import type { Leaf } from "./leaf.js";
import type { Outline } from "./outline.js";

/** The leaves of an outline, in the order of the text. */
export function leavesOf(outline: Outline): readonly Leaf[] {
  switch (outline.kind) {
    case "leaf":
      return [outline.leaf];
    case "word":
      return [];
    case "list":
      return outline.items.flatMap(leavesOf);
    case "object":
      return outline.members.flatMap(({ value }) => leavesOf(value));
  }
}
