import { parseDuration, QscError } from "@qsc/contract";
import type { Option } from "./option.js";
import { text, type Flags } from "./command.js";

/** For commands that a fleet runs over ssh: they must not outlive its connection. */
export const HEARTBEAT_OPTION: Readonly<Record<string, Option>> = {
  heartbeat: {
    type: "string",
    description: "Be interrupted when standard input ends, or brings nothing for this long: for qsc fleet",
    defaultDescription: "standard input is not read",
  },
};

/**
 * A signal that is aborted by the given one, and, if `--heartbeat` is given, when standard input ends, fails, or brings
 * nothing for that long. A connection that is cut off without a word brings nothing, too.
 * @throws QscError `invalid_time`, `usage` for a time that is not above 0
 */
export function heartbeatSignal(flags: Flags, signal: AbortSignal, stdin: NodeJS.ReadableStream): AbortSignal {
  const given = text(flags, "heartbeat");
  if (given === null) return signal;
  const ms = parseDuration(given, "--heartbeat");
  if (!(ms > 0)) throw new QscError("usage", `--heartbeat '${given}' is too short; write more than 0, such as 30s.`);
  const lost = new AbortController();
  const lose = (): void => {
    lost.abort();
  };
  const timer = setTimeout(lose, ms);
  stdin.on("data", () => {
    timer.refresh();
  });
  for (const end of ["end", "close", "error"]) stdin.on(end, lose);
  return AbortSignal.any([signal, lost.signal]);
}
