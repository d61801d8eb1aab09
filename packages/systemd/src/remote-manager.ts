import { inertText } from "@qsc/contract";
import type { ServiceManager } from "./port.js";
import { ServiceError } from "./service-error.js";
import { UNITS } from "./system-manager.js";
import { managerOn } from "./systemd/manager.js";
import { remoteFiles } from "./systemd/remote-files.js";
import { shellQuote } from "./systemd/shell-quote.js";
import { REMOTE_ANSWER_MS } from "./systemd/systemctl.js";

/** Letters, digits, `.`, `_` and `-`, but not first where ssh or systemctl would read an option or a port. */
const HOST = /^(?:[A-Za-z_][A-Za-z0-9._-]*@)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
/** No one is there to type a password or accept a host key; a host that is down is reported soon. */
const SSH = ["ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "--"];
/** systemctl commands that, even with `--host`, act on the files of this machine if it was not booted with systemd. */
const FILE_VERBS: ReadonlySet<string> = new Set(["enable", "disable"]);

/**
 * The system units of another machine, as `user@machine` or a name of `~/.ssh/config` (which may also set a port).
 * Commands use systemctl's own remote mode; files and the journal use ssh, with a key and no password. The machine
 * needs a D-Bus, `systemd-stdio-bridge`, `sh` and GNU's coreutils.
 * @throws QscError `invalid_unit` for a text that is not a host
 */
export function remoteManager(host: string): ServiceManager {
  if (!HOST.test(host) || host.length > 255) {
    throw new ServiceError(
      "invalid_unit",
      `'${inertText(host)}' is not a host; write user@machine, and a port into ~/.ssh/config.`,
    );
  }
  const ssh = (argv: readonly string[]): readonly string[] => [
    ...SSH,
    host,
    argv.map((word) => shellQuote(word)).join(" "),
  ];
  return managerOn({
    label: `systemd on ${host}`,
    unitDirectory: UNITS,
    files: remoteFiles(ssh(["sh"])),
    answerMs: REMOTE_ANSWER_MS,
    systemctl: (args) =>
      args.some((word) => FILE_VERBS.has(word)) ? ssh(["systemctl", ...args]) : ["systemctl", "--host", host, ...args],
    journalctl: (args) => ssh(["journalctl", ...args]),
    shell: (script, args) => ssh(["sh", "-c", script, "sh", ...args]),
    look: (unit) => `systemctl --host ${host} status ${unit}`,
  });
}
