import { readFileSync, writeSync } from "node:fs";

/** The version of the command line, from its own package. */
function ownVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Whether the version alone was asked for, and could be written: nothing else has to be loaded for that. */
function hasPrintedVersion([first = "", ...rest]: readonly string[]): boolean {
  if (rest.length > 0 || !["--version", "-V"].includes(first)) return false;
  try {
    const text = `${ownVersion()}\n`;
    return writeSync(process.stdout.fd, text) === text.length;
  } catch {
    // What is wrong with the output is told as for every other command.
    return false;
  }
}

const args = process.argv.slice(2);
if (!hasPrintedVersion(args)) {
  const { runProcess } = await import("./process.js");
  await runProcess(args, ownVersion());
}
