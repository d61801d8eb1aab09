import type { StopRules } from "../port.js";
import { parseSpan } from "./span.js";
import type { Properties } from "./show.js";

/** The properties of `systemctl show` that describe a unit's stop. */
export const STOP_PROPERTIES = [
  "TimeoutStopUSec",
  "TimeoutStopFailureMode",
  "TimeoutAbortUSec",
  "KillMode",
  "KillSignal",
  "SendSIGKILL",
  "FinalKillSignal",
  "ExecStop",
  "ExecStopPost",
] as const;

/** How a unit is stopped; null if a property is missing or unreadable: then nothing limits the stop. */
export function stopRulesOf(properties: Properties): StopRules | null {
  const said = (name: (typeof STOP_PROPERTIES)[number]): string => properties.get(name) ?? "";
  const timeout = parseSpan(said("TimeoutStopUSec"));
  // Missing before systemd 246: an aborted stop then gets the time of a normal stop.
  const abort = properties.has("TimeoutAbortUSec") ? parseSpan(said("TimeoutAbortUSec")) : timeout;
  const killSignal = signalOf(said("KillSignal"));
  const lastSignal = signalOf(said("FinalKillSignal"));
  const sends = said("SendSIGKILL");
  if (timeout === null || abort === null || killSignal === null || lastSignal === null) return null;
  if (said("KillMode") === "" || (sends !== "yes" && sends !== "no")) return null;
  return {
    timeoutMs: finite(timeout),
    onTimeout: properties.get("TimeoutStopFailureMode") ?? "terminate",
    abortMs: finite(abort),
    killMode: said("KillMode"),
    killSignal,
    sendsLastSignal: sends === "yes",
    lastSignal,
    stopCommands: countOf(said("ExecStop")),
    postCommands: countOf(said("ExecStopPost")),
  };
}

function finite(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null;
}

function signalOf(text: string): number | null {
  return /^\d+$/.test(text) ? Number(text) : null;
}

/** Each command has a line of its own. */
function countOf(lines: string): number {
  return lines.split("\n").filter((line) => line !== "").length;
}
