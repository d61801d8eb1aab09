import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../bootstrap/root.js";
import { FILES } from "./sections.js";

// Run this after a build: it reads the tables of settings from the built packages.
for (const [path, make] of FILES) {
  const file = join(root, path);
  const text = readFileSync(file, "utf8");
  const made = make(text);
  if (made === text) continue;
  writeFileSync(file, made);
  console.log(`${path} is written`);
}
