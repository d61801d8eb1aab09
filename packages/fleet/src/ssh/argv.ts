import type { FleetHost, Inventory } from "../inventory.js";

/** Seconds until a host that does not answer counts as unreachable. */
const CONNECT_SECONDS = 10;
/** A silent connection is dead after this many unanswered questions, which ssh asks at this interval, in seconds. */
const ALIVE_SECONDS = 5;
const ALIVE_QUESTIONS = 3;

/** The command line that runs `qsc` on a host: no terminal, no question to a person, and a dead connection is noticed. */
export function sshArgv(
  { qsc, sshConfig }: Pick<Inventory, "qsc" | "sshConfig">,
  { ssh, config }: Pick<FleetHost, "ssh" | "config">,
  words: readonly string[],
): readonly string[] {
  const settings = config === null ? [] : ["--config", config];
  return [
    ...(sshConfig === null ? [] : ["-F", sshConfig]),
    "-T",
    "-o",
    "BatchMode=yes",
    "-o",
    `ConnectTimeout=${CONNECT_SECONDS}`,
    "-o",
    `ServerAliveInterval=${ALIVE_SECONDS}`,
    "-o",
    `ServerAliveCountMax=${ALIVE_QUESTIONS}`,
    "--",
    ssh,
    // The shell is replaced, so that nothing stands between ssh and the command.
    `exec ${[...qsc, ...words, ...settings].map(quoted).join(" ")}`,
  ];
}

/** One word for the shell of the host, whatever is in it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
