import { basename as fileName, besideFile } from "#host";
import { sha256Of } from "@qsc/contract";
import { ModelError } from "../errors.js";
import { asModelError } from "../guard/as-model-error.js";
import type { Listener } from "../guard/listener.js";
import type { Hashes } from "../guard/loaded.js";
import { TimedCalls } from "../guard/timed-calls.js";
import type { ModelManifest } from "../manifest.js";
import type { CallContext } from "../predictor.js";
import type { Runtime, RuntimeSession } from "../runtime.js";
import { artifactSha256Of } from "./identity.js";
import { closeQuietly, openSession } from "./open-session.js";
import { readArtifact, readManifest } from "./read-files.js";
import { requireSignature, type SignatureDemand } from "./signature.js";

interface Request {
  readonly path: string;
  /** The model's name, if it is known. */
  readonly expected: string | null;
  /** The model's name in log lines, if it overrides the manifest's. */
  readonly title: string | null;
  readonly runtime: Runtime;
  /** Whose signature it must have; null if it needs none. */
  readonly signature: SignatureDemand | null;
  readonly limitMs: number;
  readonly emit: Listener;
}

/** The outcome of loading: how far it got, and the session or why there is none. */
export interface Artifact {
  readonly manifest: ModelManifest | null;
  readonly hashes: Hashes;
  readonly session: RuntimeSession | ModelError;
}

/** What is known so far, even of a load that fails or is overdue. */
interface Findings {
  manifest: ModelManifest | null;
  hashes: Hashes;
}

const UNREAD: Hashes = { fileSha256: null, manifestSha256: null, artifactSha256: null };

/** Loads and verifies a model within the time limit. Never rejects; a session that opens too late is closed. */
export async function loadArtifact(request: Request): Promise<Artifact> {
  const findings: Findings = { manifest: null, hashes: UNREAD };
  let loading: Promise<RuntimeSession> | null = null;
  const loaded = await new TimedCalls(request.limitMs, "Model was not loaded").run((context) => {
    loading = load(request, findings, context);
    return loading;
  });
  if ("value" in loaded) return { ...findings, session: loaded.value };
  if (loaded.error.code === "timeout") void discard(loading);
  return { ...findings, session: loaded.error };
}

async function load(
  { path, expected, title, runtime, signature, emit }: Request,
  findings: Findings,
  context: CallContext,
): Promise<RuntimeSession> {
  const { signal } = context;
  try {
    const { manifest, sha256: manifestSha256 } = await readManifest(path, expected);
    findings.manifest = manifest;
    findings.hashes = { ...UNREAD, manifestSha256 };
    const bytes = await readArtifact(besideFile(path, manifest.file));
    signal.throwIfAborted();
    const sha256 = sha256Of(bytes);
    const artifactSha256 = artifactSha256Of(sha256, manifestSha256);
    findings.hashes = { fileSha256: sha256, manifestSha256, artifactSha256 };
    const { name: model, file, features } = manifest;
    const hashes = { sha256, manifestSha256, artifactSha256 };
    emit({ kind: "loading", model, title: title ?? manifest.title, file, ...hashes, featureDim: features.length });
    requireHash(sha256, manifest);
    if (signature !== null) {
      const own = { file: fileName(path), sha256: manifestSha256 };
      await requireSignature(path, signature, [own, { file, sha256 }]);
      signal.throwIfAborted();
    }
    return await openSession(bytes, manifest, runtime, context);
  } catch (thrown) {
    throw asModelError(thrown, "model_corrupt", "Model cannot be loaded");
  }
}

function requireHash(sha256: string, { file, sha256: pinned }: ModelManifest): void {
  if (pinned === null || pinned === sha256) return;
  throw new ModelError("hash_mismatch", `Model file ${file} has the SHA-256 ${sha256}, the manifest pins ${pinned}`);
}

async function discard(loading: Promise<RuntimeSession> | null): Promise<void> {
  const session = await loading?.catch(() => null);
  if (session !== null && session !== undefined) await closeQuietly(session);
}
