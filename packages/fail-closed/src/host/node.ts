import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** What is asked of the runtime: here of Node. The file beside this one has the same for runtimes without files. */

export { basename, readFile };

/** The path of a file that is in the same directory as another one. */
export function besideFile(path: string, name: string): string {
  return join(dirname(path), name);
}

/** Tells the process of a fault that disturbs nothing. */
export function warn(message: string, code: string): void {
  process.emitWarning(message, { type: "QscWarning", code });
}
