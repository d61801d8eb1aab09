import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * Keeps the reports of a demo after its directory is gone, and says where they are and which to look at first.
 *
 * @param directory the demo's
 * @param kept where they stay; what is there is replaced
 */
export function keepReports(directory: string, kept: string): void {
  const written = join(directory, "reports");
  if (!existsSync(written)) return;
  rmSync(kept, { recursive: true, force: true });
  cpSync(written, kept, { recursive: true });
  const pages = readdirSync(join(kept, "safety")).filter((name) => name.endsWith(".html"));
  const shown = relative(process.cwd(), join(kept, "safety"));
  console.log(`\n${pages.length} reports are kept in ${shown}, each as a page to open in a browser. Of the watch:`);
  for (const name of pages.filter((page) => page.startsWith("qsc_monitor"))) console.log(`  ${join(shown, name)}`);
}
