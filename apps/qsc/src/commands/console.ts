import { createRequire } from "node:module";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { inertText } from "@qsc/contract";
import type { MeasuredNotifications } from "@qsc/report/metrics";
import type { ConsoleProgram } from "@qsc/rollout";
import type { ServingCommand } from "../command.js";
import { consoleToken } from "../console-token.js";
import { openTelemetry } from "../open-telemetry.js";
import { policyFrom } from "../policy-from.js";
import { DEFAULT_UNIT } from "../settings/table.js";

/** `qsc console`. */
export const consoleCommand: ServingCommand = {
  kind: "serves",
  name: "console",
  summary: "Show the canary live on a page, and serve its metrics. Only reads; ends with Ctrl-C",
  options: {},
  settings: ["consoleListen", "consoleNames", "consoleTokenFile"],
  examples: [
    ["$0 console", "a page at http://127.0.0.1:8787/, and metrics at /metrics"],
    ["$0 console --workdir /var/lib/qsc --console-listen 127.0.0.1:9000", "of another directory, at another port"],
  ],
  run: async ({ settings, judgement, io, env, quiet, signal }) => {
    const token = await consoleToken(settings, env);
    const [{ CONSOLE_LISTEN, consoleNames, guardName }, { ownUnit, servicesOf }] = await Promise.all([
      import("@qsc/rollout"),
      import("../operation-context.js"),
    ]);
    const services = servicesOf(settings);
    const { unit } = await ownUnit(services, settings.unit ?? DEFAULT_UNIT);
    const { serveConsole } = await consoleProgram();
    await serveConsole({
      place: { workdir: resolve(settings.workdir), unit },
      machine: hostname(),
      toolVersion: judgement.toolVersion,
      policy: async () => (await policyFrom(settings.policy)).policy,
      listen: settings.consoleListen ?? CONSOLE_LISTEN,
      names: consoleNames(settings.consoleNames),
      token,
      openSource: () => openTelemetry(settings, true),
      isDeadManArmed: async () => (await services.guardState(guardName(unit))) === "armed",
      notifications: () => waitingIn(settings.workdir),
      signal,
      say: (sentence) => {
        if (!quiet) io.err(`${inertText(sentence)}\n`);
      },
    });
  },
};

/** What waits for the channels, from the files of the working directory alone. */
async function waitingIn(workdir: string): Promise<MeasuredNotifications> {
  const [{ readWaiting }, { canaryPaths }] = await Promise.all([import("@qsc/notify"), import("@qsc/rollout")]);
  const place = resolve(workdir);
  const { aliveAt, channels } = await readWaiting(place, canaryPaths(place).audit);
  return {
    aliveAt,
    channels: channels.map(({ failing, ...channel }) => ({ ...channel, isFailing: failing !== null })),
  };
}

/** The console is an app of its own, which this one does not import: it is a file of the bundle, like other programs. */
async function consoleProgram(): Promise<ConsoleProgram> {
  const path = createRequire(import.meta.url).resolve("#console");
  return (await import(pathToFileURL(path).href)) as ConsoleProgram;
}
