import { QscError } from "@qsc/contract";
import {
  confinementLines,
  problemOfCommand,
  problemOfConfinement,
  renderCommand,
  renderDescription,
  type Confinement,
} from "@qsc/systemd";
import { engineName } from "../canary/lease.js";

/** What `qsc init` is told of notifications. */
export interface NotifyRequest {
  /** The section `notify` of the config file, as it is to be written; empty if there is none. */
  readonly section: string;
  /** Whether the unit that sends is installed. */
  readonly isInstalled: boolean;
  /** The names of the systemd credentials that the section refers to. */
  readonly credentials: readonly string[];
}

export interface NotifyUnit {
  readonly engine: string;
  /** The whole command line; its program is an absolute path. */
  readonly command: readonly string[];
  readonly confinement: Confinement;
  readonly credentials: readonly string[];
}

/** Where root keeps the secrets that a unit is given: a file each, under the credential's name, readable by root alone. */
const CREDENTIALS = "/etc/qsc/credentials";

/** The name of the unit that sends the notifications about an engine's canary. */
export function notifyUnit(unit: string): string {
  return `qsc-notify-${engineName(unit)}.service`;
}

/**
 * The unit that sends notifications. It depends on no other unit of qsc, so that it outlives the watch and can tell of
 * its end. It is started again whatever ends it: what it had not sent by then, it sends afterwards.
 * @throws QscError `invalid_unit`
 */
export function notifyUnitText({ engine, command, confinement, credentials }: NotifyUnit): string {
  const problem = problemOfCommand(command) ?? problemOfConfinement(confinement) ?? problemOfCredentials(credentials);
  if (problem !== null)
    throw new QscError("invalid_unit", `The unit that notifies of ${engine} cannot be written: ${problem}.`);
  return [
    "# Sends what the audit log tells to the channels of the section notify in the settings.",
    "[Unit]",
    `Description=${renderDescription(`Sends notifications about the canary of ${engine}`)}`,
    "Wants=network-online.target",
    "After=network-online.target",
    "# However long the network or a receiver is away.",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=notify",
    // Notifications to systemd come from systemd-notify, a process of its own.
    "NotifyAccess=all",
    `ExecStart=${renderCommand(command)}`,
    "Restart=always",
    "RestartSec=5",
    "# Stopped while a channel fails.",
    "SuccessExitStatus=2",
    "TimeoutStartSec=60",
    "TimeoutStopSec=20",
    ...credentials.map((name) => `LoadCredential=${name}:${CREDENTIALS}/${name}`),
    ...confinementLines(confinement),
    "ProtectProc=invisible",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}

function problemOfCredentials(names: readonly string[]): string | null {
  const bad = names.find((name) => !/^\w[\w.-]*$/.test(name));
  return bad === undefined ? null : `'${bad}' is not the name of a credential`;
}
