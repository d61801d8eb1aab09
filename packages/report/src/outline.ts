import type { QscDocument } from "@qsc/contract";
import type { Block } from "./blocks.js";
import { diagnosisBlocks } from "./documents/diagnosis.js";
import { fleetBlocks } from "./documents/fleet.js";
import { gateBlocks } from "./documents/gate.js";
import { judgeBlocks } from "./documents/judge.js";
import { operationBlocks } from "./documents/operation.js";
import { sanityBlocks } from "./documents/sanity.js";
import { scoreboardBlocks } from "./documents/scoreboard.js";
import { verifyBlocks } from "./documents/verify.js";
import { requireDocument } from "./shapes/documents.js";

/**
 * What a report of this document consists of, in the order it is read: the verdict, its reasons, the rest.
 * @throws QscError `invalid_option` for what is not a document
 */
export function outline(document: QscDocument): readonly Block[] {
  requireDocument(document);
  return leadingFirst(blocksOf(document));
}

function blocksOf(document: QscDocument): readonly Block[] {
  switch (document.kind) {
    case "quality-gate":
      return gateBlocks(document);
    case "feature-sanity":
      return sanityBlocks(document);
    case "scoreboard":
      return scoreboardBlocks(document);
    case "judge":
      return judgeBlocks(document);
    case "verify":
      return verifyBlocks(document);
    case "fleet":
      return fleetBlocks(document);
    case "diagnose":
      return diagnosisBlocks(document);
    default:
      return operationBlocks(document);
  }
}

/** The headline, what leads, and the rest, each in its order. */
function leadingFirst(blocks: readonly Block[]): readonly Block[] {
  const rank = ({ kind, leads }: Block): number => (kind === "headline" ? 0 : leads === true ? 1 : 2);
  return blocks.toSorted((a, b) => rank(a) - rank(b));
}
