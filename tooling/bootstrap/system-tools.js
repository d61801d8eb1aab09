import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import { run } from "./run.js";
import { reportLine } from "./step.js";

/** The programs that the tests start besides Node, and the Debian packages that have them. */
const tools = [
  { command: "redis-server", package: "redis-server" },
  { command: "redis-cli", package: "redis-tools" },
  { command: "nats-server", package: "nats-server" },
  { command: "ssh", package: "openssh-client" },
  { command: "sshd", package: "openssh-server" },
  { command: "openssl", package: "openssl" },
  { command: "logrotate", package: "logrotate" },
  { command: "systemd-analyze", package: "systemd" },
  { command: "dbus-daemon", package: "dbus" },
  { command: "pkcheck", package: "polkitd" },
  { command: "chromium", package: "chromium" },
  { command: "zsh", package: "zsh" },
  { command: "fish", package: "fish" },
  { command: "mandoc", package: "mandoc" },
  { command: "promtool", package: "prometheus" },
  { command: "prometheus", package: "prometheus" },
  { command: "prometheus-alertmanager", package: "prometheus-alertmanager" },
  { command: "aiosmtpd", package: "python3-aiosmtpd" },
  { command: "python3", package: "python3" },
  { command: "curl", package: "curl" },
];

/**
 * Installs missing programs from the distribution's packages, if this process may.
 *
 * @returns {Promise<string[]>} the commands that are still missing
 */
export async function bringSystemTools() {
  const missing = tools.filter(({ command }) => !onPath(command));
  if (missing.length > 0 && process.getuid?.() === 0 && onPath("apt-get")) {
    await install(missing.map((tool) => tool.package));
  }
  return missing.map(({ command }) => command).filter((command) => !onPath(command));
}

/** @param {string[]} packages */
async function install(packages) {
  const started = performance.now();
  // The tests start servers of their own: none of the distribution's is started, so that no port of this machine opens.
  const env = { DEBIAN_FRONTEND: "noninteractive", SYSTEMD_OFFLINE: "1" };
  const commands = [["update"], ["install", "-y", "--no-install-recommends", ...packages]];
  for (const args of commands) {
    const { code, output } = await run("apt-get", args, { output: "quiet", env });
    if (code === 0) continue;
    reportLine(packages.join(", "), "FAILED", started);
    console.log(`${output.trimEnd()}\n\nFailed (exit code ${code}): apt-get ${args.join(" ")}`);
    return;
  }
  reportLine(packages.join(", "), "ok", started);
}

/** @param {string} command */
function onPath(command) {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
