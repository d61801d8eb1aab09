import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

import { root } from "../bootstrap/root.js";

/** Where the reports of the last demo stay. It is not in git. */
const KEPT = join(root, "reports", "demo");

/**
 * Keeps the reports of a demo after its directory is gone, and says where they are and which to look at first.
 *
 * @param {string} directory the demo's
 */
export function keepReports(directory) {
  const written = join(directory, "reports");
  if (!existsSync(written)) return;
  rmSync(KEPT, { recursive: true, force: true });
  cpSync(written, KEPT, { recursive: true });
  const pages = readdirSync(join(KEPT, "safety")).filter((name) => name.endsWith(".html"));
  const shown = relative(process.cwd(), join(KEPT, "safety"));
  console.log(`\n${pages.length} reports are kept in ${shown}, each as a page to open in a browser. Of the watch:`);
  for (const name of pages.filter((page) => page.startsWith("qsc_monitor"))) console.log(`  ${join(shown, name)}`);
}
