import { splitWords } from "../environment/words.js";
import { ServiceError } from "../service-error.js";
import type { Host } from "./host.js";
import { systemctl } from "./systemctl.js";

/** The variables that all units' processes get: systemd's own few, plus those of `systemctl set-environment`. */
export async function managerEnvironment(host: Host): Promise<ReadonlyMap<string, string>> {
  const text = await systemctl(host, ["show-environment"], { doing: "Asking for the manager's environment failed" });
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map(variableOf),
  );
}

/** `NAME=value`, or `NAME=$'value'` if the value has a character that is special to a shell. */
function variableOf(line: string): [string, string] {
  const [whole, name = "", plain = ""] = /^([^=]+)=(.*)$/s.exec(line) ?? [];
  if (whole === undefined) throw unreadable(line);
  if (!plain.startsWith("$'")) return [name, plain];
  const words = splitWords(plain.slice(1), "shown");
  const [word] = "problem" in words ? [] : words;
  if (word === undefined) throw unreadable(line);
  return [name, word];
}

function unreadable(line: string): ServiceError {
  return new ServiceError(
    "service_unreachable",
    `systemctl shows the environment as '${line}', which cannot be read.`,
    {},
  );
}
