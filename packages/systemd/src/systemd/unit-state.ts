import { parseShownEnvironment } from "../environment/parse.js";
import { splitWords } from "../environment/words.js";
import type { UnitState } from "../port.js";
import { ServiceError } from "../service-error.js";
import type { Host } from "./host.js";
import { parseTimestamp, show, type Properties } from "./show.js";
import { STOP_PROPERTIES, stopRulesOf } from "./stop-rules.js";

const PROPERTIES = [
  "Id",
  "LoadState",
  "ActiveState",
  "SubState",
  "Result",
  "MainPID",
  "InvocationID",
  "ExecMainStartTimestamp",
  "ActiveEnterTimestamp",
  "Environment",
  "DropInPaths",
  "FragmentPath",
  "EnvironmentFiles",
  "PassEnvironment",
  "UnsetEnvironment",
  "NeedDaemonReload",
  ...STOP_PROPERTIES,
];

/** The unit's current state in systemd. */
export async function readUnitState(host: Host, unit: string): Promise<UnitState> {
  return unitStateOf(unit, await show(host, unit, PROPERTIES));
}

/** The state that the properties of `systemctl show` describe. */
function unitStateOf(unit: string, properties: Properties): UnitState {
  const required = (name: string): string => properties.get(name) ?? unreadable(unit, `nothing for ${name}`);
  const optional = (name: string): string => properties.get(name) ?? "";
  // systemctl shows these even if they are empty: without them, its answer says nothing about what they hold.
  const shown = required("Environment");
  const pid = Number(required("MainPID"));
  return {
    unit: orNull(optional("Id")) ?? unit,
    load: required("LoadState"),
    active: required("ActiveState"),
    sub: required("SubState"),
    result: optional("Result"),
    mainPid: pid > 0 ? pid : null,
    invocationId: orNull(optional("InvocationID")),
    startedUs: parseTimestamp(optional("ExecMainStartTimestamp")),
    activeSinceUs: parseTimestamp(optional("ActiveEnterTimestamp")),
    environment:
      parseShownEnvironment(shown) ?? unreadable(unit, `an environment that cannot be taken apart: ${shown}`),
    dropIns: pathsOf(required("DropInPaths")),
    fragment: orNull(optional("FragmentPath")),
    environmentFiles: linesOf(optional("EnvironmentFiles")).map((line) =>
      line.replace(/ \(ignore_errors=(?:yes|no)\)$/, ""),
    ),
    passEnvironment: wordsOf(unit, optional("PassEnvironment")),
    unsetEnvironment: wordsOf(unit, optional("UnsetEnvironment")),
    stop: stopRulesOf(properties),
    needsReload: required("NeedDaemonReload") === "yes",
  };
}

function pathsOf(text: string): readonly string[] {
  const words = splitWords(text, "shown");
  return "problem" in words ? [text] : words;
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** Unreadable names could be any names, so they are an error, not an empty list. */
function wordsOf(unit: string, text: string): readonly string[] {
  const words = splitWords(text, "shown");
  return "problem" in words ? unreadable(unit, `names of variables that cannot be taken apart: ${text}`) : words;
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}

function unreadable(unit: string, what: string): never {
  throw new ServiceError(
    "service_unreachable",
    `systemctl shows ${what}, for ${unit}. It needs systemd 248 or later.`,
    { unit },
  );
}
