import { mkdirSync, writeFileSync } from "node:fs";
import { DEMO_PREDICTIONS, repositoryRoot } from "../dist/index.js";

mkdirSync(`${repositoryRoot}/demo/predictions`, { recursive: true });
for (const [name, text] of Object.entries(DEMO_PREDICTIONS))
  writeFileSync(`${repositoryRoot}/demo/predictions/${name}`, text);
