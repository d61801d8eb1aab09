import { QscError } from "@qsc/contract";
import { problemOfCommand, problemOfConfinement, readerLines, renderCommand, renderDescription } from "@qsc/systemd";
import { engineName } from "../canary/lease.js";

export interface ConsoleUnit {
  readonly engine: string;
  /** How this tool is started. */
  readonly program: readonly string[];
  /** The group of the user who watches, and whose files this group may read. */
  readonly group: string;
  /** The config file, which may contain a source's password: only root and its owner may read it. */
  readonly config: string;
  /** The policy of the watch, which may be only its owner's to read, too. */
  readonly policy: string;
  /** The file with the console's token; null if it asks for none. */
  readonly tokenFile: string | null;
}

/** The name of the unit that shows an engine's canary. */
export function consoleUnit(engine: string): string {
  return `qsc-console-${engineName(engine)}.service`;
}

/**
 * The unit of the console. It runs as a user of its own, who may read what the watch's group may, and to whom systemd
 * hands the config file. Its end harms nothing, so that it is simply started again.
 * @throws QscError `invalid_unit`
 */
export function consoleUnitText({ engine, program, group, config, policy, tokenFile }: ConsoleUnit): string {
  // Where systemd puts what it hands over; it needs no escape, and would not keep its meaning with one.
  const credentials = `/run/credentials/${consoleUnit(engine)}`;
  const asks = tokenFile === null ? [] : ["--console-token-file", `${credentials}/token`];
  const command = [
    ...[...program, "console", "--config", `${credentials}/config`, "--policy", `${credentials}/policy`],
    ...asks,
  ];
  const loaded = Object.entries({ config, policy, ...(tokenFile !== null && { token: tokenFile }) });
  const problem =
    problemOfCommand(command) ?? problemOfConfinement({ user: group, writable: loaded.map(([, path]) => path) });
  if (problem !== null)
    throw new QscError("invalid_unit", `The unit of the console of ${engine} cannot be written: ${problem}.`);
  return [
    `# Start it, now and at every boot: systemctl enable --now ${consoleUnit(engine)}`,
    "[Unit]",
    `Description=${renderDescription(`Shows the canary of ${engine}; it only reads`)}`,
    "After=network-online.target",
    "",
    "[Service]",
    "Type=exec",
    `ExecStart=${renderCommand(command)}`,
    ...loaded.map(([name, path]) => `LoadCredential=${name}:${path.replaceAll("%", "%%")}`),
    // Without a policy everything but the symbols is shown: a missing one must not keep the console from starting.
    "SetCredential=policy:missing",
    "Restart=on-failure",
    "RestartSec=2",
    ...readerLines(group),
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}
