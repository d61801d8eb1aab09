import { dirname } from "node:path";
import { describeDuration, QscError } from "@qsc/contract";
import type { StopRules, UnitState } from "@qsc/systemd";
import { LONGEST_STOP_SECONDS } from "./bounds.js";
import { CANARY_DROP_IN } from "./drop-in.js";
import type { CanaryWorld } from "./world.js";

/** The only signal that no process can ignore. */
const SIGKILL = 9;
/** Ways of a stop after which nothing of the unit is left. */
const WHOLE: ReadonlySet<string> = new Set(["control-group", "mixed"]);

/** Why a unit cannot be relied on to be gone in time, and the lines of [Service] that change it. */
interface Obstacle {
  readonly problem: string;
  readonly lines: readonly string[];
}

/**
 * The longest time from the order to stop a unit until nothing of it runs, in milliseconds. Infinity where something may
 * run for ever, or where the manager does not say.
 */
export function stopBound(stop: StopRules | null): number {
  if (stop === null || obstaclesOf(stop).length > 0) return Infinity;
  const { timeoutMs, onTimeout, abortMs } = stop;
  const abort = onTimeout === "abort" ? (abortMs ?? Infinity) : 0;
  return partsOf(stop) * (timeoutMs ?? Infinity) + abort;
}

/** How often a stop may take its whole time-out: each command and each first signal; one that is last ends at once. */
function partsOf({ stopCommands, postCommands }: StopRules): number {
  const afterwards = postCommands > 0 ? postCommands + 1 : 0;
  return stopCommands + 1 + afterwards;
}

/** What keeps processes of the unit alive, however long one waits. */
function obstaclesOf({ killMode, sendsLastSignal, lastSignal }: StopRules): readonly Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (!WHOLE.has(killMode)) obstacles.push({ problem: `KillMode=${killMode} lets processes of it live on after a stop`, lines: ["KillMode=control-group"] });
  if (!sendsLastSignal) obstacles.push({ problem: "SendSIGKILL=no lets a process live on that does not end by itself", lines: ["SendSIGKILL=yes"] });
  if (lastSignal !== SIGKILL) obstacles.push({ problem: `FinalKillSignal=${lastSignal} can be ignored`, lines: ["FinalKillSignal=SIGKILL"] });
  return obstacles;
}

/** What stands in the way of a stop within `mostMs`; empty where nothing does. */
function obstaclesWithin(stop: StopRules, mostMs: number): readonly Obstacle[] {
  const obstacles = obstaclesOf(stop);
  const { timeoutMs, onTimeout, abortMs } = stop;
  const parts = partsOf(stop);
  const aborts = onTimeout === "abort";
  const wholeMs = parts * (timeoutMs ?? Infinity) + (aborts ? (abortMs ?? Infinity) : 0);
  if (wholeMs <= mostMs) return obstacles;
  const seconds = Math.floor(mostMs / 1000 / parts);
  const commands = parts === 1 ? "" : ` (${parts} parts of it may each take TimeoutStopSec=)`;
  const takes = Number.isFinite(wholeMs) ? `it may take ${describeDuration(wholeMs)} to stop` : "nothing bounds how long it takes to stop";
  const lines = [
    ...(seconds >= 1 ? [`TimeoutStopSec=${seconds}`] : ["ExecStop=", "ExecStopPost=", `TimeoutStopSec=${Math.floor(mostMs / 1000)}`]),
    ...(aborts ? ["TimeoutStopFailureMode=terminate"] : []),
  ];
  return [...obstacles, { problem: `${takes}${commands}, of ${describeDuration(mostMs)} at most`, lines }];
}

/**
 * How long the unit takes to stop at most, as a sentence.
 * @throws QscError `stop_too_slow`, `stop_unknown` where a canary on it could not be gone in time, with the drop-in that changes that
 */
export function requireStoppable({ services, unit }: Pick<CanaryWorld, "services" | "unit">, { stop }: Pick<UnitState, "stop">): string {
  if (stop === null) {
    throw new QscError("stop_unknown", `How ${unit} is stopped is unknown: systemctl show does not say it as systemd 248 and later do.`);
  }
  const obstacles = obstaclesWithin(stop, LONGEST_STOP_SECONDS * 1000);
  if (obstacles.length === 0) return `${unit} stops within ${describeDuration(stopBound(stop))}`;
  const problems = obstacles.map(({ problem }) => problem).join("; ");
  const lines = obstacles.flatMap((each) => each.lines).map((line) => `'${line}'`).join(", ");
  const path = `${dirname(services.dropInPath(unit, CANARY_DROP_IN))}/stop.conf`;
  throw new QscError("stop_too_slow", `A canary on ${unit} could not be gone in time: ${problems}. Write '[Service]', ${lines} to ${path}, a line each, and run systemctl daemon-reload.`);
}
