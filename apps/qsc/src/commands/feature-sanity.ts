import { type JudgingCommand, texts } from "../command.js";
import { readManifests } from "../read-manifests.js";

/** `qsc feature-sanity`. */
export const featureSanityCommand: JudgingCommand = {
  kind: "judges",
  name: "feature-sanity",
  summary: "Are the features of the models alive and finite? Exit 0 yes, 2 not",
  repeatable: ["manifest"],
  options: {
    manifest: {
      type: "string",
      completes: "file",
      description: "Model manifest (JSON): features, and reference histograms for PSI; once per model as [MODEL=]FILE",
    },
  },
  examples: [
    ["$0 feature-sanity --after 2026-01-11T08:30:00Z --count 200", "the newest 200 after a restart"],
    ["$0 feature-sanity --manifest models/xgb.json", "with dimension, names and drift checked"],
    ["$0 feature-sanity --manifest models/xgb.json --manifest nhits=models/n.json", "each model with its own"],
  ],
  run: async ({ source, window, judgement, flags }) => {
    const { featureSanity } = await import("@qsc/rollout/judging");
    const manifest = await readManifests(texts(flags, "manifest"));
    return featureSanity(source, { ...window, manifest }, judgement);
  },
};
