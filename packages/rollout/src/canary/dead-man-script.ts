import {
  FALLBACK_KILL_SECONDS,
  FALLBACK_SECONDS,
  LEASE_FILE_SECONDS,
  START_SECONDS,
  TOOL_KILL_SECONDS,
  TOOL_SECONDS,
} from "../operation/bounds.js";
import { answerOf, endsProcesses } from "./dead-man-shell.js";
import { REOPENED_NOTE, RESTARTED } from "./restarted.js";

/** The word in a lease, instead of a boot ID, that says that no canary is left. */
export const CLEAN = "clean";

/** Says whether a lease is there, and its first two words. Of a lease that does not answer it says nothing. */
const LOOK =
  'if [ -e "$1" ]; then boot= until=; [ ! -r "$1" ] || read -r boot until rest < "$1"; ' +
  'printf "there %s %s" "$boot" "$until"; echo; else echo gone; fi';

/**
 * The dead-man, a script for the shell that every host has: it needs nothing of what it guards against. First it runs
 * the tool's own rollback, which proves its result. Unless that succeeds, and leaves neither a drop-in nor a lease, or
 * one that says that no canary is left, the script removes the drop-in and restarts the unit. If the drop-in cannot be removed, the unit stays stopped.
 * A lease that cannot be removed is noted beside the drop-in: the unit is not restarted for it again.
 * Commands that do not end in time are killed. What may touch the lease's disk is never waited for, as on a disk that
 * hangs even a kill may not end it: only its output is, through a pipe. A lease that does not answer counts as run out,
 * and as a canary's. The unit is stopped by systemd under its own rules; what these leave, or take too long to end, is
 * killed. A run that takes too long is ended as a whole (RUN_SECONDS of the guard). Arguments: the lease file, the
 * drop-in, the unit, the `systemctl` command (or `-` without systemd), the tool.
 */
export const DEAD_MAN_SCRIPT: string = [
  "lease=$1 drop_in=$2 unit=$3 systemctl=$4; shift 4; set -f",
  `look() { set -- $(${answerOf(`sh -c '${LOOK}' look "$lease" 2>/dev/null`, "head -n 1")}); found=\${1-} boot=\${2-} until=\${3-}; }`,
  `look; [ -n "$found" ] || echo "$lease did not answer within ${LEASE_FILE_SECONDS} s: it counts as run out."`,
  `note=\${drop_in%/*}/${RESTARTED} reopened=\${drop_in%/*}/${REOPENED_NOTE}`,
  'runs() { read -r now rest < /proc/uptime; { [ "$boot" = promoted ] && [ "$(readlink "$reopened")" != "$boot $until" ]; } || { [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "${now%%.*}" -lt "$until" ]; }; }',
  "runs && exit 0",
  // Its output goes where the script's goes, and only its exit code into the pipe.
  `{ code=$({ { timeout -k ${TOOL_KILL_SECONDS} ${TOOL_SECONDS} "$@" >&3 3>&-; echo $? 2>/dev/null; } & } | timeout ${TOOL_SECONDS + TOOL_KILL_SECONDS} head -n 1); } 3>&1`,
  `look; served=; [ "$found" = gone ] || [ "$boot" = ${CLEAN} ] || served=yes; [ ! -e "$drop_in" ] || served=yes`,
  // A tool whose file was emptied also exits with 0.
  '[ "$code" = 0 ] && [ -z "$served" ] && exit 0',
  // Only another activation gives it more time: this run was stopped for as long as that took.
  'runs && { echo "$unit has another canary by now, which is monitored: it is left alone."; exit 0; }',
  `echo "The tool did not roll back $unit (it exited with \${code:-137}; 124: after ${TOOL_SECONDS} s, 137: killed): see its output above, and qsc status."`,
  '[ -n "$served" ] && [ "$systemctl" != - ] || exit 1',
  '[ -e "$drop_in" ] || [ "${until:-0}" = 0 ] || [ "$(readlink "$note")" != "$boot $until" ] || ' +
    '{ echo "$unit was restarted without its drop-in, and is not restarted again; but $lease cannot be written: see to its disk."; exit 1; }',
  'echo "A canary may be left: the drop-in is removed and the unit restarted."',
  `bounded="timeout -k ${FALLBACK_KILL_SECONDS} ${FALLBACK_SECONDS} $systemctl"`,
  // The note must not outlive a drop-in: a run that ends before the restart is repeated.
  'rm -f "$note"; kept=; rm -f "$drop_in" || kept=yes',
  ...endsProcesses("$bounded"),
  '[ -z "$kept" ] || { echo "$drop_in cannot be removed: $unit stays stopped until it is."; exit 1; }',
  '$bounded daemon-reload && { $bounded reset-failed "$unit" || true; } && ' +
    `timeout -k ${FALLBACK_KILL_SECONDS} ${START_SECONDS} $systemctl start "$unit" && ` +
    `[ -z "$left" ] && { ln -sfn "$boot $until" "$note" || true; } && ${answerOf('rm -f "$lease"', "cat")}`,
  "exit 1",
].join("; ");
