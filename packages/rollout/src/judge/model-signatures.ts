import { QscError, sha256Of, type ModelVerdict, type Policy } from "@qsc/contract";
import { openModelSignature, SignatureError, type ModelTrust, type SignedModel } from "@qsc/contract/signing";

/** The signatures of models that a judge may look at, in the format of OpenSSF model signing. */
export interface ModelSignatures {
  readonly trust: ModelTrust;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** Who wants signatures, and has them. */
interface Context {
  readonly policy: Policy;
  readonly modelSignatures?: ModelSignatures | null;
  readonly now: () => number;
}

/** A hash as telemetry writes it. */
const HASH = /^(?:sha256:)?([0-9a-f]{64})$/i;

/**
 * The verdicts, in which a model without a trusted signature of each of its artefacts has failed, if the policy
 * requires `model_signature`; otherwise as they are.
 * @throws QscError `invalid_policy` if the policy requires them and no key is named
 */
export function withSignatures(models: readonly ModelVerdict[], context: Context): readonly ModelVerdict[] {
  const { policy, modelSignatures = null, now } = context;
  if (!policy.require.includes("model_signature")) return models;
  if (modelSignatures === null)
    throw new QscError(
      "invalid_policy",
      "The policy requires signatures of models, but no key is named: name whose signatures count with --model-key, and the signatures with --model-signature.",
    );
  const { signed, faults } = opened(modelSignatures, now());
  const known = new Set(signed.flatMap(artifactsOf));
  return models.map((model) => judged(model, known, faults));
}

function judged(model: ModelVerdict, known: ReadonlySet<string>, faults: readonly string[]): ModelVerdict {
  const hashes = model.artifacts.map((artifact) => ({ artifact, hash: HASH.exec(artifact)?.[1]?.toLowerCase() }));
  const unsigned = hashes.filter(({ hash }) => hash === undefined || !known.has(hash));
  if (hashes.length > 0 && unsigned.length === 0) return model;
  const what =
    hashes.length === 0 ? "names no artefact" : `serves ${unsigned.map(({ artifact }) => artifact).join(", ")}`;
  const code = faults.length === 0 ? ("signature_missing" as const) : ("signature_invalid" as const);
  const why = faults.length === 0 ? "no signature covers that" : `no good signature covers that: ${faults.join("; ")}`;
  return {
    ...model,
    verdict: "fail",
    reasons: [...model.reasons, `${code}: the model ${what}, and ${why}`],
    unsigned: code,
  };
}

/** The signatures that are good, and what is wrong with the others. */
function opened(
  { files, trust }: ModelSignatures,
  nowMs: number,
): { readonly signed: readonly SignedModel[]; readonly faults: readonly string[] } {
  const signed: SignedModel[] = [];
  const faults: string[] = [];
  for (const { path, text } of files) {
    try {
      signed.push(openModelSignature(text, trust, nowMs));
    } catch (thrown) {
      if (!(thrown instanceof SignatureError)) throw thrown;
      faults.push(`${path} proves nothing: ${thrown.message}`);
    }
  }
  return { signed, faults };
}

/**
 * The artefacts that a signature covers, by the hash that telemetry names: of our wrappers, a file with its own
 * manifest; of other engines, a file alone, if it has no manifest and is none.
 */
function artifactsOf({ files }: SignedModel): readonly string[] {
  const manifests = new Map([...files.keys()].map((name) => [name, manifestOf(name, files)]));
  const taken = new Set(manifests.values());
  return [...files].flatMap(([name, sha256]) => {
    const manifest = files.get(manifests.get(name) ?? "");
    if (manifest !== undefined) return [sha256Of(`${sha256}\n${manifest}\n`)];
    return taken.has(name) ? [] : [sha256];
  });
}

/** The manifest of a file: of the same directory, and of the file's name or `manifest.json`; null if there is none. */
function manifestOf(name: string, files: SignedModel["files"]): string | null {
  const directory = name.slice(0, name.lastIndexOf("/") + 1);
  const base = name.slice(directory.length).replace(/\.[^.]*$/, "");
  const own = [`${directory}${base}.json`, `${directory}manifest.json`];
  return own.find((each) => each !== name && files.has(each)) ?? null;
}
