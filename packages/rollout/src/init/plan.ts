import { dirname, join } from "node:path";
import { guardUnits, type Guard } from "@qsc/systemd";
import { CANARY_DROP_IN } from "../canary/drop-in.js";
import { fallback } from "../canary/fallback.js";
import { deadMan, engineName } from "../canary/lease.js";
import { monitorUnit } from "../canary/watch-unit.js";
import type { OperationContext } from "../operation/context.js";
import type { EnvironmentRequirement } from "../preflight/required-environment.js";
import { CONSOLE_LISTEN, consoleNames, requireServable } from "../observe/console-address.js";
import { consoleUnit, consoleUnitText } from "./console-unit.js";
import { monitorUnitText } from "./monitor-unit.js";
import { notifyUnit, notifyUnitText, type NotifyRequest } from "./notify-unit.js";
import { configText, environmentText, policyText, polkitText, tmpfilesText } from "./texts.js";

/** A file to be written. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** Who owns it. */
  readonly owner: "root" | "user";
}

/** Everything that a host needs for canaries of one engine. Paths are those of the host itself. */
export interface Plan {
  /** Directories that belong to the user. */
  readonly directories: readonly string[];
  readonly files: readonly PlannedFile[];
  /** Links that enable the timers of the dead-man and of its fallback, and the unit that notifies. */
  readonly links: readonly PlannedLink[];
  /** What root runs from now on. */
  readonly fallback: Guard;
  /** The unit that notifies, to be started; null if there is none. */
  readonly notifier: string | null;
}

interface PlannedLink {
  /** The step that makes it. */
  readonly step: "timer enabled" | "service enabled";
  readonly path: string;
  readonly target: string;
}

/** What a plan is made for. */
interface PlanRequest {
  readonly user: string;
  readonly requiredEnvironment: readonly EnvironmentRequirement[];
  /** Whether the console gets a unit. */
  readonly console: boolean;
  /** Notifications; null or missing: nothing is known of them. */
  readonly notify?: NotifyRequest | null;
}

const UNITS = "/etc/systemd/system";
const CONFIG = "qsc.config.yaml";
/** For the user's own files, which may contain a source's password; and for files that anyone may read. */
const PRIVATE = 0o600;
const PUBLIC = 0o644;

/**
 * What `qsc init` writes: settings and templates below the working directory, the unit that watches, the dead-man, and
 * the rights of an unprivileged user.
 * @throws QscError `invalid_unit` for names and paths that a unit file cannot contain
 */
export function planFor(
  context: OperationContext,
  { user, requiredEnvironment: required, console: hasConsole, notify = null }: PlanRequest,
): Plan {
  const { unit, workdir, settings, program, paths } = context;
  const engine = engineName(unit);
  const dropIns = dirname(context.services.dropInPath(unit, CANARY_DROP_IN));
  const policy = settings["policy"] ?? join(workdir, "qsc.policy.yaml");
  const guard = deadMan({ ...context, user });
  const behind = fallback(context);
  const watcher = monitorUnit(unit);
  const command = [...program, "monitor", "--stay", "--config", paths.settings];
  // Where the watch leaves its metrics, if it does.
  const metrics = settings["metricsFile"] === undefined ? [] : [dirname(settings["metricsFile"])];
  const units = [unit, watcher, ...guardUnits(guard).map(({ name }) => name)];
  const notifier = notify?.isInstalled === true ? notifierOf(context, user, notify) : null;
  const directories = [
    ...[dirname(paths.state), dirname(paths.audit), join(workdir, "reports"), dropIns],
    ...(notifier === null ? [] : [notifier.directory]),
  ];
  const own = (name: string, text: string): PlannedFile => ({
    path: join(workdir, name),
    text,
    mode: PRIVATE,
    owner: "user",
  });
  return {
    directories,
    files: [
      own(CONFIG, configText({ ...settings, policy }, notify?.section ?? "")),
      ...(settings["policy"] === undefined ? [own("qsc.policy.yaml", policyText())] : []),
      own("engine.env.example", environmentText(unit, required)),
      system(
        `${UNITS}/${watcher}`,
        monitorUnitText({ engine: unit, command, confinement: { user, writable: [workdir, dropIns, ...metrics] } }),
      ),
      ...(notifier === null ? [] : [system(`${UNITS}/${notifier.name}`, notifier.text)]),
      ...[...guardUnits(guard), ...guardUnits(behind)].map(({ name, text }) => system(`${UNITS}/${name}`, text)),
      ...(hasConsole ? [consoleFile(context, user, policy)] : []),
      system(`/etc/polkit-1/rules.d/60-qsc-${engine}.rules`, polkitText(user, units)),
      system(`/etc/tmpfiles.d/qsc-${engine}.conf`, tmpfilesText(user, directories)),
    ],
    links: [
      ...[guard, behind].map(({ name }) => linkOf("timer enabled", "timers.target", `${name}.timer`)),
      ...(notifier === null ? [] : [linkOf("service enabled", "multi-user.target", notifier.name)]),
    ],
    fallback: behind,
    notifier: notifier?.name ?? null,
  };
}

function system(path: string, text: string): PlannedFile {
  return { path, text, mode: PUBLIC, owner: "root" };
}

/** The unit of the console, which reads as the user's group and acts on nothing. */
function consoleFile(
  { unit, workdir, program, settings }: OperationContext,
  user: string,
  policy: string,
): PlannedFile {
  const tokenFile = settings["consoleTokenFile"] ?? null;
  const { consoleListen = CONSOLE_LISTEN, consoleNames: names = null } = settings;
  // What the console itself would refuse is no unit: it would never start.
  requireServable(consoleListen, { hasToken: tokenFile !== null, names: consoleNames(names) });
  const config = join(workdir, CONFIG);
  const text = consoleUnitText({ engine: unit, program, group: user, config, policy, tokenFile });
  return system(`${UNITS}/${consoleUnit(unit)}`, text);
}

function linkOf(step: PlannedLink["step"], target: string, unit: string): PlannedLink {
  return { step, path: `${UNITS}/${target}.wants/${unit}`, target: `${UNITS}/${unit}` };
}

/** The unit that notifies, and the only directory that it writes to. */
function notifierOf(
  { unit, workdir, program }: OperationContext,
  user: string,
  { credentials }: NotifyRequest,
): { readonly name: string; readonly text: string; readonly directory: string } {
  const directory = join(workdir, "data", "notify");
  const command = [...program, "notify", "run", "--config", join(workdir, CONFIG)];
  const text = notifyUnitText({ engine: unit, command, confinement: { user, writable: [directory] }, credentials });
  return { name: notifyUnit(unit), text, directory };
}
