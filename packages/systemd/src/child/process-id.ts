import { readdirSync, readFileSync } from "node:fs";

/** Identifies one process: PIDs are reused, but not with the same start time in the same boot. */
export interface ProcessId {
  readonly pid: number;
  /** When it started, in kernel ticks since boot. */
  readonly ticks: string;
  readonly boot: string;
}

/** The parts of the kernel's process status that are needed here. */
interface Stat {
  readonly pid: number;
  readonly state: string;
  readonly session: number;
  readonly ticks: string;
}

/** States of a process that has ended but has not been reaped yet. */
const DEAD: ReadonlySet<string> = new Set(["Z", "X", "x"]);

/**
 * The process that a line of `/proc/<pid>/stat` describes; null if the line cannot be parsed, for example when
 * incomplete.
 */
export function parseProcessId(line: string, boot: string): ProcessId | null {
  const stat = parseStat(line);
  return stat === null ? null : { pid: stat.pid, ticks: stat.ticks, boot };
}

/** This process. */
export function ownProcessId(): ProcessId {
  const own = parseProcessId(readFileSync("/proc/self/stat", "utf8"), bootId());
  if (own === null) throw new Error("/proc/self/stat cannot be read");
  return own;
}

export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

export function isAlive({ pid, ticks, boot }: ProcessId): boolean {
  const stat = statOf(pid);
  return stat !== null && stat.ticks === ticks && !DEAD.has(stat.state) && boot === bootId();
}

/** Whether this process runs in the session led by another. */
export function isOwnSession({ pid }: ProcessId): boolean {
  return statOf(process.pid)?.session === pid;
}

/** The processes in the session that this process leads or, if it has ended, led. */
export function sessionOf(leader: ProcessId): readonly number[] {
  const now = statOf(leader.pid);
  // Its PID belongs to another process now, so nothing is left of its session.
  if (leader.boot !== bootId() || (now !== null && now.ticks !== leader.ticks)) return [];
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.filter((pid) => {
    const stat = statOf(pid);
    return stat?.session === leader.pid && !DEAD.has(stat.state);
  });
}

/** Sends a signal to all processes of the session that this process leads or, if it has ended, led. */
export function signalSession(leader: ProcessId, signal: NodeJS.Signals): void {
  for (const pid of sessionOf(leader)) send(pid, signal);
}

/** Sends a signal to this process, unless it has ended. */
export function signalProcess(id: ProcessId, signal: NodeJS.Signals): void {
  if (isAlive(id)) send(id.pid, signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function statOf(pid: number): Stat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // It has ended.
    return null;
  }
}

/** proc(5): the name is in parentheses and may itself contain parentheses; fields are counted after the last one. */
function parseStat(line: string): Stat | null {
  const pid = Number(/^(\d+) \(/.exec(line)?.[1]);
  const fields = line
    .slice(line.lastIndexOf(")") + 2)
    .trim()
    .split(" ");
  const [state, session, ticks] = [fields[0], fields[3], fields[19]];
  if (!Number.isSafeInteger(pid) || state === undefined || session === undefined || ticks === undefined) return null;
  return { pid, state, session: Number(session), ticks };
}
