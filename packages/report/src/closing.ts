import { EXIT, type QscDocument } from "@qsc/contract";

/** What was done, in the words that each acting command ends with. */
type Closing = readonly [done: string, failed: string];

/**
 * The last line of a command that acts: whether that was done and is proven. Null for a command that only judges or asks.
 * It says `proven` of a pass alone.
 */
export function toClosingLine(document: QscDocument): string | null {
  const closing = closingOf(document);
  if (closing === null) return null;
  const [done, failed] = closing;
  return document.exitCode === EXIT.proven ? done : `${failed} (exit ${document.exitCode})`;
}

function closingOf(document: QscDocument): Closing | null {
  switch (document.kind) {
    case "activate":
      return document.dryRun
        ? ["DRY RUN, nothing was changed: the model may be activated", "DRY RUN, nothing was changed: the model may not be activated"]
        : [`ACTIVATED, proven: ${document.model} has 10 % of the vote`, "NOT ACTIVATED"];
    case "promote":
      return [`PROMOTED, proven: ${document.model ?? "the canary"} has ${Math.round(document.to * 100)} % of the vote`, "NOT PROMOTED"];
    case "rollback":
      return ["ROLLED BACK, proven: the baseline is served", "ROLLBACK NOT PROVEN"];
    case "deploy":
      return [`DEPLOYED, proven: ${document.commit}`, "NOT DEPLOYED"];
    default:
      return null;
  }
}
