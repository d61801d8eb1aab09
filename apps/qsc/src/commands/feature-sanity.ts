import { type JudgingCommand, text } from "../command.js";
import { readOptionFile } from "../read-file.js";

/** `qsc feature-sanity`. */
export const featureSanityCommand: JudgingCommand = {
  kind: "judges",
  name: "feature-sanity",
  summary: "Are the features that the models see alive and finite? Exit 0 yes, 2 not",
  options: {
    manifest: {
      type: "string",
      description: "Model manifest (JSON): expected features, and reference histograms for PSI",
    },
  },
  examples: [
    ["$0 feature-sanity --after 2026-01-11T08:30:00Z --count 200", "the newest 200 after a restart"],
    ["$0 feature-sanity --manifest models/xgb.json", "with dimension, names and drift checked"],
  ],
  run: async ({ source, window, setting, flags }) => {
    const { featureSanity } = await import("@qsc/rollout/judging");
    const name = text(flags, "manifest");
    const manifest = name === null ? null : { name, content: await readManifest(name) };
    return featureSanity(source, { ...window, manifest }, setting);
  },
};

async function readManifest(path: string) {
  const { parseFeatureManifest } = await import("@qsc/violations");
  return parseFeatureManifest(await readOptionFile("Manifest", path, "invalid_manifest"), path);
}
