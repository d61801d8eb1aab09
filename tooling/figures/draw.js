// Draws the pictures from the built packages: run it after a build.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../bootstrap/root.js";
import { FIGURES } from "./figures.js";

for (const [path, draw] of FIGURES) writeFileSync(join(root, path), await draw());
