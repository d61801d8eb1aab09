import { basename } from "#host";
import { QscError, sha256Of } from "@qsc/contract";
import { asModelError } from "../guard/as-model-error.js";
import { checkedOptions, DEFAULT_LOAD_LIMIT_MS, requireArgument, textRule } from "../guard/options.js";
import { TimedCalls } from "../guard/timed-calls.js";
import { artifactSha256Of } from "../load/identity.js";
import { closeQuietly, openSession } from "../load/open-session.js";
import { readArtifact } from "../load/read-files.js";
import type { GoldenProbe } from "../manifest-probe.js";
import { parseManifest, type ModelManifest } from "../manifest.js";
import type { CallContext } from "../predictor.js";
import { named } from "../words.js";
import { DRAFT_RULES, type DraftOptions } from "./draft-options.js";
import { goldenAnswers } from "./golden-answers.js";
import { graphManifest } from "./graph-manifest.js";
import type { GraphDescription } from "./messages.js";
import { onnxRuntime } from "./runtime.js";
import { SessionThread } from "./session-thread.js";
import { optOutOfTelemetry } from "./telemetry.js";
import { existing, ownProgram } from "./thread-program.js";

/** A manifest that loads, as text and as it is understood. */
export interface ManifestDraft {
  /** JSON, to be written beside the model's file. */
  readonly text: string;
  readonly manifest: ModelManifest;
  /** What telemetry names the model by, once `text` is its manifest, byte for byte. */
  readonly artifactSha256: string;
}

/**
 * The manifest of an ONNX file: its hash, the shape and names that the file itself has, and golden probes made by running
 * it. The result is proven: the model was loaded by it as `loadModel` would, probes included. Nothing is written.
 *
 * @param path the model's file
 * @throws QscError `invalid_option` for an option, and for names or a shape that the file does not have and no option gives
 * @throws QscError `dependency_missing` if onnxruntime-node is not installed, or cannot be loaded
 * @throws ModelError the reason why the model could not be loaded, such as `model_missing`, `model_corrupt`, or
 * `probe_mismatch` if it answers the same input in two ways
 */
export async function draftManifest(path: string, options: DraftOptions = {}): Promise<ManifestDraft> {
  requireArgument(textRule, path, "path");
  const { limitMs = DEFAULT_LOAD_LIMIT_MS, ...request } = checkedOptions(options, DRAFT_RULES);
  const bytes = await readArtifact(path);
  const made = await new TimedCalls(limitMs, "Manifest was not made").run(async (context) => {
    try {
      return { draft: await draft(path, bytes, request, context) };
    } catch (refused) {
      // Not of the model, but of what was asked: a ModelError would say that the model failed.
      if (refused instanceof QscError) return { refused };
      throw refused;
    }
  });
  if ("error" in made) throw made.error;
  if ("refused" in made.value) throw made.value.refused;
  return made.value.draft;
}

type Request = Omit<DraftOptions, "limitMs">;

async function draft(path: string, bytes: Uint8Array, request: Request, context: CallContext): Promise<ManifestDraft> {
  const { worker = ownProgram() } = request;
  const graph = await describe(basename(path), bytes, worker);
  const runtime = onnxRuntime(worker === null ? {} : { worker });
  const { name = basename(path, ".onnx"), title, tolerance, inputs = [], metadata } = request;
  const head = {
    name,
    ...(title !== undefined && { title }),
    kind: "onnx",
    file: basename(path),
    sha256: sha256Of(bytes),
    ...graphManifest(graph, request),
  };
  const rest = metadata === undefined ? {} : { metadata };
  const asked = parsed({ ...head, ...probeOf(inputs.map((input) => ({ input, output: unknownAnswer(head.labels) }))) });
  const answers = await goldenAnswers(bytes, asked, runtime, context);
  const golden = asked.probes.map(({ input }, at) => ({
    input: byFeature(input, head.features),
    output: answers[at],
    ...(tolerance !== undefined && { tolerance }),
  }));
  const document = { ...head, ...probeOf(golden), ...rest };
  const manifest = parsed(document);
  await closeQuietly(await openSession(bytes, manifest, runtime, context));
  const text = textOf(document);
  return { text, manifest, artifactSha256: artifactSha256Of(head.sha256, sha256Of(Buffer.from(text))) };
}

async function describe(name: string, bytes: Uint8Array, worker: URL | null): Promise<GraphDescription> {
  optOutOfTelemetry();
  const thread = new SessionThread(name, existing(worker));
  try {
    return await thread.ask({ kind: "describe", bytes });
  } catch (thrown) {
    const error = asModelError(thrown, "model_corrupt", `Model file ${named(name)} cannot be opened`);
    // The file has been read: what is missing is the runtime.
    throw error.code === "model_missing"
      ? new QscError("dependency_missing", `${error.message}.`, { cause: error })
      : error;
  } finally {
    await thread.end();
  }
}

/** Stands for the answer until it is known: it lets the manifest be read, and its inputs be checked. */
function unknownAnswer([label = ""]: readonly string[]): GoldenProbe["output"] {
  return { label, confidence: 0 };
}

/** The values of each feature by its name: unlike plain rows, these notice that two features were swapped. */
function byFeature(
  rows: GoldenProbe["input"],
  features: readonly string[],
): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(features.map((name, at) => [name, rows.map((row) => row[at] ?? Number.NaN)]));
}

function probeOf<Probe>(probes: readonly Probe[]): { readonly probe?: readonly Probe[] } {
  return probes.length === 0 ? {} : { probe: probes };
}

function parsed(document: object): ModelManifest {
  return parseManifest(textOf(document), "of the draft");
}

/** The document with a key on each line. */
function textOf(document: object): string {
  const lines = Object.entries(document).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}
