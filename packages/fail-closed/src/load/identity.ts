import { sha256Of } from "@qsc/contract";

/**
 * A model's identity: every byte of its file and its manifest. Swapping two names in the manifest gives another model,
 * just as changing a weight does. The same in a shell: `sha256sum xgb.onnx manifest.json | cut -c1-64 | sha256sum`.
 */
export function artifactSha256Of(fileSha256: string, manifestSha256: string): string {
  return sha256Of(`${fileSha256}\n${manifestSha256}\n`);
}
