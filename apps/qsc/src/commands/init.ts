import { resolve } from "node:path";
import { asker } from "../ask.js";
import { type ActingCommand, textOr } from "../command.js";

/** `qsc init`. */
export const initCommand: ActingCommand = {
  kind: "acts",
  name: "init",
  summary: "Set up a host: settings, units, and rights for an unprivileged user. Exit 0 written, 2 not",
  options: {
    user: { type: "string", description: "The user that acts on the engine and watches [qsc]" },
    root: {
      type: "string",
      completes: "directory",
      description: "Write below this directory instead, for a package or an image [/]",
    },
    console: {
      type: "boolean",
      default: false,
      description: "Also write a unit for the console, which may only read",
    },
    notify: {
      type: "boolean",
      default: false,
      description: "Also install the unit that sends notifications to the channels of the settings",
    },
    "dry-run": { type: "boolean", default: false, description: "Show what would be written, but write nothing" },
    force: {
      type: "boolean",
      alias: "yes",
      default: false,
      description: "Overwrite files that differ, without asking",
    },
  },
  settings: ["requiredEnvironment", "consoleListen", "consoleNames", "consoleTokenFile", "metricsFile"],
  examples: [
    ["$0 init --workdir /var/lib/qsc --dry-run", "names every file that would change; --verbose shows their texts"],
    ["$0 init --workdir /var/lib/qsc --user qsc", "as root, once; everything else then runs as the user qsc"],
  ],
  report: "none",
  leavesWorkdir: true,
  run: async ({ context, settings, notify, flags, io, verbose, onStep }) => {
    const [{ init, parseRequiredEnvironment }, { notifyRequest }] = await Promise.all([
      import("@qsc/rollout"),
      import("../notify/init.js"),
    ]);
    return init(context, {
      user: textOr(flags, "user", "qsc"),
      root: resolve(textOr(flags, "root", "/")),
      requiredEnvironment: parseRequiredEnvironment(settings.requiredEnvironment),
      console: flags["console"] === true,
      notify: await notifyRequest(notify, flags["notify"] === true),
      dryRun: flags["dry-run"] === true,
      force: flags["force"] === true,
      confirm: asker(io),
      onStep: (step) => {
        if (verbose || step.outcome !== "skipped") onStep(step);
      },
    });
  },
};
