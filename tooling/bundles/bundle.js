import { join } from "node:path";

import { build } from "esbuild";

import { root } from "../bootstrap/root.js";

/** The packages that a user may leave out, or that have machine code: no bundle here holds them. */
const OPTIONAL = ["mathjs", "mathjs/number", "onnxruntime-node", "yaml"];

/**
 * A program, bundled as a user would: any warning of the bundler is an error.
 *
 * @param {string} code an ES module, which imports the libraries by their names
 * @param {{ platform: "browser" | "node", format?: "esm" | "cjs" | "iife", minify?: boolean, without?: readonly string[] }} how
 *   `without`: further packages that it does not hold
 * @returns {Promise<{ text: string, inputs: string[] }>} `inputs`: the paths of the modules in it
 */
export async function bundled(code, { platform, format = "esm", minify = false, without = [] }) {
  const { outputFiles, metafile, warnings } = await build({
    stdin: { contents: code, resolveDir: join(root, "tooling/bundles"), sourcefile: "program.js" },
    bundle: true,
    write: false,
    metafile: true,
    platform,
    format,
    minify,
    target: "es2023",
    external: [...OPTIONAL, ...without],
    logLevel: "silent",
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild wrote nothing");
  return { text: file.text, inputs: Object.keys(metafile.inputs) };
}
