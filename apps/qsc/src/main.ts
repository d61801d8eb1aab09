import { readFileSync, writeSync } from "node:fs";

/** The version of the command line, from its own package. */
function ownVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Whether only the version was asked for, and could be written: then nothing else has to be loaded. */
function hasPrintedVersion([first = "", ...rest]: readonly string[]): boolean {
  if (rest.length > 0 || !["--version", "-V"].includes(first)) return false;
  try {
    const text = `${ownVersion()}\n`;
    return writeSync(process.stdout.fd, text) === text.length;
  } catch {
    // If the output is broken, the normal path reports that, as for every other command.
    return false;
  }
}

const args = process.argv.slice(2);
/** Whether that was all that was asked. Otherwise the process has ended by itself. */
export const isVersion: boolean = hasPrintedVersion(args);
if (!isVersion) {
  const { runProcess } = await import("./process.js");
  await runProcess(args, ownVersion());
}
