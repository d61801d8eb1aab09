import type { QscDocument } from "@qsc/contract";
import { inertJson } from "./inert.js";
import { requireDocument } from "./shapes/documents.js";

/**
 * A document as indented JSON with a final newline; parses back to the same document.
 *
 * @throws QscError `invalid_option` when it is not a document
 */
export function toJson(document: QscDocument): string {
  requireDocument(document);
  return `${inertJson(document)}\n`;
}
