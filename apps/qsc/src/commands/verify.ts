import { text, type FileCommand } from "../command.js";
import { openTelemetry } from "../open-telemetry.js";
import { readOptionFile } from "../read-file.js";

/** `qsc verify`. */
export const verifyCommand: FileCommand = {
  kind: "examines",
  name: "verify",
  summary: "Does a gate's report follow from a recording of its events? Exit 0 it does, 2 not",
  positional: { name: "report", completes: "file", description: "The report's JSON" },
  options: {},
  settings: ["source", "stream", "verifyKey", "policy", "workdir"],
  readsPolicy: true,
  examples: [
    [
      "$0 verify quality_gate_20260111_083000.json --source file:intents.ndjson.gz",
      "judge its events again, and compare",
    ],
    [
      "$0 verify gate.json --source file:intents.ndjson.gz --policy strict.yaml",
      "a report that was made under a policy",
    ],
  ],
  run: async ({ flags, settings, judgement }) => {
    const path = text(flags, "report") ?? "";
    const report = { path, text: await readOptionFile("Report", path, "report_unusable") };
    const { verify } = await import("@qsc/rollout");
    const source = await openTelemetry(settings, false);
    try {
      return await verify(source, report, judgement);
    } finally {
      await source.close();
    }
  },
};
