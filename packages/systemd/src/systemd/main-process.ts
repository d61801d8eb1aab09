import type { Host } from "./host.js";
import type { JournalEntry } from "./journal-line.js";
import { show } from "./show.js";

const PROPERTIES = ["Id", "InvocationID", "ExecMainPID", "ConditionTimestampMonotonic", "ExecMainStartTimestampMonotonic", "ExecMainExitTimestampMonotonic"];
/** How much later than a process's end the journal may take in its last line. A PID hardly comes round again as soon as that. */
const LATE_US = 5_000_000;

/** The main process of one start, and the time that its PID was its own; microseconds since the boot. */
export interface MainProcess {
  /** By its first name, as the journal has it. */
  readonly unit: string;
  readonly pid: number;
  /** Before its first line, which may be older than the time at which systemd says that the process began. */
  readonly fromUs: number;
  /** Infinity for one that runs. */
  readonly untilUs: number;
}

/** The main process of that start; null where there was none, or where the unit was started again since. */
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
 * Whether a line of this boot is of that process although the journal does not know of which start it is. A line of
 * another start, of another unit, or of another time is not.
 */
export function hasWritten(main: MainProcess, { line, monotonicUs, units }: JournalEntry): boolean {
  if (line.pid !== main.pid || line.invocationId !== null || monotonicUs === null) return false;
  const isOfUnit = units.length === 0 || units.includes(main.unit);
  return isOfUnit && monotonicUs >= main.fromUs && monotonicUs <= main.untilUs;
}
