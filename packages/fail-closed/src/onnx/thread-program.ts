import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ModelError } from "../errors.js";

/** The program where this package has it; null in a bundle that has no place, as one of CommonJS. */
export function ownProgram(): URL | null {
  return URL.canParse("./worker.js", import.meta.url) ? new URL("./worker.js", import.meta.url) : null;
}

/** @throws ModelError that says what a bundled service must do */
export function existing(program: URL | null): URL {
  if (program !== null && existsSync(program)) return program;
  const remedy =
    "a bundler moved it, so bundle @qsc/fail-closed/onnx-worker as an entry of its own, and name the result with onnxRuntime({ worker })";
  const missing = program === null ? "" : `, ${fileURLToPath(program)}`;
  throw new ModelError("model_missing", `Program of the model's thread is missing${missing}: ${remedy}`);
}
