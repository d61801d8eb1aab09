import { inertText } from "@qsc/contract";
import type { ManifestDraft } from "@qsc/fail-closed/onnx";
import { inertJson } from "@qsc/report";

/** What was written, for people. */
export function asText(path: string, { manifest, artifactSha256 }: ManifestDraft): string {
  const { name, file, sha256, input, features, labels, probes } = manifest;
  const answers = probes.map(({ output }) => `${output.label} with ${output.confidence}`);
  const rows: readonly (readonly [string, string])[] = [
    ["manifest", path],
    ["model", `${name}, ${file}`],
    ["sha256", sha256 ?? "not pinned"],
    ["artifact", artifactSha256],
    ["input", `[${input.shape.join(", ")}]`],
    ["features", features.join(", ")],
    ["labels", labels.join(", ")],
    ["probes", answers.length > 0 ? answers.join("; ") : "none: give a real row with --row"],
  ];
  return rows.map(([title, value]) => `${title.padEnd(8)}  ${inertText(value)}\n`).join("");
}

/** What was written, for scripts. */
export function asJson(path: string, { text, manifest, artifactSha256 }: ManifestDraft): string {
  const document = JSON.parse(text) as unknown;
  return `${inertJson({ kind: "manifest", exitCode: 0, path, name: manifest.name, artifactSha256, manifest: document })}\n`;
}
