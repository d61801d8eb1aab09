import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { QscError } from "@qsc/contract";
import type { ManifestDraft } from "@qsc/fail-closed/onnx";
import { text, texts, textOr, type Flags, type PrintingCommand } from "../command.js";

/** `qsc manifest`. */
export const manifestCommand: PrintingCommand = {
  kind: "prints",
  name: "manifest",
  summary: "Write the manifest of an ONNX model. Needs the package onnxruntime-node. Exit 0 written, 2 not",
  positional: { name: "file", completes: "file", description: "The model's file; the manifest is written beside it" },
  options: {
    row: {
      type: "string",
      completes: "file",
      description: "An input whose answer becomes a golden probe: JSON, or a file of it; can be repeated",
      defaultDescription: "none: the model is tried on zeros",
    },
    features: {
      type: "string",
      description: "The names of the features in their order, separated by commas",
      defaultDescription: "what the model's file says",
    },
    labels: {
      type: "string",
      description: "The names of the labels in the order of the probabilities, separated by commas",
      defaultDescription: "what the model's file says",
    },
    output: {
      type: "string",
      description: "The output that has the probabilities",
      defaultDescription: "the one that may have them",
    },
    name: {
      type: "string",
      description: "The model's name in weights and telemetry",
      defaultDescription: "the file's, without .onnx",
    },
    title: { type: "string", description: "The model's name in log lines", defaultDescription: "its name" },
    tolerance: {
      type: "string",
      description: "How far a confidence may differ from a golden one, from 0 to 0.1",
      defaultDescription: "0.001",
    },
    metadata: { type: "string", completes: "file", description: "Keys of your own: a JSON object, or a file of it" },
    out: {
      type: "string",
      description: "The manifest's file name",
      defaultDescription: "the model's, with .json for .onnx",
    },
    force: { type: "boolean", default: false, description: "Replace a manifest that is there" },
    json: { type: "boolean", default: false, description: "One JSON document on stdout" },
  },
  repeatable: ["row"],
  examples: [
    ["$0 manifest xgb.onnx --row row.json", "names from the model's file; row.json has a real row"],
    [
      `$0 manifest xgb.onnx --features return_1h,rsi_14 --labels SELL,BUY --row '[0.004, 62]'`,
      "a model that names nothing itself",
    ],
  ],
  print: async (flags, _commands, signal) => {
    const [{ requireValues }, { unlessInterrupted }, { requireFree, writeNew }, shown] = await Promise.all([
      import("../require-values.js"),
      import("../unless-interrupted.js"),
      import("../new-file.js"),
      import("../manifest/shown.js"),
    ]);
    requireValues(flags, manifestCommand.repeatable ?? []);
    const model = textOr(flags, "file", "");
    const file = {
      path: join(dirname(model), nameOf(flags, model)),
      what: "Manifest",
      exists: "manifest_exists",
      remedy: "replace it with --force, or name another with --out",
      failed: "manifest_failed",
    } as const;
    const isForced = flags["force"] === true;
    if (!isForced) await requireFree(file);
    // Only until something is written: what is written is also said.
    const draft = await unlessInterrupted(
      drafted(model, flags),
      signal,
      "Interrupted before the manifest was written.",
    );
    await writeNew(file, draft.text, isForced);
    return flags["json"] === true ? shown.asJson(file.path, draft) : shown.asText(file.path, draft);
  },
};

async function drafted(model: string, flags: Flags): Promise<ManifestDraft> {
  const [{ draftFor }, { inputsIn, metadataIn }] = await Promise.all([
    import("../manifest/draft.js"),
    import("../manifest/given.js"),
  ]);
  return draftFor(model, {
    worker: pathToFileURL(createRequire(import.meta.url).resolve("#onnx-worker")),
    inputs: await inputsIn(texts(flags, "row")),
    metadata: await metadataIn(text(flags, "metadata")),
    features: listIn(flags, "features"),
    labels: listIn(flags, "labels"),
    output: text(flags, "output"),
    name: text(flags, "name"),
    title: text(flags, "title"),
    tolerance: toleranceIn(flags),
  });
}

/** The manifest's name. A loader looks for the model beside the manifest, so it is written nowhere else. */
function nameOf(flags: Flags, model: string): string {
  const out = text(flags, "out");
  if (out === null) return `${basename(model, ".onnx")}.json`;
  if (out === basename(model)) throw new QscError("usage", `--out '${out}' is the model itself; name another file.`);
  if (!out.includes("/") && /[^.].*\.json$/.test(out)) return out;
  throw new QscError(
    "usage",
    `--out '${out}' must be a file name that ends in .json, without a directory: a manifest lies beside its model.`,
  );
}

function listIn(flags: Flags, name: string): readonly string[] | null {
  return (
    text(flags, name)
      ?.split(",")
      .map((each) => each.trim()) ?? null
  );
}

function toleranceIn(flags: Flags): number | null {
  const given = text(flags, "tolerance");
  if (given === null) return null;
  const tolerance = given.trim() === "" ? Number.NaN : Number(given);
  if (tolerance >= 0 && tolerance <= 0.1) return tolerance;
  throw new QscError("usage", `--tolerance '${given}' must be a number from 0 to 0.1, such as 0.001.`);
}
