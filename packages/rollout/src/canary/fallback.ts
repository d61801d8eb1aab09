import { dirname } from "node:path";
import { CANARY_PREFIX, QscError } from "@qsc/contract";
import type { Guard } from "@qsc/systemd";
import { CANARY_DROP_IN } from "./drop-in.js";
import { FALLBACK_KILL_SECONDS, FALLBACK_SECONDS, GRACE_SECONDS, LOOK_SECONDS } from "../operation/bounds.js";
import { LEASE_SECONDS } from "../operation/lease-seconds.js";
import { answerOf, endsProcesses } from "./dead-man-shell.js";
import { asOwner } from "./guardian.js";
import { REOPENED_NOTE } from "./restarted.js";
import { engineName, mustBeInstalled } from "./lease.js";
import type { OperationContext } from "../operation/context.js";

/** A call of systemctl that is killed if it does not answer. */
const BOUNDED = `timeout -k ${FALLBACK_KILL_SECONDS} ${FALLBACK_SECONDS} $systemctl`;

/**
 * Lines of the script for a promoted canary, which lives on unless a note beside the drop-in says that its rollback has
 * begun. From when the fallback sees that note, the dead-man has its time first; if that cannot be kept, it has none.
 */
function ofPromoted(): string {
  return [
    `[ "$(readlink "\${drop_in%/*}/${REOPENED_NOTE}")" = "$boot $until" ] || exit 0`,
    'why="The rollback of the promoted canary of $unit began at least $grace s ago" seen="$RUNTIME_DIRECTORY/reopened" since=',
    '[ "$(cut -d " " -f 1,2 "$seen" 2>/dev/null)" = "$boot $until" ] || echo "$boot $until $now" 2>/dev/null > "$seen"',
    'read -r boot until since < "$seen"',
    '[ -z "$since" ] || [ "$now" -ge "$((since + grace))" ] || exit 0',
  ].join("; ");
}

/**
 * The fallback, a script for the shell that every host has, run by root: it rolls back if the user's dead-man has lost
 * the right to. It proves nothing. The lease is a user's file, so nothing in it is trusted or executed. It recognises a
 * canary by the drop-in, and by the environment of the processes in the engine's control group; a process that the
 * fallback itself has started is not restarted for the latter. Arguments: the lease file, the drop-in, the unit, the
 * `systemctl` command, the seconds of grace.
 */
const SCRIPT = [
  "lease=$1 drop_in=$2 unit=$3 systemctl=$4 grace=$5",
  // A lease that does not answer is there, and has run out.
  `line=$(${answerOf('head -c 80 "$lease" 2>/dev/null', "cat")}) || line="none 0"`,
  '[ -n "$line" ] || [ -e "$drop_in" ] || exit 0',
  "boot=${line%% *} until=${line#* }; until=${until%% *}",
  "case $until in ''|*[!0-9]*|?????????????*) until=0; esac",
  "read -r now rest < /proc/uptime; now=${now%%.*}",
  'why="The lease of the canary of $unit ran out $grace s ago"',
  `if [ "$boot" = promoted ]; then ${ofPromoted()}`,
  'elif [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "$now" -lt "$((until + grace))" ]; then exit 0; fi',
  'served=; [ ! -e "$drop_in" ] || served="$drop_in is there"',
  `shown=$(${BOUNDED} show --property=MainPID,ControlGroup "$unit")`,
  'pid=$(echo "$shown" | sed -n "s/^MainPID=//p") group=$(echo "$shown" | sed -n "s/^ControlGroup=//p")',
  'pids=$pid; [ -z "$group" ] || for root in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do pids="$pids $(find "$root$group" -name cgroup.procs -exec cat {} + 2>/dev/null)"; done',
  'if [ -z "$served" ] && [ "$pid" != "$(cat "$RUNTIME_DIRECTORY/restarted" 2>/dev/null)" ]; then ' +
    `each=$(timeout -s KILL ${FALLBACK_SECONDS} grep -lzs "^${CANARY_PREFIX}" $(printf "/proc/%s/environ " $pids) | head -n 1 | tr -dc 0-9); ` +
    `[ -z "$each" ] || served="its process $each has ${CANARY_PREFIX}* in its environment"; fi`,
  '[ -n "$served" ] || exit 0',
  'echo "$why, and $served: the drop-in is removed and the unit restarted."',
  'kept=; rm -f "$drop_in" || kept=yes',
  ...endsProcesses(BOUNDED),
  '[ -z "$kept" ] || { echo "$drop_in cannot be removed: $unit stays stopped until it is."; exit 1; }',
  `[ -z "$left" ] && ${BOUNDED} daemon-reload && { ${BOUNDED} reset-failed "$unit" || true; } && timeout 60 $systemctl start "$unit" ` +
    '&& $systemctl show --property=MainPID --value "$unit" > "$RUNTIME_DIRECTORY/restarted" && echo "Done, but not proven: run qsc rollback." && exit 0',
  'echo "That failed: remove $drop_in and restart $unit by hand."',
  "exit 1",
].join("; ");

/** The name of the fallback of a unit's dead-man. */
function fallbackName(unit: string): string {
  return `qsc-fallback-${engineName(unit)}`;
}

/** Rolls back a canary if the user's dead-man has lost the right to. Root installs it, and it always runs. */
export function fallback({ unit, services, systemctl, paths }: OperationContext): Guard {
  const dropIn = services.dropInPath(unit, CANARY_DROP_IN);
  return {
    name: fallbackName(unit),
    description: `Rolls back the canary of ${unit} if its dead-man cannot`,
    command: [
      "/bin/sh",
      "-c",
      SCRIPT,
      "qsc-fallback",
      paths.lease,
      dropIn,
      unit,
      systemctl ?? "systemctl",
      String(GRACE_SECONDS),
    ],
    everySeconds: LOOK_SECONDS,
    afterBootSeconds: LEASE_SECONDS + GRACE_SECONDS,
    installed: { user: "root", writable: [dirname(dropIn)], whenThere: null },
  };
}

/** @throws QscError `fallback_missing` if an unprivileged user has no fallback that root runs */
export async function requireFallback(context: OperationContext): Promise<void> {
  const owned = await asOwner(context);
  if (!mustBeInstalled(owned)) return;
  const { services, unit, user } = owned;
  const state = await services.guardState(fallbackName(unit));
  if (state === "armed") return;
  const what = state === "absent" ? "does not run" : `will not run: ${state.broken}`;
  throw new QscError(
    "fallback_missing",
    `${fallbackName(unit)}.timer ${what}: nothing would roll back a canary if ${user} lost its rights. Run qsc init --user ${user} as root.`,
  );
}
