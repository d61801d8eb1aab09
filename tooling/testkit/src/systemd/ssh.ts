import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { RealSystemd } from "./server.js";

const BUS_SOCKET = "[Unit]\nDescription=D-Bus\n[Socket]\nListenStream=/run/dbus/system_bus_socket\n";
const BUS = `[Unit]
Description=D-Bus
Requires=dbus.socket
[Service]
Type=notify
ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only
`;

/**
 * Gives a throw-away systemd a D-Bus, and makes a program `ssh` that runs its command in there, whatever the host. So
 * everything in systemctl's remote mode is real, except the network.
 * @returns the directory of that `ssh`, to be put first in PATH
 */
export async function sshInto(systemd: RealSystemd): Promise<string> {
  await writeFile(join(systemd.unitDirectory, "dbus.socket"), BUS_SOCKET);
  await writeFile(join(systemd.unitDirectory, "dbus.service"), BUS);
  await systemd.run("systemctl", "daemon-reload");
  await systemd.run("systemctl", "start", "dbus.socket", "dbus.service");
  const directory = join(systemd.directory, "bin");
  await mkdir(directory, { recursive: true });
  const script = [
    "#!/bin/sh",
    "while :; do case $1 in --) shift; break;; -[op]) shift 2;; -*) shift;; *) break;; esac; done",
    "shift",
    // Like sshd: a shell reads the joined words. The shell is replaced by the command, so it ends with the command.
    `exec ${systemd.prefix.join(" ")} /bin/sh -c "exec $*"`,
    "",
  ];
  await writeFile(join(directory, "ssh"), script.join("\n"), { mode: 0o755 });
  return directory;
}
