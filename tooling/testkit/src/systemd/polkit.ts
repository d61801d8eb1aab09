import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { requireCommands } from "../require-command.js";
import type { Requirement } from "../requirement.js";
import type { RealSystemd } from "./server.js";

const POLKITD = "/usr/lib/polkit-1/polkitd";

const UNITS: Readonly<Record<string, readonly string[]>> = {
  "dbus.socket": ["[Socket]", "ListenStream=/run/dbus/system_bus_socket"],
  "dbus.service": [
    "[Unit]",
    "Requires=dbus.socket",
    "[Service]",
    "Type=notify",
    "NotifyAccess=main",
    "ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation",
  ],
  "polkit.service": [
    "[Unit]",
    "Requires=dbus.service",
    "After=dbus.service",
    "[Service]",
    "Type=dbus",
    "BusName=org.freedesktop.PolicyKit1",
    `ExecStart=${POLKITD} --no-debug`,
  ],
};
/**
 * The parts of this machine's configuration that a test may write: the polkit rules, and what systemd-tmpfiles creates.
 */
const PRIVATE = ["/etc/polkit-1/rules.d", "/etc/tmpfiles.d"];

/** What `startPolkit` needs, for `describeRequiring`. */
export function requirePolkit(): Requirement {
  return requireCommands("dbus-daemon", "pkcheck");
}

/**
 * A system bus and polkit inside a throw-away systemd, so that an unprivileged user can ask it to act. It has its own,
 * empty `/etc/polkit-1/rules.d` and `/etc/tmpfiles.d`.
 */
export async function startPolkit(systemd: RealSystemd): Promise<void> {
  for (const path of PRIVATE) {
    const own = join(systemd.directory, path.replaceAll("/", "-"));
    await mkdir(own, { recursive: true });
    await systemd.run("mount", "--bind", own, path);
  }
  for (const [name, lines] of Object.entries(UNITS))
    await writeFile(join(systemd.unitDirectory, name), `${lines.join("\n")}\n`);
  await systemd.run("systemctl", "daemon-reload");
  await systemd.run("systemctl", "start", "polkit.service");
}
