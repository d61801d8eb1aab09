export { onnxRuntime, type OnnxOptions, type OnnxRuntime } from "./runtime.js";
export { draftManifest, type ManifestDraft } from "./draft-manifest.js";
export type { DraftOptions, ProbeInput } from "./draft-options.js";
