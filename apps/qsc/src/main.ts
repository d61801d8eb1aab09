import { readFileSync } from "node:fs";

/** The version of the command line, from its own package. */
function ownVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

const args = process.argv.slice(2);
if (args[0] === "--version" || args[0] === "-V") {
  process.stdout.write(`${ownVersion()}\n`);
} else {
  const { runProcess } = await import("./process.js");
  await runProcess(args, ownVersion());
}
