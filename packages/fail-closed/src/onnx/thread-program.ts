import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Rule } from "@qsc/contract";
import { ModelError } from "../errors.js";
import { must } from "../guard/options.js";

/** The rule of an option that names the program. */
export const workerRule: Rule = must(
  (value) => value instanceof URL && value.protocol === "file:",
  'a file: URL, such as new URL("./onnx-worker.js", import.meta.url)',
);

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
