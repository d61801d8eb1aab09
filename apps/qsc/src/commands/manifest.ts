import { link, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { inertText, QscError, type ErrorCode } from "@qsc/contract";
import { importBeside, ownPlaces } from "../beside.js";
import { text, texts, textOr, type Flags, type ServingCommand } from "../command.js";
import { readOptionFile } from "../read-file.js";

/** What is used of the package `@qsc/fail-closed`. */
interface Drafting {
  readonly draftManifest: (path: string, options: object) => Promise<{ readonly text: string }>;
}

/** `qsc manifest`. */
export const manifestCommand: ServingCommand = {
  kind: "serves",
  name: "manifest",
  summary:
    "Write the manifest of an ONNX model, and prove that the model loads by it. Needs @qsc/fail-closed. Exit 0 or not",
  positional: { name: "model", completes: "file", description: "The model's file: MODEL.onnx" },
  options: {
    name: { type: "string", description: "The model's name", defaultDescription: "the file's, without .onnx" },
    title: { type: "string", description: "Its name in log lines", defaultDescription: "the name" },
    features: {
      type: "string",
      description: "The features in the order of the vector: A,B,C, or a JSON list",
      defaultDescription: "those in the file's metadata",
    },
    labels: {
      type: "string",
      description: "The labels in the order of the probabilities: A,B,C, or a JSON list",
      defaultDescription: "those in the file",
    },
    probabilities: {
      type: "string",
      description: "The output with the probabilities, if several may be it",
      defaultDescription: "the one that fits",
    },
    row: {
      type: "string",
      completes: "file",
      description: "An input whose answer becomes a golden probe: a JSON file, or JSON. May be given more than once",
      defaultDescription: "no golden probe",
    },
    tolerance: {
      type: "string",
      description: "How far a confidence may differ from the golden one",
      defaultDescription: "0.001",
    },
    metadata: {
      type: "string",
      description: "A key of your own: KEY=VALUE. May be given more than once",
      defaultDescription: "none",
    },
    out: {
      type: "string",
      completes: "file",
      description: "Where to write it: beside the model",
      defaultDescription: "MODEL.json",
    },
    print: { type: "boolean", default: false, description: "Print it, and write nothing" },
    replace: { type: "boolean", default: false, description: "Replace an existing manifest" },
  },
  repeatable: ["row", "metadata"],
  examples: [
    ["$0 manifest xgb.onnx --features rsi,spread --labels SELL,HOLD,BUY --row '[51.2,0.01]'", "with a golden probe"],
    ["$0 manifest xgb.onnx --print", "if the file itself names its features and labels"],
  ],
  run: async ({ flags, io, quiet }) => {
    if (flags["print"] === true && (flags["replace"] === true || text(flags, "out") !== null))
      throw new QscError("usage", "--print writes nothing; leave out --out and --replace.");
    const model = textOr(flags, "model", "");
    const prints = flags["print"] === true;
    const path = prints ? null : placeOf(model, flags);
    const options = await optionsFrom(flags);
    const { draftManifest } = await drafting();
    const draft = await draftManifest(model, options).catch((error: unknown) => {
      throw asRefusal(error);
    });
    if (path === null) {
      io.deliver(draft.text);
      return;
    }
    await write(path, draft.text, flags["replace"] === true);
    if (!quiet) io.out(`manifest  ${inertText(path)}\nThe model loads by it, and every probe gives its answer.\n`);
  },
};

/** Where the manifest goes. @throws QscError `usage` for another directory than the model's: it names its file alone */
function placeOf(model: string, flags: Flags): string {
  const directory = dirname(model);
  const out = text(flags, "out") ?? join(directory, `${basename(model, ".onnx")}.json`);
  if (resolve(dirname(out)) === resolve(directory)) return out;
  const where = join(directory, basename(out));
  throw new QscError(
    "usage",
    `--out ${out} is not beside the model, whose file a manifest names without a path; write ${where}.`,
  );
}

async function drafting(): Promise<Drafting> {
  const found = await importBeside(ownPlaces(), "@qsc/fail-closed/onnx");
  if (found !== null) return found as Drafting;
  throw new QscError(
    "dependency_missing",
    "Reading a model needs packages that are not installed beside qsc. Install them: npm install -g @qsc/fail-closed onnxruntime-node.",
  );
}

async function optionsFrom(flags: Flags): Promise<object> {
  const [features, labels] = [namesIn(flags, "features"), namesIn(flags, "labels")];
  const inputs = await Promise.all(texts(flags, "row").map(readRow));
  const metadata = texts(flags, "metadata").map(pairIn);
  const tolerance = text(flags, "tolerance");
  if (tolerance !== null && !/^\d*\.?\d+(e-?\d+)?$/i.test(tolerance))
    throw new QscError("usage", `--tolerance '${tolerance}' is not a number; write one from 0 to 0.1.`);
  if (tolerance !== null && inputs.length === 0)
    throw new QscError("usage", "--tolerance is that of golden probes, and there is none; pass --row too.");
  return {
    ...given("name", text(flags, "name")),
    ...given("title", text(flags, "title")),
    ...given("features", features),
    ...given("labels", labels),
    ...given("output", text(flags, "probabilities")),
    ...given("inputs", inputs.length === 0 ? null : inputs),
    ...given("tolerance", tolerance === null ? null : Number(tolerance)),
    ...given("metadata", metadata.length === 0 ? null : Object.fromEntries(metadata)),
  };
}

function given(name: string, value: unknown): object {
  return value === null ? {} : { [name]: value };
}

function namesIn(flags: Flags, option: string): unknown {
  const list = text(flags, option);
  if (list === null) return null;
  return list.startsWith("[") ? parsed(list, `--${option}`, "usage") : list.split(",").map((name) => name.trim());
}

async function readRow(row: string): Promise<unknown> {
  if (/^[[{]/.test(row)) return parsed(row, "--row", "usage");
  return parsed(await readOptionFile("Row", row, "usage"), row, "usage");
}

function pairIn(pair: string): readonly [string, string] {
  const at = pair.indexOf("=");
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new QscError("usage", `--metadata '${pair}' is not KEY=VALUE.`);
}

function parsed(json: string, what: string, code: ErrorCode): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new QscError(code, `${what} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      cause,
    });
  }
}

/** An error of another package, whose classes are not this program's. */
function asRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  if (error.code === "invalid_option")
    return new QscError("usage", error.message.replace(/^(\w+) is undefined/, "--$1 is needed"));
  return new QscError("model_unusable", `${error.message} (${error.code}).`, { cause: error });
}

/** Writes a whole file, or none. @throws QscError `file_failed`, also if there is one that must not be replaced */
async function write(path: string, content: string, replaces: boolean): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    await writeFile(draft, content, { flag: "wx" });
    if (replaces) await rename(draft, path);
    else await link(draft, path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    const sentence = isThere ? `${path} exists; pass --replace to replace it.` : `${path} cannot be written: ${why}.`;
    throw new QscError("file_failed", sentence, { cause });
  } finally {
    await rm(draft, { force: true });
  }
}
