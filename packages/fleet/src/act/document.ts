import { EXIT, iso, sealed, type ErrorCode, type FleetAction, type FleetDocument } from "@qsc/contract";
import type { FleetHost } from "../inventory.js";
import type { FleetContext } from "./context.js";
import { reportOf, type Standing } from "./standing.js";

/** Why a command on a fleet is no pass. */
export interface FleetReason {
  readonly code: ErrorCode;
  readonly text: string;
}

/** What the document of a command says besides its hosts. */
export interface Conclusion {
  readonly action: FleetAction;
  readonly reasons: readonly FleetReason[];
  readonly warnings?: readonly string[];
  readonly standing: ReadonlyMap<string, Standing>;
  readonly waves?: readonly (readonly FleetHost[])[];
}

/** The document of a command on a fleet. It passes only if every host is proven, and nothing speaks against that. */
export function documentOf(context: FleetContext, conclusion: Conclusion): FleetDocument {
  const { inventory, place, now } = context;
  const { action, warnings = [], standing, waves = [] } = conclusion;
  const hosts = inventory.hosts.map(({ name }) => {
    const wave = waves.findIndex((members) => members.some((host) => host.name === name)) + 1;
    return reportOf(name, wave === 0 ? null : wave, standing.get(name) ?? { kind: "untouched" });
  });
  const open = hosts.filter(({ outcome }) => outcome !== "proven");
  const unsaid = open.map(({ name, outcome, reasons }): FleetReason => {
    const code = outcome === "unreachable" ? "host_unreachable" : "host_failed";
    return { code, text: `${name}: ${reasons[0] ?? "nothing is proven there"}` };
  });
  const reasons = conclusion.reasons.length > 0 ? conclusion.reasons : unsaid;
  const isPass = reasons.length === 0;
  const hasFailed = hosts.some(({ outcome }) => outcome === "failed" || outcome === "rolled_back");
  return sealed({
    kind: "fleet" as const,
    verdict: isPass ? ("pass" as const) : hasFailed ? ("fail" as const) : ("unknown" as const),
    exitCode: isPass ? EXIT.proven : EXIT.refused,
    reasons: reasons.map(({ text }) => text),
    codes: reasons.map(({ code }) => code),
    warnings,
    judgedAt: iso(now()),
    ...place,
    fleet: inventory.fleet,
    action,
    hosts,
  });
}
