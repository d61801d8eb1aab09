import { ownerOf, renderGuard, saysTheSame } from "../guard/units.js";
import type { Guard, GuardState } from "../port.js";
import { ServiceError } from "../service-error.js";
import type { Host } from "./host.js";
import { resetFailed } from "./lifecycle.js";
import { show, type Properties } from "./show.js";
import { systemctl } from "./systemctl.js";

/** Exit codes that systemd reports for a process that never ran its program: 203 for a missing one. */
const NEVER_RAN: readonly [number, number] = [200, 243];

/** What is asked of the timer, and of the service. */
const TIMER = ["LoadState", "ActiveState", "SubState", "UnitFileState", "Result", "NeedDaemonReload", "DropInPaths"];
const SERVICE = ["LoadState", "ActiveState", "Result", "ExecMainStatus", "NeedDaemonReload", "DropInPaths"];

/** A guard's two units, as systemd sees them. */
interface Observation {
  readonly timer: Properties;
  readonly service: Properties;
}

/**
 * Does whichever of these steps are missing: write the files, have systemd read them, enable the timer, start it. If
 * the files were installed beforehand, only the start remains, which needs the fewest rights.
 */
export async function armGuard(host: Host, guard: Guard): Promise<void> {
  const { timer, service } = unitsOf(guard.name);
  const doing = `Arming the guard ${guard.name} failed`;
  const ask = (verb: string): Promise<string> => systemctl(host, [verb, "--", timer], { unit: timer, doing });
  const isNew = await writeUnits(host, guard);
  let sight = await look(host, guard.name);
  if (isNew || needsReload(sight)) {
    await systemctl(host, ["daemon-reload"], { doing });
    sight = await look(host, guard.name);
  }
  if (sight.timer.get("UnitFileState") !== "enabled") await ask("enable");
  if (isNew || stateOf(guard.name, sight) !== "armed") {
    for (const [unit, properties] of [
      [timer, sight.timer],
      [service, sight.service],
    ] as const) {
      if (properties.get("Result") !== "success") await resetFailed(host, unit);
    }
    // A running timer keeps its old times through a reload.
    await ask(sight.timer.get("ActiveState") === "active" ? "restart" : "start");
  }
  const state = await guardState(host, guard.name);
  if (state === "armed") return;
  const problem = state === "absent" ? "its timer does not run" : state.broken;
  throw new ServiceError("service_failed", `${doing}: ${problem}. See ${host.look(timer)}.`, { unit: timer });
}

/**
 * Stops both units and removes the files that arming wrote. Files installed beforehand stay, and so do those that the
 * user may not remove. If a run of the guard itself calls this, the run is not killed: the timer stops and no run
 * follows.
 */
export async function disarmGuard(host: Host, name: string): Promise<void> {
  const { timer, service } = unitsOf(name);
  const doing = `Disarming the guard ${name} failed`;
  const before = await look(host, name);
  if (before.timer.get("ActiveState") !== "inactive")
    await systemctl(host, ["stop", "--", timer], { unit: timer, doing });
  await removeUnits(host, name, doing);
  const { service: left } = await look(host, name);
  const isOwnRun = left.get("InvocationID") === process.env["INVOCATION_ID"];
  if (left.get("ActiveState") === "failed") await resetFailed(host, service);
  else if (left.get("ActiveState") !== "inactive" && !isOwnRun)
    await systemctl(host, ["stop", "--", service], { unit: service, doing });
}

/** Whether the timer runs, is enabled, and has a service that can run. */
export async function guardState(host: Host, name: string): Promise<GuardState> {
  return stateOf(name, await look(host, name));
}

function stateOf(name: string, { timer, service }: Observation): GuardState {
  const units = unitsOf(name);
  const [load, active] = [timer.get("LoadState"), timer.get("ActiveState")];
  if (active === "inactive" && (load === "not-found" || load === "loaded")) return "absent";
  if (load !== "loaded") return { broken: `${units.timer} is ${load ?? "unknown"}` };
  if (service.get("LoadState") !== "loaded")
    return { broken: `${units.service} is ${service.get("LoadState") ?? "unknown"}` };
  const missing = [...notShown(units.timer, timer, TIMER), ...notShown(units.service, service, SERVICE)];
  if (missing.length > 0) return { broken: `systemctl does not show ${missing.join(", ")}` };
  const change = changeOf(timer) ?? changeOf(service);
  if (change !== null) return { broken: `${change} changes what it does: remove that drop-in` };
  const enabled = timer.get("UnitFileState");
  if (enabled !== "enabled")
    return { broken: `${units.timer} is ${enabled ?? "unknown"}: it will not survive a reboot` };
  if (active !== "active")
    return { broken: `${units.timer} is ${active ?? "unknown"}, result ${timer.get("Result") ?? "unknown"}` };
  // `elapsed` means that the timer has no next time.
  if (timer.get("SubState") === "elapsed") return { broken: `${units.timer} has no next run` };
  const status = Number(service.get("ExecMainStatus"));
  if (service.get("Result") === "exit-code" && status >= NEVER_RAN[0] && status <= NEVER_RAN[1]) {
    return { broken: `${units.service} cannot run its command (systemd's status ${status})` };
  }
  return "armed";
}

/** The properties that an answer lacks: what was not said is not taken for none. */
function notShown(unit: string, shown: Properties, names: readonly string[]): readonly string[] {
  return names.filter((name) => !shown.has(name)).map((name) => `${name} of ${unit}`);
}

/**
 * A drop-in of a guard's unit: another command, or other times. Those of all services or timers (`service.d`) are a
 * distribution's. Null where there is none.
 */
function changeOf(unit: Properties): string | null {
  const paths = (unit.get("DropInPaths") ?? "").split(/\s+/).filter((path) => path !== "");
  return paths.find((path) => !/\/(?:service|timer)\.d\/[^/]*$/.test(path)) ?? null;
}

/** Writes the files whose content is not as expected; returns whether there were any. */
async function writeUnits(host: Host, guard: Guard): Promise<boolean> {
  let written = false;
  for (const [index, { name, text }] of renderGuard(guard, "armed").entries()) {
    const found = await host.files.read(pathOf(host, name));
    if (saysTheSame(found, text)) continue;
    if (guard.installed !== undefined) throw notInstalled(name, guard.installed.user);
    await host.files.write(pathOf(host, name), renderGuard(guard, ownerOf(found))[index]?.text ?? text);
    written = true;
  }
  return written;
}

function notInstalled(name: string, user: string): ServiceError {
  return new ServiceError(
    "service_permission",
    `${name} is not installed as ${user} needs it now. Run qsc init --user ${user} as root, with the same settings.`,
    { unit: name },
  );
}

/** Disables the timer and removes both files, if they belong to the guard and the user may. */
async function removeUnits(host: Host, name: string, doing: string): Promise<void> {
  const { timer, service } = unitsOf(name);
  const found = await Promise.all([timer, service].map(async (unit) => await host.files.read(pathOf(host, unit))));
  if (found.every((text) => text === null) || found.some((text) => ownerOf(text) === "installed")) return;
  try {
    if (found[0] !== null) await systemctl(host, ["disable", "--", timer], { unit: timer, doing });
    for (const unit of [timer, service]) await host.files.remove(pathOf(host, unit));
    await systemctl(host, ["daemon-reload"], { doing });
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== "service_permission") throw error;
  }
}

async function look(host: Host, name: string): Promise<Observation> {
  const units = unitsOf(name);
  const [timer, service] = await Promise.all([
    show(host, units.timer, TIMER),
    show(host, units.service, [...SERVICE, "InvocationID"]),
  ]);
  return { timer, service };
}

/** Also works if systemd has not noticed the files yet. */
function needsReload({ timer, service }: Observation): boolean {
  return [timer, service].some(
    (properties) => properties.get("NeedDaemonReload") === "yes" || properties.get("LoadState") === "not-found",
  );
}

function pathOf(host: Host, unit: string): string {
  return `${host.unitDirectory}/${unit}`;
}

function unitsOf(name: string): Record<"timer" | "service", string> {
  return { timer: `${name}.timer`, service: `${name}.service` };
}
