// Makes the package of `@qsc/violations/degeneracy` and of what that imports: `node bundle.js`, after `tsc -b`.
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const path = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const detector = fileURLToPath(import.meta.resolve("@qsc/violations/degeneracy"));

// The types are those of one file: what it imported would not be in the package.
const types = detector.replace(/\.js$/, ".d.ts");
if (/^import |from "/m.test(readFileSync(types, "utf8")))
  throw new Error(`${types} imports other types: name them there, or copy those files too.`);

rmSync(path("bundle"), { recursive: true, force: true });
mkdirSync(path("bundle"));
copyFileSync(types, path("bundle/index.d.ts"));
const bundle = await rolldown({ cwd: path("."), input: detector, platform: "neutral", external: [] });
await bundle.write({ file: path("bundle/index.js"), format: "esm" });
