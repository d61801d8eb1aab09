import { dirname } from "node:path";
import { renderCommand, type Guard } from "@qsc/systemd";
import {
  FALLBACK_KILL_SECONDS,
  FALLBACK_SECONDS,
  HANDOVER_SECONDS,
  LONGEST_STOP_SECONDS,
  LOOK_SECONDS,
  TOOL_KILL_SECONDS,
  TOOL_SECONDS,
} from "./bounds.js";
import { LEASE_SECONDS } from "./lease-seconds.js";
import { CANARY_DROP_IN } from "./drop-in.js";
import { replaceFile } from "./files.js";
import type { CanaryWorld } from "./world.js";

export { HANDOVER_SECONDS };

/** Stands in a lease in the place of a boot. */
const CLEAN = "clean";
/** The file keeps its size, so that it can be renewed on a full disk. */
const WIDTH = 80;

/**
 * The dead-man, in the shell that every host has: it needs nothing of what it guards against. First the tool's own
 * rollback, which proves what it does; where that does not end well, the drop-in goes and the unit is restarted. What
 * does not end in time is killed. The stop is systemd's, by the unit's own rules; what these leave, or take longer to end,
 * is killed. A run that takes longer is ended as a whole (RUN_SECONDS of the guard).
 * Arguments: the lease file, the drop-in, the unit, how `systemctl` is called (or `-` where there is none), the tool.
 */
const SCRIPT = [
  'lease=$1 drop_in=$2 unit=$3 systemctl=$4; shift 4',
  'boot= until=0; [ ! -r "$lease" ] || read -r boot until rest < "$lease"',
  '[ "$boot" = promoted ] && exit 0',
  "read -r now rest < /proc/uptime",
  '[ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "${now%%.*}" -lt "$until" ] && exit 0',
  `served=; [ -e "$lease" ] && [ "$boot" != ${CLEAN} ] && served=yes; [ ! -e "$drop_in" ] || served=yes`,
  `timeout -k ${TOOL_KILL_SECONDS} ${TOOL_SECONDS} "$@" && exit 0`,
  `echo "The tool did not roll back $unit (it ended with $?; 124: after ${TOOL_SECONDS} s): see what it says above, and qsc status."`,
  '[ -n "$served" ] && [ "$systemctl" != - ] || exit 1',
  'echo "A canary may be left: the drop-in is removed and the unit restarted."',
  `bounded="timeout -k ${FALLBACK_KILL_SECONDS} ${FALLBACK_SECONDS} $systemctl"`,
  'rm -f "$drop_in" || exit 1',
  ...endsProcesses("$bounded"),
  '$bounded daemon-reload && { $bounded reset-failed "$unit" || true; } && $systemctl start "$unit" && [ -z "$left" ] && rm -f "$lease"',
  "exit 1",
].join("; ");

/**
 * Lines of a shell that end what runs in "$unit", as `left` says where that is not known to have succeeded. A kill is refused
 * where nothing is left, too: then the unit has no control group.
 * @param bounded how `$systemctl` is called so that it ends in time
 */
export function endsProcesses(bounded: string): readonly string[] {
  return [
    "left=",
    `timeout -s KILL ${LONGEST_STOP_SECONDS} $systemctl stop "$unit"`,
    `${bounded} kill --signal=SIGKILL "$unit" 2>/dev/null || [ "$(${bounded} show --property=ControlGroup "$unit")" = ControlGroup= ] || left=yes`,
    '[ -z "$left" ] || echo "What is left of $unit could not be killed."',
  ];
}

/** The name of a unit's dead-man. */
export function guardName(unit: string): string {
  return `qsc-deadman-${engineName(unit)}`;
}

/**
 * A unit's name as a part of another unit's: different for different units. Letters, digits and `-` stay; any other
 * character becomes `_` and its two hexadecimal digits, as in `engine_40a` for `engine@a.service`.
 */
export function engineName(unit: string): string {
  const escaped = (character: string): string => `_${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  return unit.replace(/\.service$/, "").replace(/[^A-Za-z0-9-]/g, escaped);
}

/**
 * The dead-man of a unit by the name that older versions gave it, which another unit may have, too: null where it has
 * the same name today, or where there is none of this unit.
 */
export async function olderGuard({ services, unit, files }: CanaryWorld): Promise<string | null> {
  const name = `qsc-deadman-${unit.replace(/\.service$/, "").replace(/[^\w-]/g, "-")}`;
  if (name === guardName(unit)) return null;
  const { fragment } = await services.state(`${name}.service`);
  const text = fragment === null ? null : await files.read(fragment);
  const command = /^ExecStart=(.+)$/m.exec(text ?? "")?.[1] ?? "";
  return command.includes(` ${renderCommand([unit])} `) ? name : null;
}

/**
 * Grants a canary whose lease still runs more time, up to this uptime. Answers whether it still ran: one that has run out,
 * is of another boot or cannot be read is not renewed, since its dead-man acts, or has acted.
 */
export async function prolongLease({ files, paths, clock }: CanaryWorld, untilSeconds: number): Promise<boolean> {
  const lease = await files.read(paths.lease);
  const { id, uptimeSeconds } = await clock.boot();
  if (lease === null || !runs(lease, id, uptimeSeconds)) return false;
  const text = leaseText(`${id} ${Math.floor(untilSeconds)}`);
  // A lease that is gone by now is not made again.
  if (lease.length === WIDTH) await files.overwrite(paths.lease, text);
  else await replaceFile(files, paths.lease, text);
  return true;
}

/** How many seconds a lease that runs still has; 0 for one that does not. */
export async function leaseLeft({ files, paths, clock }: CanaryWorld): Promise<number> {
  const lease = (await files.read(paths.lease)) ?? "";
  const { id, uptimeSeconds } = await clock.boot();
  return runs(lease, id, uptimeSeconds) ? Number(lease.trim().split(" ")[1]) - uptimeSeconds : 0;
}

function runs(lease: string, bootId: string, uptimeSeconds: number): boolean {
  const [boot, until] = lease.trim().split(" ");
  return boot === bootId && uptimeSeconds < Number(until);
}

/** Grants the canary this many seconds, from now. */
export async function renewLease({ files, paths, clock }: CanaryWorld, seconds: number): Promise<void> {
  const { id, uptimeSeconds } = await clock.boot();
  const text = leaseText(`${id} ${Math.floor(uptimeSeconds + seconds)}`);
  if ((await files.read(paths.lease))?.length === WIDTH) await files.overwrite(paths.lease, text);
  else await replaceFile(files, paths.lease, text);
}

/** Lets the canary live without anybody: it was watched to the end with the whole vote. Holds through reboots. */
export async function endLease({ files, paths }: CanaryWorld): Promise<void> {
  await replaceFile(files, paths.lease, leaseText("promoted 0"));
}

function leaseText(lease: string): string {
  return `${lease.padEnd(WIDTH - 1)}\n`;
}

/**
 * Ends a lease that runs, so that the dead-man acts at its next look. One that is over stays as it is: the fallback counts
 * from its end.
 */
export async function cutLease(world: CanaryWorld): Promise<void> {
  if (await leaseRuns(world)) await renewLease(world, 0);
}

/** Says in a lease that is there that no canary is left: from now on the dead-man only proves that, and restarts nothing by itself. */
export async function cleanLease({ files, paths }: CanaryWorld): Promise<void> {
  // In its place, so that a full disk does not matter.
  if ((await files.read(paths.lease)) !== null) await files.overwrite(paths.lease, leaseText(`${CLEAN} 0`));
}

/** Whether the lease lets a promoted canary live: then no dead-man acts. */
export async function isLeaseEnded({ files, paths }: CanaryWorld): Promise<boolean> {
  return (await files.read(paths.lease))?.startsWith("promoted ") === true;
}

/** Whether the lease still runs. One that cannot be read does not. */
export async function leaseRuns(world: CanaryWorld): Promise<boolean> {
  return (await leaseLeft(world)) > 0;
}

/** What takes the canary back once it is unmonitored: by itself, again and again, and after a reboot. */
export function deadMan(world: CanaryWorld): Guard {
  const { unit, services, systemctl, paths, program } = world;
  const rollback = [...program, "rollback", "--config", paths.settings, "--reason", "the canary is unmonitored", "--take-over", "--quiet"];
  const dropIn = services.dropInPath(unit, CANARY_DROP_IN);
  return {
    name: guardName(unit),
    description: `Rolls back the canary of ${unit} once it is unmonitored`,
    command: ["/bin/sh", "-c", SCRIPT, "qsc-deadman", paths.lease, dropIn, unit, systemctl ?? "-", ...rollback],
    everySeconds: LOOK_SECONDS,
    afterBootSeconds: LEASE_SECONDS,
    ...(mustBeInstalled(world) && {
      installed: { user: world.user, writable: [world.workdir, dirname(dropIn)], whenThere: paths.lease },
    }),
  };
}

/** Who is not root cannot install a dead-man among this host's units: root has done it before (`qsc init`). */
export function mustBeInstalled({ systemctl, user, settings }: CanaryWorld): boolean {
  return systemctl === "systemctl" && settings["host"] === undefined && user !== "root";
}
