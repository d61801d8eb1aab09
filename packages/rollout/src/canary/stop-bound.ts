import { dirname } from "node:path";
import { describeDuration, QscError } from "@qsc/contract";
import type { StopRules, UnitState } from "@qsc/systemd";
import { LONGEST_STOP_SECONDS } from "../operation/bounds.js";
import { CANARY_DROP_IN } from "./drop-in.js";
import type { OperationContext } from "../operation/context.js";

/** The only signal that no process can ignore. */
const SIGKILL = 9;
/** The kill modes that leave no process of the unit. */
const WHOLE: ReadonlySet<string> = new Set(["control-group", "mixed"]);

/** Why a unit may not stop in time, and the lines of [Service] that fix it. */
interface Obstacle {
  readonly problem: string;
  readonly lines: readonly string[];
}

/**
 * The longest time from the order to stop a unit until no process of it runs, in milliseconds. Infinity if a process
 * may run forever, or if the manager does not say.
 */
export function stopBound(stop: StopRules | null): number {
  if (stop === null || obstaclesOf(stop).length > 0) return Infinity;
  const { timeoutMs, onTimeout, abortMs } = stop;
  const abort = onTimeout === "abort" ? (abortMs ?? Infinity) : 0;
  return partsOf(stop) * (timeoutMs ?? Infinity) + abort;
}

/**
 * How many times a stop may take its whole time-out: once for each command and each first signal; the last signal takes
 * effect at once.
 */
function partsOf({ stopCommands, postCommands }: StopRules): number {
  const afterwards = postCommands > 0 ? postCommands + 1 : 0;
  return stopCommands + 1 + afterwards;
}

/** What keeps processes of the unit alive, however long one waits. */
function obstaclesOf({ killMode, sendsLastSignal, lastSignal }: StopRules): readonly Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (!WHOLE.has(killMode))
    obstacles.push({
      problem: `KillMode=${killMode} leaves processes of it running after a stop`,
      lines: ["KillMode=control-group"],
    });
  if (!sendsLastSignal)
    obstacles.push({
      problem: "SendSIGKILL=no leaves a process running that does not end by itself",
      lines: ["SendSIGKILL=yes"],
    });
  if (lastSignal !== SIGKILL)
    obstacles.push({ problem: `FinalKillSignal=${lastSignal} can be ignored`, lines: ["FinalKillSignal=SIGKILL"] });
  return obstacles;
}

/** What prevents a stop within `mostMs`; empty if nothing does. */
function obstaclesWithin(stop: StopRules, mostMs: number): readonly Obstacle[] {
  const obstacles = obstaclesOf(stop);
  const { timeoutMs, onTimeout, abortMs } = stop;
  const parts = partsOf(stop);
  const aborts = onTimeout === "abort";
  const wholeMs = parts * (timeoutMs ?? Infinity) + (aborts ? (abortMs ?? Infinity) : 0);
  if (wholeMs <= mostMs) return obstacles;
  const seconds = Math.floor(mostMs / 1000 / parts);
  const commands = parts === 1 ? "" : ` (${parts} stages of the stop may each take TimeoutStopSec=)`;
  const takes = Number.isFinite(wholeMs)
    ? `it may take ${describeDuration(wholeMs)} to stop`
    : "its stop has no time limit";
  const lines = [
    ...(seconds >= 1
      ? [`TimeoutStopSec=${seconds}`]
      : ["ExecStop=", "ExecStopPost=", `TimeoutStopSec=${Math.floor(mostMs / 1000)}`]),
    ...(aborts ? ["TimeoutStopFailureMode=terminate"] : []),
  ];
  return [...obstacles, { problem: `${takes}${commands}, but the limit is ${describeDuration(mostMs)}`, lines }];
}

/**
 * The longest that the unit takes to stop, as a sentence.
 * @throws QscError `stop_too_slow`, `stop_unknown` if a canary on it could not be ended in time, with a drop-in that
 * fixes that
 */
export function requireStoppable(
  { services, unit }: Pick<OperationContext, "services" | "unit">,
  { stop }: Pick<UnitState, "stop">,
): string {
  if (stop === null) {
    throw new QscError(
      "stop_unknown",
      `How ${unit} is stopped is unknown: systemctl show does not report it. Use systemd 248 or later.`,
    );
  }
  const obstacles = obstaclesWithin(stop, LONGEST_STOP_SECONDS * 1000);
  if (obstacles.length === 0) return `${unit} stops within ${describeDuration(stopBound(stop))}`;
  const problems = obstacles.map(({ problem }) => problem).join("; ");
  const lines = obstacles
    .flatMap((each) => each.lines)
    .map((line) => `'${line}'`)
    .join(", ");
  const path = `${dirname(services.dropInPath(unit, CANARY_DROP_IN))}/stop.conf`;
  throw new QscError(
    "stop_too_slow",
    `A canary on ${unit} could not be ended in time: ${problems}. Write '[Service]', ${lines} to ${path}, one per line, and run systemctl daemon-reload.`,
  );
}
