import { inertText } from "@qsc/contract";
import { quote } from "../environment/render.js";
import type { Guard, GuardState } from "../port.js";
import { ServiceError } from "../service-error.js";
import type { Host } from "./host.js";
import { show } from "./show.js";
import { systemctl } from "./systemctl.js";

/** A run that takes longer is ended, and run again at the next turn: a guard that hangs guards nothing. */
const RUN_SECONDS = 90;
/** Exit codes that systemd gives a process which never came to run its program: 203 for a missing one. */
const NEVER_RAN: readonly [number, number] = [200, 243];
const REFUSED = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** Writes and enables a timer and its service; leaves them as they are where they already say the same and run. */
export async function armGuard(host: Host, guard: Guard): Promise<void> {
  const { timer, service } = unitsOf(host, guard.name);
  const texts = [
    [service.path, renderService(guard)],
    [timer.path, renderTimer(guard)],
  ] as const;
  const found = await Promise.all(texts.map(async ([path, text]) => (await host.files.read(path)) === text));
  if (found.every(Boolean) && (await guardState(host, guard.name)) === "armed") return;
  for (const [path, text] of texts) await host.files.write(path, text);
  const doing = `Arming the guard ${guard.name} failed`;
  await systemctl(host, ["daemon-reload"], { doing });
  await systemctl(host, ["enable", "--", timer.unit], { unit: timer.unit, doing });
  // A timer that runs keeps its old times through a reload.
  await systemctl(host, ["restart", "--", timer.unit], { unit: timer.unit, doing });
  const state = await guardState(host, guard.name);
  if (state === "armed") return;
  const problem = state === "absent" ? "systemd does not see it" : state.broken;
  throw new ServiceError("service_failed", `${doing}: ${problem}. See systemctl status ${timer.unit}.`, { unit: timer.unit });
}

/** Stops and removes both units. The timer goes first, so that nothing is started again. */
export async function disarmGuard(host: Host, name: string): Promise<void> {
  const { timer, service } = unitsOf(host, name);
  const doing = `Disarming the guard ${name} failed`;
  for (const { unit, path } of [timer, service]) {
    const state = await show(host, unit, ["LoadState", "ActiveState"]);
    if (state.get("ActiveState") !== "inactive") await systemctl(host, ["stop", "--", unit], { unit, doing });
    if (unit === timer.unit && (await host.files.read(path)) !== null) {
      await systemctl(host, ["disable", "--", unit], { unit, doing });
    }
    await host.files.remove(path);
  }
  await systemctl(host, ["daemon-reload"], { doing });
}

/** Whether the timer is there, enabled, waiting, and has a service that can be run. */
export async function guardState(host: Host, name: string): Promise<GuardState> {
  const { timer, service } = unitsOf(host, name);
  const [timed, served] = await Promise.all([
    show(host, timer.unit, ["LoadState", "ActiveState", "SubState", "UnitFileState", "Result"]),
    show(host, service.unit, ["LoadState", "Result", "ExecMainStatus", "ExecMainCode"]),
  ]);
  const timerLoad = timed.get("LoadState");
  const active = timed.get("ActiveState");
  if (timerLoad === "not-found" && served.get("LoadState") === "not-found" && active === "inactive") return "absent";
  if (timerLoad !== "loaded") return { broken: `${timer.unit} is ${timerLoad ?? "unknown"}` };
  if (served.get("LoadState") !== "loaded") return { broken: `${service.unit} is ${served.get("LoadState") ?? "unknown"}` };
  const enabled = timed.get("UnitFileState");
  if (enabled !== "enabled") return { broken: `${timer.unit} is ${enabled ?? "unknown"}: it will not survive a reboot` };
  if (active !== "active") return { broken: `${timer.unit} is ${active ?? "unknown"}, result ${timed.get("Result") ?? "unknown"}` };
  // `elapsed` means that the timer sees no next time.
  if (timed.get("SubState") === "elapsed") return { broken: `${timer.unit} has no next run` };
  const status = Number(served.get("ExecMainStatus"));
  if (served.get("Result") === "exit-code" && status >= NEVER_RAN[0] && status <= NEVER_RAN[1]) {
    return { broken: `${service.unit} cannot run its command (systemd's status ${status})` };
  }
  return "armed";
}

function unitsOf(host: Host, name: string): Record<"timer" | "service", { unit: string; path: string }> {
  const of = (suffix: string) => ({ unit: `${name}.${suffix}`, path: `${host.unitDirectory}/${name}.${suffix}` });
  return { timer: of("timer"), service: of("service") };
}

function renderService({ description, command }: Guard): string {
  return unitText([
    "[Unit]",
    `Description=${describe(description)}`,
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=oneshot",
    `ExecStart=${renderCommand(command)}`,
    `TimeoutStartSec=${RUN_SECONDS}s`,
  ]);
}

function renderTimer({ name, description, everySeconds, afterBootSeconds }: Guard): string {
  return unitText([
    "[Unit]",
    `Description=${describe(description)}`,
    "",
    "[Timer]",
    `Unit=${name}.service`,
    // Counts from the start of the timer: at boot, and when it is armed. OnBootSec would run it at once when armed later.
    `OnActiveSec=${afterBootSeconds}s`,
    `OnUnitActiveSec=${everySeconds}s`,
    "AccuracySec=1s",
    "",
    "[Install]",
    "WantedBy=timers.target",
  ]);
}

function unitText(lines: readonly string[]): string {
  return ["# Written by @qsc/systemd.", ...lines, ""].join("\n");
}

/** A command line for ExecStart=: every word quoted, and neither specifiers nor variables expanded. */
function renderCommand(command: readonly string[]): string {
  return command.map((word) => quote(word).replaceAll("$", "$$$$")).join(" ");
}

function describe(description: string): string {
  return inertText(description).replaceAll("\\", "/").replaceAll("%", "%%");
}

/**
 * Asserts that a guard's command, times and description can be written into unit files.
 * @throws QscError `invalid_unit`.
 */
export function assertGuard(guard: Guard): void {
  const problem = problemOf(guard);
  if (problem === null) return;
  throw new ServiceError("invalid_unit", `The guard ${guard.name} cannot be armed: ${problem}.`, { unit: guard.name });
}

function problemOf({ command, everySeconds, afterBootSeconds }: Guard): string | null {
  const [program] = command;
  if (program?.startsWith("/") !== true) return `its program '${inertText(program ?? "")}' is no absolute path`;
  const hostile = command.find((word) => REFUSED.test(word));
  if (hostile !== undefined) return `its argument '${inertText(hostile)}' has a control character`;
  for (const seconds of [everySeconds, afterBootSeconds]) {
    if (!Number.isSafeInteger(seconds) || seconds < 1) return `${seconds} is no whole number of seconds from 1 on`;
  }
  return null;
}
