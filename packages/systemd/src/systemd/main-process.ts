import type { Host } from "./host.js";
import type { JournalEntry } from "./journal-line.js";
import { show } from "./show.js";

const PROPERTIES = [
  "Id",
  "InvocationID",
  "ExecMainPID",
  "ConditionTimestampMonotonic",
  "ExecMainStartTimestampMonotonic",
  "ExecMainExitTimestampMonotonic",
];
/** How long after a process's end the journal may receive its last line. A PID is hardly ever reused that soon. */
const LATE_US = 5_000_000;

/** The main process of one start, and the time during which the PID was its own, in microseconds since boot. */
export interface MainProcess {
  /** The primary name, which the journal uses. */
  readonly unit: string;
  readonly pid: number;
  /** Earlier than its first line, which may precede the start time that systemd reports. */
  readonly fromUs: number;
  /** Infinity while it runs. */
  readonly untilUs: number;
}

/** The main process of that start; null if there was none or if the unit has been started again since. */
export async function mainProcessOf(host: Host, unit: string, invocationId: string): Promise<MainProcess | null> {
  const properties = await show(host, unit, PROPERTIES);
  const number = (name: string): number => Number(properties.get(name) ?? 0);
  const [pid, exitUs] = [number("ExecMainPID"), number("ExecMainExitTimestampMonotonic")];
  const [fromUs, startUs] = [number("ConditionTimestampMonotonic"), number("ExecMainStartTimestampMonotonic")];
  const isOfStart = properties.get("InvocationID") === invocationId && fromUs > 0 && startUs >= fromUs;
  if (!isOfStart || !(pid > 0)) return null;
  return { unit: properties.get("Id") ?? unit, pid, fromUs, untilUs: exitUs > 0 ? exitUs + LATE_US : Infinity };
}

/**
 * Whether a line of this boot comes from that process although the journal does not know its start. A line of another
 * start, unit or time does not.
 */
export function hasWritten(main: MainProcess, { line, monotonicUs, units }: JournalEntry): boolean {
  if (line.pid !== main.pid || line.invocationId !== null || monotonicUs === null) return false;
  const isOfUnit = units.length === 0 || units.includes(main.unit);
  return isOfUnit && monotonicUs >= main.fromUs && monotonicUs <= main.untilUs;
}
