import { EXIT, type FleetDocument, type MonitorDocument, type QscDocument } from "@qsc/contract";

/** The result in the words that each acting command ends with. */
type Closing = readonly [done: string, failed: string];

/**
 * The last line of a command that acts: whether it did so, and whether that is proven. Null for a command that only
 * judges or reports. Says `proven` only for a pass.
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
        ? [
            "DRY RUN, nothing was changed: the model may be activated",
            "DRY RUN, nothing was changed: the model may not be activated",
          ]
        : [`ACTIVATED, proven: ${document.model} has 10 % of the vote`, "NOT ACTIVATED"];
    case "promote":
      return [
        `PROMOTED, proven: ${document.model ?? "the canary"} has ${Math.round(document.to * 100)} % of the vote`,
        "NOT PROMOTED",
      ];
    case "rollback":
      return ["ROLLED BACK, proven: the baseline is served", "ROLLBACK NOT PROVEN"];
    case "deploy":
      return [`DEPLOYED, proven: ${document.commit}`, "NOT DEPLOYED"];
    case "monitor":
      return watchClosing(document);
    case "fleet":
      return fleetClosing(document);
    default:
      return null;
  }
}

/** How a watch ended, for the journal of its unit: what is there now, and what a person may do. */
function watchClosing({ outcome, model, share, violations, reasons }: MonitorDocument): Closing {
  const name = model ?? "the canary";
  const percent = share === null ? "an unknown share" : `${Math.round(share * 100)} %`;
  const ended = (line: string): Closing => [line, line];
  switch (outcome) {
    case "eligible":
      return ended(`ELIGIBLE: ${name} was watched to the end at ${percent}; now qsc promote, or qsc rollback`);
    case "promoted":
      return ended(
        share === 1
          ? `PROMOTED: ${name} was watched to the end at ${percent}, and needs no watch; qsc rollback restores the baseline`
          : `PROMOTED: ${name} was watched to the end at ${percent}, and its next share has a watch of its own; see qsc status`,
      );
    case "rolled_back":
      return ended(`ROLLED BACK, the baseline is served again: ${violations[0] ?? "a violation"}`);
    case "rollback_failed":
      return ended(`ROLLBACK NOT PROVEN: look at qsc status, and run qsc rollback`);
    case "interrupted":
      return ended(`WATCH INTERRUPTED: start it again, or ${name} is rolled back`);
    case "no_canary":
      return ended(`NOTHING TO WATCH: ${(reasons[0] ?? "there is no canary").replace(/\.$/, "")}; see qsc status`);
  }
}

/** What is proven on a fleet; nothing for its status, which only reports. */
function fleetClosing({ action, fleet, hosts }: FleetDocument): Closing | null {
  const all = hosts.length === 1 ? "its only host" : `all ${hosts.length} hosts`;
  const proven = hosts.filter(({ outcome }) => outcome === "proven").length;
  const failed = `${proven} of ${hosts.length} hosts of ${fleet} are proven`;
  switch (action) {
    case "status":
      return null;
    case "monitor":
      return [`ELIGIBLE on ${all} of ${fleet}: now qsc fleet promote, or qsc fleet rollback`, `WATCH ENDED: ${failed}`];
    case "rollback":
      return [`ROLLED BACK, proven on ${all} of ${fleet}`, `ROLLBACK NOT PROVEN: ${failed}`];
    case "deploy":
      return [`DEPLOYED, proven on ${all} of ${fleet}`, `NOT DEPLOYED: ${failed}`];
    case "activate":
      return [`ACTIVATED, proven on ${all} of ${fleet}`, `NOT ACTIVATED: ${failed}`];
    case "promote":
      return [`PROMOTED, proven on ${all} of ${fleet}`, `NOT PROMOTED: ${failed}`];
  }
}
