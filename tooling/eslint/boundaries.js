import { relative } from "node:path";

import { judgeImport } from "./judge.js";
import { root } from "../bootstrap/root.js";

/**
 * The arrows as a rule. ESLint's no-restricted-imports is not enough: it does not see `import()` or `import("x").Type`,
 * and does not resolve relative paths.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export const boundaries = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const file = relative(root, context.filename);
    /** @param {unknown} specifier @param {import("eslint").Rule.Node} node */
    const check = (specifier, node) => {
      if (typeof specifier !== "string") return;
      const message = judgeImport(file, specifier);
      if (message !== undefined) context.report({ node, message });
    };
    /** @param {any} node */
    const checkSource = (node) => {
      check(node.source?.value, node);
    };
    return {
      ImportDeclaration: checkSource,
      ExportNamedDeclaration: checkSource,
      ExportAllDeclaration: checkSource,
      ImportExpression: checkSource,
      TSImportType: checkSource,
    };
  },
};
