import { join } from "node:path";

import ts from "typescript";

import { root } from "../bootstrap/root.js";
import { publicPackages } from "../publish-check/public-packages.js";

/**
 * The public surface of every library, as the compiler sees it in the declarations that are published: each export of
 * each entry without its comments, and what is not exported but part of an export's type.
 *
 * @returns {{ path: string, text: string }[]} `path`: where the reviewed report is, from the root
 */
export function apiReports() {
  const packages = publicPackages()
    .map(({ directory, manifest }) => ({ directory, name: manifest.name, entries: typedEntries(manifest.exports) }))
    .filter(({ entries }) => entries.length > 0);
  const files = packages.flatMap(({ directory, entries }) => entries.map(({ types }) => join(root, directory, types)));
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
    types: [],
  });
  return packages.map(({ directory, name, entries }) => ({
    path: join(directory, "api-report.md"),
    text: [
      `# The public surface of ${name}\n`,
      "Every change here is a change for users. Made by `vitest run --project unit tooling/api-report -u`; reviewed by people.\n",
      ...entries.map(
        ({ entry, types }) =>
          `## ${join(name, entry)}\n\n\`\`\`ts\n${surfaceOf(program, join(root, directory, types), join(root, directory))}\`\`\`\n`,
      ),
    ].join("\n"),
  }));
}

/** @param {Record<string, unknown> | undefined} exports @returns {{ entry: string, types: string }[]} */
function typedEntries(exports = {}) {
  return Object.entries(exports).flatMap(([entry, target]) =>
    target !== null && typeof target === "object" && "types" in target && typeof target.types === "string"
      ? [{ entry, types: target.types }]
      : [],
  );
}

/** @param {ts.Program} program @param {string} file @param {string} home the package's directory */
function surfaceOf(program, file, home) {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  // A program, such as that of a thread, exports nothing.
  const exported = module === undefined ? [] : checker.getExportsOfModule(module);
  const resolved = exported.map((symbol) => ({ name: symbol.name, symbol: aliased(checker, symbol) }));
  const shown = new Set(resolved.map(({ symbol }) => symbol));
  const inner = innerSymbols(checker, [...shown], home);
  const lines = [
    ...sorted(resolved.map(({ name, symbol }) => `// ${name}\n${declarationsOf(symbol)}`)),
    ...sorted(inner.map((symbol) => `// not exported: ${symbol.name}\n${declarationsOf(symbol)}`)),
  ];
  return lines.length === 0 ? "// exports nothing\n" : lines.join("\n");
}

/** @param {readonly string[]} texts */
function sorted(texts) {
  return [...texts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** @param {ts.TypeChecker} checker @param {ts.Symbol} symbol */
function aliased(checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/**
 * What the package itself declares and the types of these symbols name, directly or not.
 *
 * @param {ts.TypeChecker} checker
 * @param {readonly ts.Symbol[]} symbols
 * @param {string} home
 */
function innerSymbols(checker, symbols, home) {
  const seen = new Set(symbols);
  const queue = [...symbols];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      const named = checker.getSymbolAtLocation(node);
      if (named !== undefined) take(aliased(checker, named));
    }
    ts.forEachChild(node, visit);
  };
  const take = (/** @type {ts.Symbol} */ symbol) => {
    const isOwn = (symbol.declarations ?? []).some((node) => isTopLevel(node) && isIn(node, home));
    if (seen.has(symbol) || !isOwn) return;
    seen.add(symbol);
    queue.push(symbol);
  };
  for (const symbol of queue) for (const node of symbol.declarations ?? []) visit(node);
  return queue.slice(symbols.length);
}

/** @param {ts.Node} node @param {string} home */
function isIn(node, home) {
  return node.getSourceFile().fileName.startsWith(`${home}/`);
}

/** @param {ts.Node} node */
function isTopLevel(node) {
  if (ts.isSourceFile(node)) return false;
  return ts.isSourceFile(ts.isVariableDeclaration(node) ? node.parent.parent.parent : node.parent);
}

const printer = ts.createPrinter({ removeComments: true });

/** @param {ts.Symbol} symbol */
function declarationsOf(symbol) {
  return (symbol.declarations ?? [])
    .map((node) => {
      if (ts.isSourceFile(node)) {
        // A whole module under one name.
        return node.statements.map((statement) => printed(statement, node)).join("");
      }
      const source = node.getSourceFile();
      return printed(ts.isVariableDeclaration(node) ? node.parent.parent : node, source);
    })
    .join("");
}

/** @param {ts.Node} node @param {ts.SourceFile} source */
function printed(node, source) {
  const text = printer.printNode(ts.EmitHint.Unspecified, node, source);
  return `${text.replace(/^export /, "").replace(/^ +(?:private .*|#private);\n/gm, "")}\n`;
}
