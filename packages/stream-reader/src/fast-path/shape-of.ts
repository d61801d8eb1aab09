import type { Outline } from "./outline.js";
import type { Shape } from "./shape.js";
import { ShapeV1 } from "./shape-v1.js";
import { ShapeV2 } from "./shape-v2.js";
import { NotTemplatable } from "./not-templatable.js";

/** The JSON texts of an intent, by entry field. */
export type Documents = ReadonlyMap<string, Outline>;

/** The fields of an intent that contain JSON. */
export const DOCUMENTS: Readonly<Record<1 | 2, readonly string[]>> = {
  1: ["payload"],
  2: ["payload", "model_breakdown", "features"],
};

/** @throws NotTemplatable if no template can be made from such an entry */
export function shapeOf(contract: 1 | 2, documents: Documents): Shape & { readonly features?: ShapeV2["features"] } {
  const payload = documents.get("payload");
  if (payload === undefined) throw new NotTemplatable();
  if (contract === 1) return new ShapeV1(payload);
  const breakdown = documents.get("model_breakdown");
  if (breakdown === undefined) throw new NotTemplatable();
  return new ShapeV2(payload, breakdown, documents.get("features"));
}
