// Builds the documentation site: the guides, the decisions, and the reference of every public name, with a search.
//
//   node tooling/site/build.js [--out DIR]    Default: site, beside the README
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { Application } from "typedoc";

import { root } from "../bootstrap/root.js";
import { deadLinks } from "./dead-links.js";

const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "site") } } });

/** Everything that is published: what it exports is what other people rely on. */
const packages = readdirSync(join(root, "packages"))
  .map((name) => `packages/${name}`)
  .filter((path) => {
    const text = readFileSync(join(root, path, "package.json"), "utf8");
    return /** @type {{ private?: boolean }} */ (JSON.parse(text)).private !== true;
  });

/** What is wrong with the reference. What a type is made of need not be exported as well: a user never has to name it. */
/** @type {Partial<import("typedoc").TypeDocOptions>} */
const validated = {
  validation: { invalidLink: true, invalidPath: true, notDocumented: true, notExported: false, rewrittenLink: true },
  requiredToBeDocumented: ["Function", "Class", "Interface", "TypeAlias", "Variable", "Enum", "Method", "Accessor"],
};

const app = await Application.bootstrapWithPlugins({
  name: "QSC",
  entryPointStrategy: "packages",
  entryPoints: packages.map((path) => join(root, path)),
  packageOptions: { entryPoints: ["src/index.ts"], readme: "README.md", ...validated },
  readme: join(root, "README.md"),
  projectDocuments: [
    "docs/*.md",
    "docs/decisions/*.md",
    "apps/*/README.md",
    "apps/ai-engine/models/README.md",
    "apps/ai-engine/training/README.md",
    "examples/README.md",
    "CONTRIBUTING.md",
  ].map((path) => join(root, path)),
  disableSources: true,
  searchInDocuments: true,
  searchInComments: true,
  highlightLanguages: ["typescript", "javascript", "json", "yaml", "bash", "ini", "text", "python"],
  ignoredHighlightLanguages: ["logrotate", "promql"],
  logLevel: "Warn",
  ...validated,
});
const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);
await app.generateDocs(project, values.out);
const dead = deadLinks(values.out);
for (const { page, link } of dead) console.error(`${page}: nothing is at ${link}`);
const isSound = dead.length === 0 && !app.logger.hasErrors() && !app.logger.hasWarnings();
if (isSound)
  console.log(
    `${project.documents?.length ?? 0} pages and the reference of ${packages.length} packages in ${values.out}`,
  );
process.exitCode = isSound ? 0 : 1;
