import { describeWanted, type EnvironmentRequirement } from "../preflight/required-environment.js";

/** The settings of `qsc`, as its config file. YAML reads JSON's texts. */
export function configText(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return ["# Settings of qsc on this host. A flag or a QSC_* variable goes before them.", ...lines, ""].join("\n");
}

/** A policy that changes nothing yet. */
export function policyText(): string {
  return `# Limits may be tightened here, never loosened: a laxer value is refused. What is not named keeps its built-in value.
# The canary is watched by the policy that it was activated with.

# Events that a verdict needs, of the stream and of each model.
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
  const head = `# What a canary needs of ${unit}: bring these lines into its environment file. qsc preflight checks them.`;
  return [head, ...(required.length === 0 ? ["# No variable is required."] : required.map(environmentLines)), ""].join("\n");
}

function environmentLines(requirement: EnvironmentRequirement): string {
  const { name } = requirement;
  if ("equals" in requirement) return `${name}=${quotedValue(requirement.equals)}`;
  if ("isSet" in requirement) return `# Any value:\n#${name}=`;
  return `# ${describeWanted(requirement)}:\n${name}=${"atLeast" in requirement ? requirement.atLeast : requirement.atMost}`;
}

/** A value as systemd reads it back from an environment file. */
function quotedValue(value: string): string {
  return /^[\w@%+:,./-]*$/.test(value) ? value : `"${value.replaceAll(/["\\$`]/g, String.raw`\$&`)}"`;
}

/** Makes the directories of a canary at every boot, and when it is installed, and gives them to the user. */
export function tmpfilesText(user: string, directories: readonly string[]): string {
  const quoted = (path: string): string => `"${path.replaceAll(/[\\"]/g, String.raw`\$&`).replaceAll("%", "%%")}"`;
  const lines = directories.map((path) => `d ${quoted(path)} 0755 ${user} - -`);
  return ["# What qsc writes to as a user without privileges.", ...lines, ""].join("\n");
}

/** What the user may do to these units, and to no other. */
const VERBS = ["start", "stop", "restart", "kill", "reset-failed"];

/**
 * A polkit rule (polkit 0.106 or later; systemd 226 or later, which tells unit and verb). The reload of unit files has
 * no unit: it changes nothing of one.
 */
export function polkitText(user: string, units: readonly string[]): string {
  return `// What ${user} may do without a password, for the canary: act on these units, and have unit files read again.
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
