import { inertText, QscError } from "@qsc/contract";
import type { ServingCommand } from "../command.js";
import { telemetryOf } from "../open-telemetry.js";
import { workersLibrary } from "../spread/library.js";

/** `qsc worker`. */
export const workerCommand: ServingCommand = {
  kind: "serves",
  name: "worker",
  summary: "Read parts of long ranges for judging commands on other machines; ends with Ctrl-C",
  options: {},
  settings: ["queue"],
  examples: [
    ["$0 worker --queue redis://10.0.0.7:6379", "take parts from this queue; run one for each processor"],
    [
      "$0 worker --queue redis://10.0.0.7:6379 --source file:/mnt/shared/intents.ndjson",
      "parts of a log on shared storage",
    ],
  ],
  run: async ({ settings, judgement, io, quiet, signal }) => {
    const { queue } = settings;
    if (queue === null)
      throw new QscError("usage", "A worker needs the queue that it takes parts from; name its Redis with --queue.");
    const { serveParts } = await workersLibrary();
    await serveParts({
      queue,
      source: await telemetryOf(settings, false),
      version: judgement.toolVersion,
      signal,
      say: (sentence) => {
        if (!quiet) io.err(`${inertText(sentence)}\n`);
      },
    });
  },
};
