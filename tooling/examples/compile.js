import { dirname, join } from "node:path";

import ts from "typescript";

import { root } from "../bootstrap/root.js";

/**
 * Type-checks one file under the project's own compiler options and writes the JavaScript beside it.
 *
 * @param {string} file
 * @returns {string} the compiler's errors; empty if there are none
 */
export function compile(file) {
  const base = ts.readConfigFile(join(root, "tooling/tsconfig/base.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(base.config, ts.sys, dirname(file));
  const program = ts.createProgram([file], {
    ...options,
    // A single file, as its reader would compile it.
    ...{ composite: false, isolatedDeclarations: false, declaration: false, declarationMap: false, sourceMap: false },
    typeRoots: [join(root, "node_modules/@types")],
  });
  const diagnostics = ts.getPreEmitDiagnostics(program);
  program.emit();
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => dirname(file),
    getNewLine: () => "\n",
  });
}
