import { dirname } from "node:path";
import type { Guard } from "@qsc/systemd";
import { CANARY_DROP_IN } from "./drop-in.js";
import { replaceFile } from "./files.js";
import type { CanaryWorld } from "./world.js";

/** Without a renewal for so long the canary is taken back. With what follows, well below 120 s. */
export const LEASE_SECONDS = 45;
/** Between two commands nobody watches for so long at most: an activation and its watch, a watch and the promotion. */
export const HANDOVER_SECONDS = 60;
/** How often the dead-man looks. */
const LOOK_SECONDS = 10;
/** The dead-man first tries the tool, for so long: with a handover, a look and the restart that follows it is below 120 s. */
const TOOL_SECONDS = 35;
/** A timer may be late by its accuracy, and what is around a stop takes its time, in seconds. */
const SLACK_SECONDS = 4;
/** Within so many seconds a canary is gone that is not watched. */
const PROMISE_SECONDS = 120;
/** What is left of that for the unit to stop, in milliseconds. */
export const LONGEST_STOP_MS: number = (PROMISE_SECONDS - HANDOVER_SECONDS - LOOK_SECONDS - TOOL_SECONDS - SLACK_SECONDS) * 1000;
/** The file keeps its size, so that it can be renewed on a full disk. */
const WIDTH = 80;

/**
 * The dead-man, in the shell that every host has: it needs nothing of what it guards against. First the tool's own
 * rollback, which proves what it does; where that does not end well, the drop-in goes and the unit is restarted.
 * Arguments: the lease file, the drop-in, the unit, how `systemctl` is called (or `-` where there is none), the tool.
 */
const SCRIPT = [
  'lease=$1 drop_in=$2 unit=$3 systemctl=$4; shift 4',
  'boot= until=0; [ ! -r "$lease" ] || read -r boot until rest < "$lease"',
  '[ "$boot" = promoted ] && exit 0',
  "read -r now rest < /proc/uptime",
  '[ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "${now%%.*}" -lt "$until" ] && exit 0',
  'served=; [ ! -e "$lease" ] && [ ! -e "$drop_in" ] || served=yes',
  `timeout ${TOOL_SECONDS} "$@" && exit 0`,
  '[ -n "$served" ] && [ "$systemctl" != - ] || exit 1',
  'rm -f "$drop_in" && $systemctl daemon-reload && { $systemctl reset-failed "$unit" || true; } && $systemctl restart "$unit" && rm -f "$lease"',
  "exit 1",
].join("; ");

/** The name of a unit's dead-man. */
export function guardName(unit: string): string {
  return `qsc-deadman-${engineName(unit)}`;
}

/** A unit's name as a part of another unit's. */
export function engineName(unit: string): string {
  return unit.replace(/\.service$/, "").replace(/[^\w-]/g, "-");
}

/** Grants the canary so many seconds more, from now. */
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

/** Whether the lease still runs. One that cannot be read does not. */
export async function leaseRuns({ files, paths, clock }: CanaryWorld): Promise<boolean> {
  const [boot, until] = ((await files.read(paths.lease)) ?? "").trim().split(" ");
  const { id, uptimeSeconds } = await clock.boot();
  return boot === id && uptimeSeconds < Number(until);
}

/** What takes the canary back when nobody watches it any more: by itself, again and again, and after a reboot. */
export function deadMan(world: CanaryWorld): Guard {
  const { unit, services, systemctl, paths, program } = world;
  const rollback = [...program, "rollback", "--config", paths.settings, "--reason", "nobody watches the canary any more", "--take-over", "--quiet"];
  const dropIn = services.dropInPath(unit, CANARY_DROP_IN);
  return {
    name: guardName(unit),
    description: `Takes the canary of ${unit} back when nobody watches it`,
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
