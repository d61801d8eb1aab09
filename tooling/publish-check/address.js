// Writes where the source is into the manifest of each public package, before they are published: the root's package.json
// says it, once, as `"repository": "https://github.com/OWNER/NAME"`. Without it nothing is published with provenance.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "../bootstrap/root.js";
import { addressed } from "./addressed.js";
import { publicPackages } from "./public-packages.js";

/** @type {{ repository?: unknown }} */
const { repository } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
if (typeof repository !== "string" || !/^https:\/\/[^/]+\/[^/]+\/[^/]+$/.test(repository)) {
  console.error(
    `Nothing is published: "repository" in the root's package.json is ${repository === undefined ? "missing" : JSON.stringify(repository)}. Write the address there, such as "https://github.com/OWNER/NAME".`,
  );
  process.exitCode = 1;
} else {
  for (const { directory } of publicPackages()) {
    const path = join(root, directory, "package.json");
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, `${JSON.stringify(addressed(manifest, directory, repository), null, 2)}\n`);
  }
}
