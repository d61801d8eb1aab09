import { describeWanted, type EnvironmentRequirement } from "../preflight/required-environment.js";

/**
 * The settings of `qsc`, as its config file. JSON strings are valid YAML.
 * @param notify the section `notify`, ending with its line; empty if there is none
 */
export function configText(settings: Readonly<Record<string, string>>, notify = ""): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return ["# Settings of qsc on this host. A flag or a QSC_* variable overrides them.", ...lines, notify].join("\n");
}

/** A policy that changes nothing yet. */
export function policyText(): string {
  return `# Limits may be tightened here, but not loosened: a laxer value is refused. Anything left out keeps its built-in value.
# A canary is watched under the policy that it was activated with.

# Events that a verdict needs, from the stream and from each model.
minEvents:
  collection: 100
  canary: 200

# Older telemetry is stale.
maxAge: 15m

#limits:
#  action_collapse:
#    largestShare: 0.65
#require: [latency]
#checks:
#  - id: too_narrow
#    violatedWhen: p90 - p10 < 0.2
`;
}

/** What a canary needs of the engine's environment, as lines of its environment file. */
export function environmentText(unit: string, required: readonly EnvironmentRequirement[]): string {
  const head = `# What a canary needs of ${unit}: add these lines to its environment file. qsc preflight checks them.`;
  return [head, ...(required.length === 0 ? ["# No variable is required."] : required.map(environmentLines)), ""].join(
    "\n",
  );
}

function environmentLines(requirement: EnvironmentRequirement): string {
  const { name } = requirement;
  if ("equals" in requirement) return `${name}=${quotedValue(requirement.equals)}`;
  if ("isSet" in requirement) return `# Any value:\n#${name}=`;
  return `# ${describeWanted(requirement)}:\n${name}=${"atLeast" in requirement ? requirement.atLeast : requirement.atMost}`;
}

/** A value, quoted as systemd reads it from an environment file. */
function quotedValue(value: string): string {
  return /^[\w@%+:,./-]*$/.test(value) ? value : `"${value.replaceAll(/["\\$`]/g, String.raw`\$&`)}"`;
}

/** Creates the directories of a canary at every boot, and at installation, and gives them to the user. */
export function tmpfilesText(user: string, directories: readonly string[]): string {
  const quoted = (path: string): string => `"${path.replaceAll(/[\\"]/g, String.raw`\$&`).replaceAll("%", "%%")}"`;
  const lines = directories.map((path) => `d ${quoted(path)} 0755 ${user} - -`);
  return ["# Directories that qsc writes to as an unprivileged user.", ...lines, ""].join("\n");
}

/** What the user may do to these units, but to no others. */
const VERBS = ["start", "stop", "restart", "kill", "reset-failed"];

/**
 * A polkit rule (polkit 0.106 or later; systemd 226 or later, which reports unit and verb). Reloading unit files is not
 * tied to a unit, and changes none.
 */
export function polkitText(user: string, units: readonly string[]): string {
  return `// What ${user} may do without a password, for the canary: act on these units, and reload unit files.
polkit.addRule(function (action, subject) {
  var units = ${JSON.stringify(units)};
  var verbs = ${JSON.stringify(VERBS)};
  if (subject.user !== ${JSON.stringify(user)}) return polkit.Result.NOT_HANDLED;
  if (action.id === "org.freedesktop.systemd1.reload-daemon") return polkit.Result.YES;
  if (action.id !== "org.freedesktop.systemd1.manage-units") return polkit.Result.NOT_HANDLED;
  var isGranted = units.indexOf(action.lookup("unit")) >= 0 && verbs.indexOf(action.lookup("verb")) >= 0;
  return isGranted ? polkit.Result.YES : polkit.Result.NOT_HANDLED;
});
`;
}
