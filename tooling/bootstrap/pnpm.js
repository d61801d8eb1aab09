import { mkdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { manifest, root } from "./root.js";
import { step } from "./step.js";

const home = join(root, ".tools");

/** Installs the pnpm version pinned in package.json into `.tools/`, and puts it on PATH, where turbo looks for it. */
export async function bringPnpm() {
  const pinned = manifest.packageManager;
  process.env["PATH"] = [join(home, "node_modules", ".bin"), process.env["PATH"]].join(delimiter);
  if (installed() === pinned) return;
  mkdirSync(home, { recursive: true });
  await step(
    pinned,
    ["npm", "install", "--prefix", home, "--no-save", "--no-audit", "--no-fund", pinned],
    "npm must reach its registry: check the network and `npm config get registry`.",
  );
}

function installed() {
  try {
    const text = readFileSync(join(home, "node_modules", "pnpm", "package.json"), "utf8");
    const { version } = /** @type {{ version: string }} */ (JSON.parse(text));
    return `pnpm@${version}`;
  } catch {
    return undefined;
  }
}
