import type { QscDocument } from "@qsc/contract";
import { inertJson } from "./inert.js";

/** A document as indented JSON with a final newline; parses back to the same document. */
export function toJson(document: QscDocument): string {
  return `${inertJson(document)}\n`;
}
