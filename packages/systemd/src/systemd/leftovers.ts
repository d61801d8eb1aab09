import { parseProcessId } from "../child/process-id.js";
import { run } from "../host/run.js";
import { ServiceError } from "../service-error.js";
import type { Host } from "./host.js";
import { show } from "./show.js";

/**
 * Prints `/proc/<pid>/stat` of each process in a control group and its subgroups. Exit 3: no such group; 5: a process
 * is hidden from this user. A process that ends in the meantime has left the group.
 */
const SCRIPT = `for root in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
  [ -f "$root$1/cgroup.procs" ] || continue
  pids=$(find "$root$1" -name cgroup.procs -exec cat {} +) || exit 4
  for pid in $pids; do
    cat "/proc/$pid/stat" 2>/dev/null && continue
    find "$root$1" -name cgroup.procs -exec cat {} + | grep -qx "$pid" && exit 5
  done
  exit 0
done
exit 3`;
const HIDDEN = 5;

/**
 * The processes in the unit's control group that started before its main process. The kernel counts start times from
 * boot, so a clock step does not affect them.
 */
export async function leftovers(host: Host, unit: string): Promise<readonly number[]> {
  const properties = await show(host, unit, ["ControlGroup", "MainPID"]);
  const [group, main] = [properties.get("ControlGroup"), properties.get("MainPID")];
  // An answer without them is not that of a unit without processes.
  if (group === undefined || main === undefined || !/^\d+$/.test(main))
    throw unknown(unit, "systemctl does not show its control group and its main process");
  const mainPid = Number(main);
  // systemd forgets a unit's control group once its last process has ended.
  if (group === "" && !(mainPid > 0)) return [];
  const processes = await processesIn(host, unit, group);
  if (!(mainPid > 0)) return processes.map(({ pid }) => pid);
  const started = processes.find(({ pid }) => pid === mainPid);
  if (started === undefined)
    throw unknown(unit, `its main process ${mainPid} is not in its control group ${group || "(none)"}`);
  return processes.filter(({ ticks }) => BigInt(ticks) < BigInt(started.ticks)).map(({ pid }) => pid);
}

async function processesIn(
  host: Host,
  unit: string,
  group: string,
): Promise<readonly { readonly pid: number; readonly ticks: string }[]> {
  if (group === "") throw unknown(unit, "systemd names no control group");
  const { exitCode, stdout, stderr, ended } = await run(host.shell(SCRIPT, [group]), { timeoutMs: host.answerMs });
  if (exitCode === HIDDEN)
    throw unknown(unit, "/proc hides one of them from this user (hidepid=, or ProtectProc= of its own unit)");
  if (exitCode !== 0)
    throw unknown(unit, `reading the control group ${group} ended with ${exitCode ?? ended}: ${stderr.trim()}`);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const process = parseProcessId(line, "");
      if (process === null) throw unknown(unit, `'${line}' is not a line of /proc/<pid>/stat`);
      return process;
    });
}

function unknown(unit: string, what: string): ServiceError {
  return new ServiceError(
    "service_unreachable",
    `Could not list the processes of ${unit}: ${what}. See systemctl status ${unit}.`,
    { unit },
  );
}
