// For vitest, before the tests that run the command line: its bundle is as new as what was compiled.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { root } from "./root.js";
import { step } from "./step.js";

export default async function bundled() {
  const bundle = join(root, "apps/qsc/bundle/main.js");
  const bundledOnes = ["apps/qsc", ...readdirSync(join(root, "packages")).map((name) => join("packages", name))];
  const compiled = bundledOnes.map((name) => statSync(join(root, name, "dist/.tsbuildinfo")).mtimeMs);
  if (existsSync(bundle) && statSync(bundle).mtimeMs >= Math.max(...compiled)) return;
  await step("bundle", ["node", "apps/qsc/bundle.js"], "Compile first: `pnpm build`.");
}
