import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { RealSystemd } from "./server.js";

/** Root's own user manager, in the slice where the journal looks for it. */
const UNIT = (program: string, configHome: string): string => `[Unit]
Description=User manager of %i
[Service]
Type=notify
Slice=user-%i.slice
ExecStartPre=/bin/mkdir -p /run/user/%i
ExecStart=${program} --user
Environment=XDG_RUNTIME_DIR=/run/user/%i XDG_CONFIG_HOME=${configHome}
Delegate=yes
KillMode=mixed
`;

/** A `systemd --user` inside a throw-away systemd. */
export interface UserSystemd {
  /** Its directory of unit files. The path is the same here and inside. */
  readonly unitDirectory: string;
}

/** Starts root's `systemd --user`. It ends together with the systemd in which it runs. */
export async function startUserSystemd(systemd: RealSystemd): Promise<UserSystemd> {
  const configHome = join(systemd.directory, "user-config");
  const unitDirectory = join(configHome, "systemd", "user");
  await mkdir(unitDirectory, { recursive: true });
  // The program that runs as PID 1 in there.
  const { stdout } = await systemd.run("readlink", "/proc/1/exe");
  await writeFile(join(systemd.unitDirectory, "user@.service"), UNIT(stdout.trim(), configHome));
  await systemd.run("systemctl", "daemon-reload");
  await systemd.run("systemctl", "start", "user@0.service");
  return { unitDirectory };
}
